"""Copies and near copies of comments: ckanext.consultation.domain.duplicates."""

# ruff: noqa: RUF001, S311 - Arabic; the same "random" texts each time
import itertools
import random
import subprocess
import sys
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.consultation.domain.duplicates import (
    BANDS,
    LEAST_WORDS,
    are_near,
    bands,
    exact_key,
    similarity,
)

SEED = 20_260
# Phrases that many people use of one article.
FRENCH = (
    [
        "Bonjour,",
        "Je suis d'accord avec cet article.",
        "Merci pour cette consultation.",
        "Madame, Monsieur,",
        "En tant qu'usager du réseau,",
        "",
    ],
    [
        "le délai prévu par l'article 3 est trop court",
        "un véhicule aménagé sur cinq ne suffit pas",
        "les stations restent inaccessibles aux fauteuils roulants",
        "la part devrait se calculer ligne par ligne",
        "les annonces sonores manquent dans toutes les gares",
        "le décret oublie les personnes malvoyantes",
        "personne ne contrôle les exploitants privés",
    ],
    [
        "parce que les bus passent une fois par heure",
        "alors que la loi de 2005 l'exige déjà",
        "surtout dans les régions de l'intérieur",
        "comme le montrent les chiffres du ministère",
        "et les familles paient le taxi chaque matin",
        "car le parc existant date des années quatre-vingt-dix",
    ],
    [
        "Je propose une amende par véhicule manquant.",
        "Il faudrait publier la liste des lignes chaque trimestre.",
        "Pourquoi ne pas commencer par Sfax et Gabès ?",
        "Une application gratuite aiderait beaucoup les voyageurs.",
        "Les associations doivent siéger dans le comité de suivi.",
        "Prévoyez aussi la formation des conducteurs.",
        "Le budget nécessaire n'apparaît nulle part.",
    ],
    [
        "Ma fille attend souvent trois bus.",
        "Mon voisin a renoncé à son travail.",
        "À l'hôpital de jour, la moitié des patients arrive en retard.",
        "J'ai vu la même rampe en panne pendant six mois.",
        "Nos étudiants habitent loin du campus.",
        "Au marché central, aucun trottoir n'est abaissé.",
    ],
)
ARABIC = (
    [
        "السلام عليكم،",
        "أوافق على هذا الفصل.",
        "شكرا على هذه الاستشارة.",
        "بصفتي مستعملا للشبكة،",
        "",
    ],
    [
        "الأجل المنصوص عليه في الفصل الثالث قصير جدّا",
        "عربة مهيّأة من خمس غير كافية",
        "المحطّات لا تزال مغلقة أمام الكراسي المتحرّكة",
        "يجب احتساب النسبة على كلّ خطّ على حدة",
        "الإعلانات الصوتية مفقودة في كلّ المحطّات",
        "نسي مشروع الأمر ضعاف البصر تماما",
        "لا أحد يراقب المستغلّين الخواصّ",
    ],
    [
        "لأنّ الحافلة لا تمرّ إلّا مرّة في الساعة",
        "رغم أنّ القانون يفرض ذلك منذ سنوات",
        "خاصّة في الجهات الداخلية",
        "كما تبيّن أرقام الوزارة نفسها",
        "والعائلات تدفع ثمن سيّارة الأجرة كلّ صباح",
        "فالأسطول الحالي قديم ومتهالك",
    ],
    [
        "أقترح خطيّة على كلّ عربة ناقصة.",
        "ينبغي نشر قائمة الخطوط كلّ ثلاثة أشهر.",
        "لماذا لا نبدأ بصفاقس وقابس؟",
        "تطبيق مجاني قد يساعد المسافرين كثيرا.",
        "يجب أن تكون الجمعيات عضوا في لجنة المتابعة.",
        "فكّروا كذلك في تكوين السوّاق.",
        "لا أثر للميزانية الضرورية في النصّ.",
    ],
    [
        "ابنتي تنتظر أحيانا ثلاث حافلات.",
        "جاري ترك عمله بسبب النقل.",
        "نصف المرضى يصلون متأخّرين إلى المستشفى.",
        "رأيت المصعد نفسه معطّبا ستّة أشهر.",
        "طلبتنا يسكنون بعيدا عن الكلّية.",
        "لا رصيف منخفض في السوق المركزية.",
    ],
)
STORED = [(0, -8192999065350713642), (1, 8730083916605690957)]
TASHKEEL = "\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652\u0670"


def honest(parts, count, seed=SEED):
    """Return different comments: what many say by themselves, and then words of one's own."""
    draw, found = random.Random(seed), set()
    while len(found) < count:
        phrases = [draw.choice(phrases) for phrases in parts[:3]]
        own = words_in(parts)
        phrases += [draw.choice(own) for _ in range(draw.randint(12, 40))]
        found.add(" ".join(filter(None, phrases)))
    return sorted(found)


def words_in(parts):
    return [word for phrases in parts for phrase in phrases for word in phrase.split()]


def campaign(parts, words, seed):
    """Return a text of so many words."""
    draw = random.Random(seed)
    return [draw.choice(words_in(parts)) for _ in range(words)]


def edited(words, share, seed):
    """Return the text with a share of its words replaced, left out or doubled."""
    draw, words = random.Random(seed), list(words)
    for _ in range(max(1, round(len(words) * share))):
        at = draw.randrange(len(words))
        words[at : at + 1] = draw.choice([[f"mot{draw.randrange(999)}"], [], [words[at], "aussi"]])
    return " ".join(words)


def in_another_dress(text, seed):
    """Return the same words with vowel signs, lengthened letters and other alefs."""
    draw = random.Random(seed)
    dressed = []
    for sign in text:
        if sign in "اأإآ":
            sign = draw.choice("اأإآ")  # noqa: PLW2901 - one letter for another
        dressed.append(sign)
        if "ء" <= sign <= "ي" and draw.random() < 0.5:
            dressed.append(draw.choice(TASHKEEL) if draw.random() < 0.7 else "\u0640")
    return "".join(dressed).replace("ة", draw.choice("ةه")).replace("ى", draw.choice("ىي"))


def share_a_band(one, other):
    return bool(set(bands(one)) & set(bands(other)))


def found_pairs(texts):
    """Return the pairs that the index proposes, and those that are called near."""
    places = defaultdict(set)
    for number, text in enumerate(texts):
        for band in bands(text):
            places[band].add(number)
    proposed = {
        pair for group in places.values() for pair in itertools.combinations(sorted(group), 2)
    }
    return proposed, {(a, b) for a, b in proposed if are_near(texts[a], texts[b])}


@pytest.mark.parametrize("seed", range(50))
def test_arabic_copies_in_another_dress_have_one_key(seed):
    text = " ".join(campaign(ARABIC, 40, seed))

    copy = in_another_dress(text, seed)

    assert copy != text
    assert exact_key(copy) == exact_key(text)
    assert bands(copy) == bands(text)


@pytest.mark.parametrize("seed", range(20))
def test_french_copies_in_another_dress_have_one_key(seed):
    text = " ".join(campaign(FRENCH, 40, seed))

    copy = "  " + text.upper().replace("'", "’").replace(" ", "\u00a0 ") + " !!"

    assert exact_key(copy) == exact_key(text)


@pytest.mark.parametrize("parts", [FRENCH, ARABIC], ids=["fr", "ar"])
@pytest.mark.parametrize("words", [20, 40, 120])
def test_copies_with_five_percent_of_other_words_are_found(parts, words):
    texts = [campaign(parts, words, seed) for seed in range(200)]
    pairs = [(" ".join(text), edited(text, 0.05, seed)) for seed, text in enumerate(texts)]

    found = sum(share_a_band(*pair) and are_near(*pair) for pair in pairs)

    assert found >= 0.9 * len(pairs), found


@pytest.mark.parametrize("parts", [FRENCH, ARABIC], ids=["fr", "ar"])
def test_honest_comments_on_one_subject_are_no_copies(parts):
    # 11,175 pairs of each language.
    texts = honest(parts, 150)

    _proposed, near = found_pairs(texts)

    assert [(texts[a], texts[b]) for a, b in near] == []


@pytest.mark.parametrize("parts", [FRENCH, ARABIC], ids=["fr", "ar"])
def test_a_campaign_is_found_among_honest_comments(parts):
    text = campaign(parts, 40, SEED + 1)
    texts = honest(parts, 60) + [edited(text, 0.05, seed) for seed in range(20)]

    _proposed, near = found_pairs(texts)

    assert all(a >= 60 and b >= 60 for a, b in near)
    assert {number for pair in near for number in pair} == set(range(60, 80))


@pytest.mark.parametrize(
    "text", ["", "نعم", "Je suis d'accord", "I agree with this", "👍 👍 👍 👍 👍 👍"]
)
def test_a_short_text_is_a_copy_of_nothing(text):
    assert exact_key(text) is None
    assert bands(text) == []
    assert similarity(text, text) == 0.0


def test_five_words_are_enough():
    text = "un deux trois quatre cinq"

    assert len(text.split()) == LEAST_WORDS
    assert exact_key(text) is not None
    assert len(bands(text)) == BANDS
    assert similarity(text, text) == 1.0


def test_keys_fit_the_database():
    keys = [key for text in honest(FRENCH, 20) for _band, key in bands(text)]

    assert all(-(2**63) <= key < 2**63 for key in keys)
    assert [band for band, _key in bands(honest(FRENCH, 1)[0])] == list(range(BANDS))


def test_stored_keys_never_change():
    assert bands("un deux trois quatre cinq six sept")[:2] == STORED


def test_keys_are_the_same_in_every_process():
    code = (
        "from ckanext.consultation.domain.duplicates import bands;"
        "print(bands('un deux trois quatre cinq six sept'))"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=True, env=env
        ).stdout
        for env in ({"PYTHONHASHSEED": "1"}, {"PYTHONHASHSEED": "2"})
    }

    assert answers == {f"{bands('un deux trois quatre cinq six sept')}\n".encode()}


@given(st.text(st.characters(), max_size=80), st.text(st.characters(), max_size=80))
def test_any_two_texts_can_be_compared(one, other):
    assert 0.0 <= similarity(one, other) == similarity(other, one) <= 1.0
    assert len(bands(one)) in (0, BANDS)
