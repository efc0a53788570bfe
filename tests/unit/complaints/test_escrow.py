"""Two sheets give the keys back, one says nothing, and slips in typing are found in their line."""

import pytest

from ckanext.complaints.domain import escrow
from ckanext.complaints.domain.escrow import LineMistyped, SheetsDoNotFit
from ckanext.opengov.shared import keyring


@pytest.fixture
def ring(tmp_path):
    path = tmp_path / "service"
    keyring.make(path)
    for _ in range(2):
        keyring.add(path)
    return keyring.load(path)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_both_sheets_give_the_keys_back_in_their_order(ring, count):
    some = keyring.Keyring(ring.keys[:count])
    first, second = escrow.sheets(some)

    assert escrow.joined(escrow.read(first), escrow.read(second)) == some
    assert escrow.joined(escrow.read(second), escrow.read(first)) == some


def test_a_sheet_alone_says_nothing(ring):
    first, second = (escrow.read(each) for each in escrow.sheets(ring))

    for key in ring.keys:
        for sheet in (first, second):
            assert key.master not in sheet.share
            assert key.master.hex() not in repr(sheet)
    again, _ = escrow.sheets(ring)
    assert escrow.read(again).share != first.share


def test_sheets_of_two_escrows_or_the_same_twice_do_not_fit(ring):
    one, two = (escrow.read(each) for each in escrow.sheets(ring))
    other, another = (escrow.read(each) for each in escrow.sheets(ring))

    for pair in [(one, one), (one, another), (other, two)]:
        with pytest.raises(SheetsDoNotFit):
            escrow.joined(*pair)


def test_sheets_whose_shares_were_altered_do_not_fit(ring):
    one, two = (escrow.read(each) for each in escrow.sheets(ring))
    for share in (two.share[:-1], two.share[:-1] + bytes([two.share[-1] ^ 1]), b"", b"\0" * 8):
        with pytest.raises(SheetsDoNotFit):
            escrow.joined(one, escrow.Sheet(2, one.escrow, share))


def test_a_clerk_may_type_small_letters_without_groups_or_numbers(ring):
    first, _second = escrow.sheets(ring)
    ways = [
        [line.lower() for line in first],
        [line[2:].replace(" ", "") for line in first],
        [line.replace("0", "O").replace("1", "l") for line in first],
        [line.replace("1", "I").replace("  ", "\t").replace(" ", "-") for line in first],
    ]

    for typed in ways:
        assert escrow.read(typed) == escrow.read(first)


def test_a_check_that_looks_like_the_number_of_its_line_is_kept():
    number = 1
    content = next(
        found
        for n in range(10**5)
        if escrow._check(found := n.to_bytes(escrow.LINE_BYTES, "big"), number) == "01"
    )
    line = escrow._line(content, number)

    assert line.endswith("01")
    assert escrow.read_line(line, number) == content
    assert escrow.read_line(line[4:], number) == content


def test_each_wrong_sign_is_found_in_its_line(ring):
    first, _second = escrow.sheets(ring)
    wrong, missed = 0, 0
    for number, line in enumerate(first, 1):
        for place, sign in enumerate(line[4:], 4):
            if sign != " ":
                other = escrow.SIGNS[(escrow.SIGNS.index(sign) + 1) % 32]
                wrong += 1
                try:
                    escrow.read_line(line[:place] + other + line[place + 1 :], number)
                    missed += 1
                except LineMistyped as error:
                    assert error.number == number  # noqa: PT017 - of each
    # Ten bits of check: one slip in a thousand passes, and is found when the sheets are joined.
    assert wrong > 200
    assert missed <= 3


def test_lines_that_changed_places_or_are_missing_are_found(ring):
    first, _second = escrow.sheets(ring)

    for typed, number in [
        ([first[0], first[2], first[1], *first[3:]], 2),
        (first[:-1], len(first)),
        (first[1:], 1),
        ([*first, first[-1]], len(first) + 1),
        ([], 1),
        (["", *first], 1),
        (["01 not a line", *first[1:]], 1),
    ]:
        with pytest.raises(LineMistyped) as caught:
            escrow.read(typed)
        assert caught.value.number == number
        assert "not a line" not in str(caught.value)


def test_a_sheet_of_another_version_is_refused():
    line = escrow._line(b"\2" + bytes(escrow.LINE_BYTES - 1), 1)

    with pytest.raises(LineMistyped):
        escrow.read([line])


def test_lines_that_changed_places_are_found_without_their_numbers(ring):
    first, _second = escrow.sheets(ring)
    first = [line[4:] for line in first]

    with pytest.raises(LineMistyped) as caught:
        escrow.read([first[0], first[2], first[1], *first[3:]])
    assert caught.value.number == 2
