"""Finds columns of personal data, by what their cells are and what their names promise.

The telephone and the mail of an office are no personal data, and a number of eight digits
is no identity card: each kind asks for evidence of its own (docs/personal-data.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ckanext.opengov.validation.report import Finding
from ckanext.opengov.validation.watches.sample import Column

HALF, FIFTH = 0.5, 0.2
FEW = 3
"""Private addresses in a file that are no chance."""


def _words(*words: str) -> re.Pattern[str]:
    """Return what finds one of these words in the name of a column."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", re.IGNORECASE)


CARD = _words(
    "cin", "n cin", "carte d.?identité", "carte identité", "identité nationale", "national id",
    "identity card", "id card", "بطاقة التعريف", "بطاقة تعريف", "رقم التعريف", "بطاقة الهوية",
    "ب ت و",
)  # fmt: skip
PHONE = _words(
    "tel", "tél", "téléphone", "telephone", "phone", "هاتف", "الهاتف", "رقم الهاتف", "mobile",
    "gsm", "portable", "جوال", "الجوال", "المحمول",
)  # fmt: skip
MOBILE = _words("mobile", "gsm", "portable", "cell", "جوال", "الجوال", "المحمول")
PERSON = _words(
    "prénom", "prenom", "prénoms", "nom et prénom", "nom prénom", "first name", "last name",
    "full name", "surname", "firstname", "lastname", "اللقب", "الاسم واللقب", "الإسم واللقب",
)  # fmt: skip
NAME = _words("nom", "nom complet", "name", "الاسم", "الإسم", "nom de famille")
BIRTH = _words(
    "date de naissance", "date naissance", "né le", "née le", "birth ?date", "date of birth", "dob",
    "تاريخ الولادة", "تاريخ الميلاد",
)  # fmt: skip
OFFICE = _words(
    "mandat", "parti", "circonscription", "député", "députée", "élu", "élue", "ministre", "party",
    "constituency", "mandate", "النائب", "الحزب", "الدائرة", "الوزير",
)  # fmt: skip
"""Those who hold a public office are known with their birthdays."""
BODY = _words(
    "commune", "municipalité", "mairie", "organisme", "établissement", "etablissement", "école",
    "ecole", "lycée", "hôpital", "ministère", "direction", "bureau", "association", "body",
    "institution", "municipality", "school", "بلدية", "البلدية", "الهيكل", "هيكل", "المؤسسة",
    "مؤسسة", "الوزارة", "الإدارة", "المدرسة", "المعهد", "المستشفى", "الجمعية",
)  # fmt: skip
"""The mail in a table of bodies is theirs, unless people are named beside it."""

MAIL = re.compile(r"([\w.+-]+)@((?:[\w-]+\.)+[A-Za-z]{2,})")
PRIVATE = re.compile(r"(?:gmail|googlemail|yahoo|ymail|hotmail|outlook|live|msn|icloud|laposte)\.")
ROLES = re.compile(
    r"commune|municip|mairie|baladia|info|contact|bureau|bo?c\b|service|direction|dir\b|ecole|école"
    r"|lycee|college|hopital|cr[dt]a|ministere|office|admin|secret|president|delegation|gouvern"
    r"|centre|institut|faculte|iset|association|asso|societe|sarl|club|musee|maison|culture"
)
"""In the address of an office, also where a body has its mail with a private provider."""
ACCOUNT = re.compile(
    r"(?<![A-Z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?![A-Z0-9])"
)
NATIONAL_ACCOUNT = re.compile(r"[0-9]{20}")
BANK = _words("rib", "compte bancaire", "n compte", "bank account", "الحساب البنكي")
LENGTHS = {"TN": 24, "FR": 27, "DE": 22, "IT": 27, "ES": 24, "BE": 16, "DZ": 26, "MA": 28, "LY": 25}
"""Characters of an account number by country. Source: IBAN registry (ISO 13616)."""


def judge(columns: Sequence[Column], few: int = FEW) -> Iterator[Finding]:
    """Yield one finding for each column that holds personal data of one kind.

    ``few``: how many private addresses are no chance.
    """
    labels = {each.name: _plain(each.name) for each in columns}
    has_people = any(PERSON.search(label) for label in labels.values())
    has_names = has_people or any(NAME.fullmatch(label) for label in labels.values())
    has_bodies = any(BODY.search(label) for label in labels.values())
    has_office = any(OFFICE.search(label) for label in labels.values())
    for column in columns:
        label = labels[column.name]
        found: dict[str, list[str]] = {
            "card": _cards(column) if CARD.search(label) else [],
            "account": _accounts(column, BANK.search(label) is not None),
            "mail": _mails(column, has_people, few) if has_people or not has_bodies else [],
        }
        if MOBILE.search(label) or (has_people and PHONE.search(label)):
            found["phone"] = _mobiles(column)
        if BIRTH.search(label) and has_names and not has_office:
            found["birth"] = list(column.of("day", "iso"))
        for variant, cells in found.items():
            if cells:
                yield _finding(column, variant, cells)


def _plain(name: str) -> str:
    return re.sub(r"[\s_.°\-/:()]+", " ", name).strip()


def _finding(column: Column, variant: str, cells: list[str]) -> Finding:
    first = min(cells, key=lambda cell: column.cells[cell].row)
    params: dict[str, object] = {
        "variant": variant,
        "percent": max(round(100 * column.share(cells)), 1),
    }
    return Finding("personal-data", column.cells[first].row, column.name, masked(first), params)


def masked(cell: str) -> str:
    """Return a cell of which only the ends are left: a report tells no one's data."""
    return f"{cell[:1]}{'•' * min(max(len(cell) - 3, 3), 12)}{cell[-2:]}"


def _enough(column: Column, cells: list[str], share: float) -> list[str]:
    return cells if cells and column.share(cells) >= share else []


def _cards(column: Column) -> list[str]:
    # Eight digits, the first of which spreadsheets take away where it is a zero.
    cells = [each for each in column.cells if re.fullmatch(r"[01][0-9]{7}|[1-9][0-9]{6}", each)]
    return _enough(column, cells, HALF)


def _mobiles(column: Column) -> list[str]:
    cells = [each for each in column.cells if re.fullmatch(r"[2459][0-9]{7}", _national(each))]
    return _enough(column, cells, HALF)


def _national(cell: str) -> str:
    return re.sub(r"[\s.\-/()]", "", cell).removeprefix("+").removeprefix("00").removeprefix("216")


def _mails(column: Column, has_people: bool, few: int) -> list[str]:
    cells = [each for each in column.cells if "@" in each and _is_private(each)]
    if has_people:
        return cells
    return cells if len(cells) >= few and column.share(cells) >= FIFTH else []


def _is_private(cell: str) -> bool:
    return any(
        PRIVATE.match(domain.lower()) and not ROLES.search(name.lower())
        for name, domain in MAIL.findall(cell)
    )


def _accounts(column: Column, is_bank: bool) -> list[str]:
    shortest = min(LENGTHS.values())
    long = [each for each in column.cells if len(each) >= shortest]
    return [each for each in long if _has_iban(each) or (is_bank and _is_national(each))]


def _has_iban(cell: str) -> bool:
    return any(is_iban(each) for each in ACCOUNT.findall(cell))


def _is_national(cell: str) -> bool:
    """Tell whether this is a Tunisian account number (RIB): 18 digits and their key."""
    digits = re.sub(r"[\s-]", "", cell)
    if not NATIONAL_ACCOUNT.fullmatch(digits):
        return False
    return int(digits) % 97 == 0


def is_iban(text: str) -> bool:
    """Tell whether this is an account number: its length, and its checksum (ISO 7064)."""
    plain = text.replace(" ", "")
    if len(plain) != LENGTHS.get(plain[:2], len(plain)):
        return False
    return int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 == 1
