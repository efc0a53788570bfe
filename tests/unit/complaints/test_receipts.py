"""Reference and secret, as people write them down, dictate them and type them in."""

import pytest

from ckanext.complaints.domain import receipts
from ckanext.opengov.shared.domain.errors import DomainError

REFERENCE = "482719368"
SECRET = "73051182944026172"
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
FULL_WIDTH = {ord(str(n)): 0xFF10 + n for n in range(10)}
PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


def test_the_check_digit_is_that_of_the_published_example():
    # Source: https://en.wikipedia.org/wiki/Damm_algorithm#Example
    assert receipts._check_digit("572") == 4
    assert receipts._check_digit("5724") == 0


def test_the_table_is_a_totally_anti_symmetric_quasigroup():
    digits, table = range(10), receipts.DAMM

    assert all(sorted(row) == list(digits) for row in table)
    assert all(sorted(column) == list(digits) for column in zip(*table, strict=True))
    assert all(table[n][n] == 0 for n in digits)
    for c in digits:
        for x in digits:
            for y in range(x):
                assert table[table[c][x]][y] != table[table[c][y]][x]


@pytest.mark.parametrize(
    ("number", "read"), [(REFERENCE, receipts.read_reference), (SECRET, receipts.read_secret)]
)
def test_each_wrong_digit_and_each_exchange_of_neighbours_is_noticed(number, read):
    wrong = {
        number[:place] + digit + number[place + 1 :]
        for place in range(len(number))
        for digit in "0123456789"
    }
    wrong |= {
        number[:n] + number[n + 1] + number[n] + number[n + 2 :] for n in range(len(number) - 1)
    }
    wrong.discard(number)

    for each in wrong:
        with pytest.raises((receipts.ReferenceMistyped, receipts.SecretMistyped)):
            read(each)
    assert read(number) == number


def test_new_numbers_have_their_digits_and_are_read_back():
    references = [receipts.new_reference() for _ in range(500)]
    secrets = [receipts.new_secret() for _ in range(500)]

    for each in references:
        assert len(each) == 9
        assert receipts.read_reference(receipts.shown(each)) == each
    for each in secrets:
        assert len(each) == 17
        assert receipts.read_secret(receipts.shown(each)) == each
    assert len(set(secrets)) == 500
    assert {each[0] for each in secrets} == set("0123456789")


def test_numbers_are_shown_in_groups_of_four():
    assert receipts.shown(REFERENCE) == "4827 1936-8"
    assert receipts.shown("73051182944026172") == "7305 1182 9440 2617-2"


@pytest.mark.parametrize(
    "typed",
    [
        "4827 1936-8",
        "  4827-1936-8\n",
        "4827\N{NO-BREAK SPACE}1936\N{NARROW NO-BREAK SPACE}8",
        "4827\t1936\N{EN DASH}8",
        "4827 1936\N{NON-BREAKING HYPHEN}8",
        "4827 1936\N{MINUS SIGN}8",
        "4827\N{ARABIC TATWEEL}1936\N{ARABIC TATWEEL}8",
        "\N{LEFT-TO-RIGHT ISOLATE}4827 1936-8\N{POP DIRECTIONAL ISOLATE}",
        "\N{RIGHT-TO-LEFT MARK}4827 1936-8\N{ARABIC LETTER MARK}",
        "\N{RIGHT-TO-LEFT EMBEDDING}4827 1936-8\N{POP DIRECTIONAL FORMATTING}",
        "\N{ZERO WIDTH NO-BREAK SPACE}4827 1936-8",
        "4827 1936-8".translate(ARABIC),
        "4827 1936-8".translate(PERSIAN),
        "4827 ".translate(ARABIC) + "1936-8",
        "4827 1936-8".translate(FULL_WIDTH),
        "4827 l936-8",
        "4827 I936-8",
    ],
)
def test_a_reference_is_read_however_it_is_typed(typed):
    assert receipts.read_reference(typed) == REFERENCE


@pytest.mark.parametrize("letter", "Oo")
def test_the_letter_o_is_a_nought(letter):
    assert receipts.read_secret(SECRET.replace("0", letter)) == SECRET


@pytest.mark.parametrize(
    "typed",
    ["", " ", "4827 1936", "4827 1936-88", "4827 1936-x", "4827/1936/8", "4827²1936", "9" * 10**6],
)
def test_what_is_no_number_of_nine_digits_is_refused(typed):
    with pytest.raises(receipts.ReferenceIncomplete):
        receipts.read_reference(typed)
    with pytest.raises(receipts.SecretIncomplete):
        receipts.read_secret(typed)


@pytest.mark.parametrize("typed", ["4827 1936-7", "canary 4827", SECRET[:-1], SECRET[:-1] + "3"])
@pytest.mark.parametrize("read", [receipts.read_reference, receipts.read_secret])
def test_an_error_never_repeats_what_was_typed(typed, read):
    with pytest.raises(DomainError) as caught:
        read(typed)

    error = caught.value
    said = f"{error} {error!r} {error.template} {error.details} {error.field}"
    assert typed not in said
    assert not error.details
    assert error.__context__ is None
