"""Tables of everyday words, to be written in the encodings that bodies use.

The words are other ones than those by which the weights of the guess were chosen.
"""

import random

ARABIC = (
    "ميزانية الشركة الوطنية للسكك الحديدية محكمة ثانوية المنستير سيدي بوزيد قفصة توزر "
    "الكاف زغوان أريانة منوبة القصرين سليانة تطاوين مدنين قبلي روضة أطفال ملعب غابة "
    "ميناء صيد استثمار فوائد مؤسسة ضريبة اتفاقية رخصة ظروف آبار مياه شرب هواء طاقة "
    "شمسية إنتاج"
)
FRENCH = (
    "sécurité propriété crèche lycée théâtre chômage impôts dépôt bâtiment rénové "
    "trésorerie délégué gérés élèves maïs coût piqûre naïf première étape pêche "
    "forêts façades leçon œuvre cœur l\u2019été l\u2019eau Échéance École À États ménagères "
    "reçus français après déjà là"
)
ENGLISH = "name kind year amount count region open closed yes no left right"
WORDS = {"ar": ARABIC.split(), "fr": FRENCH.split()}
WORDS["mixed"] = WORDS["ar"] + WORDS["fr"]
PLAIN = ENGLISH.split()
SIZES, DENSITIES, TIMES = (400, 4000, 100_000), (0.03, 0.3, 0.9), 6
"""Bytes of a file, share of cells beyond ASCII, files of each kind: 54 in all."""


def tables(kind, seed):
    """Yield 54 tables of a kind of words, the same ones for the same seed."""
    chance = random.Random(seed)  # noqa: S311
    for size in SIZES:
        for density in DENSITIES:
            for _ in range(TIMES):
                yield _table(chance, WORDS[kind], size, density)


def _table(chance, words, size, density):
    rows, length = ["id;kind;label;amount;place"], 0
    while length < size:
        found = [chance.choice(words if chance.random() < density else PLAIN) for _ in range(2)]
        amount = f"{chance.random() * 1000:.2f}".replace(".", ",")
        number = chance.randrange(10**6)
        rows.append(f"{number};{chance.choice(PLAIN)};{found[0]};{amount};{found[1]}")
        length += len(rows[-1]) + 2
    return "\r\n".join(rows)
