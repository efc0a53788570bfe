"""One-time codes: as RFC 6238 says, patient with clocks and keyboards, and each for once."""

from datetime import UTC, datetime, timedelta

import pytest

from ckanext.opengov.shared.domain import totp

SECRET = b"12345678901234567890"
NOW = datetime(2026, 11, 26, 10, 0, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_rfc_6238_appendix_b(seconds, code):
    step = totp.step_at(datetime.fromtimestamp(seconds, UTC))

    assert totp.code_at(SECRET, step, digits=8) == code


def code_of(moment):
    return totp.code_at(SECRET, totp.step_at(moment))


@pytest.mark.parametrize(("off_by", "is_right"), [(-2, 0), (-1, 1), (0, 1), (1, 1), (2, 0)])
def test_a_clock_may_be_wrong_by_one_step(off_by, is_right):
    code = code_of(NOW + timedelta(seconds=30 * off_by))

    found = totp.matching_step(SECRET, code, NOW, after=0)

    assert found == (totp.step_at(NOW) + off_by if is_right else None)


@pytest.mark.parametrize("used", [0, 1])
def test_a_code_opens_once_and_shuts_those_before(used):
    after = totp.step_at(NOW) + used

    assert totp.matching_step(SECRET, code_of(NOW), NOW, after=after) is None
    assert totp.matching_step(SECRET, code_of(NOW), NOW, after=totp.step_at(NOW) - 1)


def digits(zero):
    """Return 123456 in the digits that begin with this zero."""
    return "".join(chr(ord(zero) + digit) for digit in range(1, 7))


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("123 456", "123456"),
        (" 123-456\n", "123456"),
        (digits("\N{ARABIC-INDIC DIGIT ZERO}"), "123456"),
        (digits("\N{EXTENDED ARABIC-INDIC DIGIT ZERO}"), "123456"),
        (f"\u200f{digits(chr(0x660))[:3]}\u00a0{digits(chr(0x660))[3:]}\u200f", "123456"),
        (digits("\N{FULLWIDTH DIGIT ZERO}"), "123456"),
        ("abcd-efgh jkmn-pqrs", "ABCDEFGHJKMNPQRS"),
        ("", ""),
    ],
)
def test_codes_are_read_as_people_type_them(typed, plain):
    assert totp.plain(typed) == plain


@pytest.mark.parametrize(
    ("code", "is_one_time"),
    [("123456", True), ("12345", False), ("1234567", False), ("12345a", False), ("", False)],
)
def test_six_digits_are_a_code_of_the_app(code, is_one_time):
    assert totp.is_one_time(code) is is_one_time


@pytest.mark.parametrize("code", ["", "é", "12345", "0" * 400])
def test_what_is_no_code_is_wrong(code):
    assert totp.matching_step(SECRET, code, NOW, after=0) is None


def test_recovery_codes_are_long_and_differ():
    codes = {totp.new_recovery_code() for _ in range(100)}

    assert len(codes) == 100
    assert {len(totp.plain(code)) for code in codes} == {16}
    assert set("".join(codes)) <= set(totp.ALPHABET + "-")


def test_the_qr_code_says_whose_key_it_is():
    uri = totp.as_uri(SECRET, "amel", "Données: ouvertes")

    assert uri.startswith("otpauth://totp/Donn%C3%A9es%20%20ouvertes:amel?")
    assert "secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" in uri
    assert totp.as_text(SECRET).replace(" ", "") in uri
