"""What the names of columns promise: cards, telephones, names of people, dates of birth, bodies.

The words are read without case, accents, vowel marks and the Arabic article.
"""

from __future__ import annotations

import re
import unicodedata

from ckanext.opengov.validation.repairs.months import NOT_READ, folded

ENDING = re.compile(r"\(e?s?\)", re.IGNORECASE)
"""In «Né(e) le»."""
PARTS = re.compile(
    r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})"
    r"|(?<=[^\W\d_])(?=[0-9])|(?<=[0-9])(?=[^\W\d_])"
)
"""Between the words of «numCIN» and «tel2»."""
WORD = re.compile(r"[^\W_]+")
LETTERS = re.compile(r"(?<!\w)[^\W\d_](?: [^\W\d_]){2,}(?!\w)")
"""Three or more that stand alone are one word: «C.I.N.»."""
ARTICLE = re.compile(r"(?<!\w)(و?)ال(?=\w{3})")


def plain(name: str) -> str:
    """Return the words of a name, folded, with one blank between them: «N°C.I.N.» is «ncin»."""
    bare = ENDING.sub("", NOT_READ.sub("", unicodedata.normalize("NFKD", name)))
    words = " ".join(WORD.findall(folded(PARTS.sub(" ", bare))))
    return ARTICLE.sub(r"\1", LETTERS.sub(lambda found: found[0].replace(" ", ""), words))


def _words(*words: str) -> re.Pattern[str]:
    """Return what finds one of these words in what ``plain`` returned."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(folded, words))})(?!\w)")


CARD = _words(
    "(?:n|no|num|numero)?cin", "cni", "carte (?:nationale )?(?:d ?)?identité",
    "(?:n|no|num|numéro|pièce)(?: d)? identité", "identité nationale", "national id",
    "identity card", "id card", "بطاقة تعريف(?! جبائي)", "بطاقة هوية", "رقم هوية", "بطاقة وطنية",
    "[رع]?بتو", "رقم ب ت",
)  # fmt: skip
IDENTIFIER = _words("رقم تعريف(?! جبائي)")
"""Of a card where people are named beside it; bodies and companies have one too."""
MOBILE = _words("mobiles?", "gsms?", "portables?", "cell", "جوال", "محمول")
PHONE = _words("n?tels?", "numtel", "téléphones?", "telephones?", "phones?", "هاتف")

_PEOPLE = (
    "élève|étudiante?|candidate?|enfant|patiente?|employée?|salariée?|agent|père|mère|tuteur"
    "|stagiaire|retraitée?|citoyen(?:ne)?|demandeur|conjointe?"
)
_PEOPLE_IN_ARABIC = (
    "تلميذة?|تلاميذ|طالبة?|طلبة|مترشحة?|مترشحين|عون|اعوان|موظفة?|مريض|طفل|الاب|الام|ولي|مواطن"
    "|متربصة?|متقاعد|زوجة?"
)
PERSON = _words(
    "prénoms?", "nom(?:et)?prénoms?", "first ?name", "last ?name", "full name", "given name",
    "family name", "surname", "nom de jeune fille", "nom patronymique",
    rf"noms?(?: complet)? d(?:e l|e la|u|es?) (?:{_PEOPLE})s?", "و?لقب",
    rf"(?:اسم|اسماء) (?:{_PEOPLE_IN_ARABIC})", "اسم (?:ثلاثي|رباعي)",
)  # fmt: skip
NAME = _words(
    rf"(?:noms?(?: complet| de famille)?|names?|(?:{_PEOPLE})s?)"
    "(?: (?:en )?(?:fr|ar|français|arabe|english|arabic))?",
    f"(?:اسم|اسماء|{_PEOPLE_IN_ARABIC})(?: كامل)?(?: بال[^ ]+)?",
)
"""As a whole: of people, or of whatever a table is about."""
BIRTH = _words(
    "naiss(?:ance)?", "d(?:ate?)?nais(?:s|sance)?", "née?(?: e)? le", "ddn", "birth ?da(?:y|te)",
    "date of birth", "dob", "born", "ولادة", "ميلاد", "ازدياد",
)  # fmt: skip
OFFICE = _words(
    "mandat", "parti", "députée?s?", "élue?s?", "ministres?", "sénat(?:eur|rice)s?", "maires?",
    "législature", "groupe parlementaire", "suffrages", "voix", "party", "constituency", "mandate",
    "نائبة?", "نواب", "حزب", "وزيرة?", "كتلة (?:نيابية|برلمانية)", "اصوات",
)  # fmt: skip
"""Those who hold a public office are known with their birthdays. Schools and taxes have
constituencies too («circonscription», «دائرة»)."""
BANK = _words("n?rib", "iban", "ccp", "comptes?", "bank account", "account n(?:o|umber)?", "حساب")

_BODIES = (
    "commune", "municipalité", "mairie", "organisme", "établissement", "école", "lycée", "hôpital",
    "ministère", "direction", "bureau", "association", "body", "institution", "municipality",
    "school", "بلدية", "هيكل", "مؤسسة", "وزارة", "ادارة", "مدرسة", "معهد", "مستشفى", "جمعية",
)  # fmt: skip
BODY = _words(*_BODIES)
"""The mail in a table of bodies is theirs, unless people are named beside it."""
ONLY_BODY = _words(
    "(?:forme|nature|statut) juridique", "raison sociale", "type d (?:établissement|organisme)",
    "type d (?:école|association)", "siège", "capacité", "صبغة قانونية", "طاقة استيعاب",
)  # fmt: skip
"""No person has this: whatever is named beside it, is a body."""
CALLED = _words(
    *_BODIES, "asso", "club", "société", "sté", "sarl", "suarl", "coopérative", "smsa", "gda",
    "groupement", "syndicat", "union", "fédération", "ligue", "pharmacie", "clinique", "cabinet",
    "hôtel", "restaurant", "café", "agence", "entreprise", "ets", "centre", "maison",
    "jardin", "crèche", "garderie", "collège", "institut", "faculté", "université", "complexe",
    "musée", "théâtre", "bibliothèque", "fondation", "comité", "réseau", "office", "compagnie",
    "groupe", "banque", "laboratoire", "atelier", "délégation", "gouvernorat", "company",
    "foundation", "network", "center", "group", "ltd", "شركة", "روضة", "محضنة", "نادي", "مركز",
    "تعاونية", "مجمع", "نقابة", "اتحاد", "رابطة", "منظمة", "دار", "صيدلية", "نزل", "مطعم", "مكتب",
    "ديوان", "كلية", "جامعة", "ودادية", "هيئة", "لجنة", "شبكة", "مكتبة", "مندوبية",
)  # fmt: skip
"""In what bodies are called."""
