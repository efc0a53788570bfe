"""The two numbers that a citizen gets: a public reference, and the secret that opens the case.

They are dictated by telephone and copied from paper, in digits of three scripts; a check
digit tells most slips from a number that is not ours before anything is looked up.
"""

from __future__ import annotations

import secrets
import unicodedata

from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.wording import N_

REFERENCE_DIGITS, SECRET_DIGITS = 9, 17
"""With the check digit."""
GROUP = 4
MOST_TYPED = 100
ALIKE = str.maketrans("OoIl", "0011")
JOINERS = {"Zs", "Zl", "Zp", "Pd", "Cf"}
"""Spaces, hyphens and dashes, and marks that only steer the direction of writing."""
TYPED_FOR_HYPHENS = "\N{MINUS SIGN}\N{ARABIC TATWEEL}"

# Source: the quasigroup of H. M. Damm, "Total anti-symmetrische Quasigruppen",
# dissertation, Marburg 2004 (urn:nbn:de:hebis:04-z2004-05162), arranged as in
# https://en.wikipedia.org/wiki/Damm_algorithm: every wrong digit and every pair of
# neighbours that changed places is noticed.
DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


class ReferenceIncomplete(DomainError):
    """It is no number of nine digits."""

    code = "reference-incomplete"
    field = "reference"
    template = N_("The number of a complaint has 9 digits. Copy it as it stands on the receipt.")


class ReferenceMistyped(DomainError):
    """The check digit is another."""

    code = "reference-mistyped"
    field = "reference"
    template = N_(
        "There is a slip in the number of the complaint. Compare it with the receipt, digit by"
        " digit."
    )


class SecretIncomplete(DomainError):
    """It is no number of seventeen digits."""

    code = "secret-incomplete"
    field = "secret"
    template = N_("The secret code has 17 digits. Copy it as it stands on the receipt.")


class SecretMistyped(DomainError):
    """The check digit is another."""

    code = "secret-mistyped"
    field = "secret"
    template = N_(
        "There is a slip in the secret code. Compare it with the receipt, digit by digit."
    )


def new_reference() -> str:
    """Return the public number of a case; the database says whether it is taken."""
    return _new(REFERENCE_DIGITS)


def new_secret() -> str:
    """Return the secret of a receipt: 16 random digits and their check digit."""
    return _new(SECRET_DIGITS)


def shown(number: str) -> str:
    """Return a reference or a secret in groups of four, the check digit after a hyphen."""
    body = number[:-1]
    groups = [body[start : start + GROUP] for start in range(0, len(body), GROUP)]
    return f"{' '.join(groups)}-{number[-1]}"


def read_reference(text: str) -> str:
    """Return the nine digits that somebody typed.

    Raises:
        ReferenceIncomplete: they are not nine, or something else stands between them.
        ReferenceMistyped: the check digit is another.
    """
    digits = _digits(text)
    if digits is None or len(digits) != REFERENCE_DIGITS:
        raise ReferenceIncomplete
    if _check_digit(digits) != 0:
        raise ReferenceMistyped
    return digits


def read_secret(text: str) -> str:
    """Return the seventeen digits that somebody typed.

    Raises:
        SecretIncomplete: they are not seventeen, or something else stands between them.
        SecretMistyped: the check digit is another.
    """
    digits = _digits(text)
    if digits is None or len(digits) != SECRET_DIGITS:
        raise SecretIncomplete
    if _check_digit(digits) != 0:
        raise SecretMistyped
    return digits


def _new(length: int) -> str:
    body = f"{secrets.randbelow(10 ** (length - 1)):0{length - 1}}"
    return f"{body}{_check_digit(body)}"


def _check_digit(digits: str) -> int:
    """Return the check digit; of a number that has its own, 0."""
    interim = 0
    for digit in digits:
        interim = DAMM[interim][int(digit)]
    return interim


def _digits(text: str) -> str | None:
    """Return ASCII digits, or nothing where signs stand between them that belong elsewhere."""
    if len(text) > MOST_TYPED:
        return None
    signs = [sign for sign in text.translate(ALIKE) if not _is_joiner(sign)]
    digits = [unicodedata.decimal(sign, None) for sign in signs]
    return None if None in digits else "".join(map(str, digits))


def _is_joiner(sign: str) -> bool:
    return sign.isspace() or sign in TYPED_FOR_HYPHENS or unicodedata.category(sign) in JOINERS
