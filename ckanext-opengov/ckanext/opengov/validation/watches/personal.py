"""Finds columns of personal data, by what their cells are and what their names promise.

The telephone and the mail of an office are no personal data, and a number of eight digits
is no identity card: each kind asks for evidence of its own (docs/damage.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice

from ckanext.opengov.validation.repairs.months import MONTHS, folded
from ckanext.opengov.validation.repairs.values import BLANKS, NAMED, PLAIN, UNSEEN
from ckanext.opengov.validation.report import Finding
from ckanext.opengov.validation.watches import labels
from ckanext.opengov.validation.watches.sample import TEXT, Column

HALF, FIFTH = 0.5, 0.2
FEW = 3
"""Private addresses in a file that are no chance."""
LONGEST = 200
"""Signs of a cell among which a card, a telephone or a day is sought."""
MOST = 1_000
"""Places of a cell at which an account may begin."""
NAMES = 1_000
"""Names that are read to know whether bodies or people have them."""

CARD, CARD_WITHOUT_ZERO = re.compile(r"[01][0-9]{7}"), re.compile(r"[1-9][0-9]{6}")
BESIDE_DIGITS = re.compile(rf"[\s.'\u2018\u2019/\-{UNSEEN}]")
NO_DIGIT = re.compile(r"[^0-9]")
MOBILE = re.compile(r"(?:(?:00)?216)?(?:[0-9]{8}){0,2}[2459][0-9]{7}(?:[0-9]{8}){0,2}")
SEVERAL = re.compile(r"[/;,|\n-]|\b(?:ou|et|or|و)\b")
"""Between the telephones of a cell, and inside one."""
_MARK = r"\s?[/.\-\s]\s?"
DAY = re.compile(
    rf"(?<![0-9])(?:[0-9]{{1,2}}{_MARK}[0-9]{{1,2}}{_MARK}(?:[0-9]{{4}}|[0-9]{{2}})"
    rf"|[0-9]{{4}}{_MARK}[0-9]{{1,2}}{_MARK}[0-9]{{1,2}}"
    r"|(?:19|20)[0-9]{6}|[0-9]{4}(?:19|20)[0-9]{2})(?![0-9])"
)
"""Anywhere in a cell: a place may stand beside it."""

MAIL = re.compile(r"(?<![\w.+-])([\w.+-]{1,64})@((?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,})")
PRIVATE = re.compile(r"(?:gmail|googlemail|yahoo|ymail|hotmail|outlook|live|msn|icloud|laposte)\.")
ROLES = re.compile(
    r"commune|municip|mairie|baladia|info|contact|bureau|(?<![a-z])(?:bo?c|dir)\b|service|direction"
    r"|ecole|école|lycee|college|hopital|cr[dt]a|ministere|office|admin|secret|president|delegation"
    r"|gouvern|centre|institut|faculte|iset|association|(?<![a-z])asso|societe|sarl|club|musee"
    r"|maison|culture"
)
"""In the address of an office, also where a body has its mail with a private provider."""

_COUNTRIES = {
    15: "NO", 16: "BE", 18: "DK FI FK FO GL NL SD", 19: "MK SI", 20: "AT BA EE KZ LT LU MN XK",
    21: "CH HR LI LV", 22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ OM SO TL",
    24: "AD CZ ES MD PK RO SA SE SK TN VG", 25: "LY PT ST", 26: "DZ IS TR",
    27: "BI DJ FR GR IT MC MR SM", 28: "AL AZ BY CY DO GT HN HU LB MA NI PL SV",
    29: "BR EG PS QA UA",
    30: "JO KW MU YE", 31: "MT SC", 32: "LC", 33: "RU",
}  # fmt: skip
LENGTHS = {each: length for length, some in _COUNTRIES.items() for each in some.split()}
"""Characters of an account number by country. Source: IBAN registry (ISO 13616); Algeria and
Morocco, which are not in it, have the like."""
LEAST_DIGITS = 12
"""Of an account number of any of these countries."""
_GAP = rf"[{BLANKS}.\-]"
_SIGN = f"(?:{_GAP}?[a-z0-9])"
LIKE_ACCOUNT = re.compile(
    rf"(?si)(?:.*[^a-z0-9])?(?:{'|'.join(LENGTHS)})[0-9]{{2}}{_SIGN}{{{min(_COUNTRIES) - 4}}}.*"
)
"""Cells in which there may be one, told at a glance (RE2)."""
COUNTRY = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}(?=[0-9]{2})")
ACCOUNTS = {
    each: re.compile(rf"{_SIGN}{{{each}}}(?!-?[a-z0-9])", re.IGNORECASE | re.ASCII)
    for each in _COUNTRIES
}
"""By their lengths."""
NATIONAL_ACCOUNT = re.compile(r"[0-9]{20}")


class Table:
    """What the columns of a table say of each other."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.labels = {each.name: labels.plain(each.name) for each in columns}
        self.names = [
            each
            for each in columns
            if labels.NAME.fullmatch(self.labels[each.name]) and each.of(TEXT)
        ]
        self.has_people = self._has(labels.PERSON)
        self.has_names = self.has_people or bool(self.names)
        self.has_office = self._has(labels.OFFICE)

    def _has(self, words: re.Pattern[str]) -> bool:
        return any(words.search(label) for label in self.labels.values())

    @cached_property
    def is_of_bodies(self) -> bool:
        """Tell whether the rows are bodies.

        A commune beside a name is where someone lives: what the names are says whose row it is.
        """
        if self.has_people or not self._has(labels.BODY):
            return False
        is_named = all(map(_names_bodies, self.names))
        return is_named or self._has(labels.ONLY_BODY)


def _names_bodies(column: Column) -> bool:
    some = list(islice(column.cells, NAMES))
    bodies = [each for each in some if labels.CALLED.search(labels.plain(each[:LONGEST]))]
    return len(bodies) >= HALF * len(some)


def judge(columns: Sequence[Column], few: int = FEW) -> Iterator[Finding]:
    """Yield one finding for each column that holds personal data of one kind.

    ``few``: how many private addresses are no chance.
    """
    table = Table(columns)
    for column in columns:
        for variant, cells in _found(column, table, few):
            if cells:
                yield _finding(column, variant, cells)


def _found(column: Column, table: Table, few: int) -> Iterator[tuple[str, list[str]]]:
    """Yield the cells of each kind of personal data that there may be."""
    label = table.labels[column.name]
    if labels.CARD.search(label) or (table.has_names and labels.IDENTIFIER.search(label)):
        yield "card", _cards(column)
    yield "account", _accounts(column, labels.BANK.search(label) is not None)
    mails = _mails(column, table.has_people, few)
    yield "mail", [] if mails and table.is_of_bodies else mails
    if labels.MOBILE.search(label) or (table.has_people and labels.PHONE.search(label)):
        yield "phone", _enough(column, list(filter(_has_mobile, column.cells)), HALF)
    if labels.BIRTH.search(label) and table.has_names and not table.has_office:
        yield "birth", list(filter(_has_day, column.cells))


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


def _digits(cell: str) -> str:
    """Return the beginning of a cell with digits from 0 to 9."""
    return cell[:LONGEST].translate(PLAIN)


def _cards(column: Column) -> list[str]:
    bare = {each: BESIDE_DIGITS.sub("", _digits(each)) for each in column.cells}
    cells = [each for each in bare if CARD.fullmatch(bare[each])]
    if cells:
        # Spreadsheets take the first digit away where it is a zero. But bodies have numbers of
        # seven digits of their own: nothing else tells those from cards.
        cells += [each for each in bare if CARD_WITHOUT_ZERO.fullmatch(bare[each])]
    return _enough(column, cells, HALF)


def _has_mobile(cell: str) -> bool:
    text = _digits(cell)
    parts = (text, *SEVERAL.split(text.lower()))
    return any(MOBILE.fullmatch(NO_DIGIT.sub("", part)) for part in parts)


def _has_day(cell: str) -> bool:
    text = folded(_digits(cell))
    return bool(DAY.search(text)) or any(
        not MONTHS.keys().isdisjoint(found.groups())
        for pattern in NAMED.values()
        for found in pattern.finditer(text)
    )


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
    """Return the cells with account numbers.

    One in 97 numbers of another kind has the right checksum, and so has nearly every account.
    """
    found = {each: list(_like_ibans(each)) for each in column.texts_like(LIKE_ACCOUNT)}
    like = {cell: any(map(is_iban, some)) for cell, some in found.items() if some}
    if is_bank:
        bare = {each: NO_DIGIT.sub("", _digits(each)) for each in column.cells}
        national = {each: text for each, text in bare.items() if NATIONAL_ACCOUNT.fullmatch(text)}
        like |= {each: _is_national(text) for each, text in national.items()}
    cells = [cell for cell, is_one in like.items() if is_one]
    return cells if len(cells) >= FIFTH * len(like) else []


def _like_ibans(cell: str) -> Iterator[str]:
    for country in islice(COUNTRY.finditer(cell), MOST):
        length = LENGTHS.get(country[0].upper())
        found = length and ACCOUNTS[length].match(cell, country.start())
        if found and sum(map(str.isdigit, found[0])) >= LEAST_DIGITS:
            yield found[0]


def _is_national(digits: str) -> bool:
    """Tell whether this is a Tunisian account number (RIB): 18 digits and their key."""
    return int(digits) % 97 == 0


def is_iban(text: str) -> bool:
    """Tell whether this is an account number: its length, and its checksum (ISO 7064)."""
    plain = re.sub(_GAP, "", text).upper()
    if len(plain) != LENGTHS.get(plain[:2]):
        return False
    return int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 == 1
