"""Repairs of a file: what is proposed, and what the accepted ones change."""

import csv
import io

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.opengov.validation.repairs import columns, looking, making, values, words
from ckanext.opengov.validation.repairs.making import CannotRepair, Source
from ckanext.opengov.validation.repairs.proposing import Past, propose
from ckanext.opengov.validation.repairs.steps import Kind, NotAStep, Step, in_order, read, read_all

BAD = (
    "وزارة التجهيز : مشاريع الطرقات;;;;\n"
    ";;;;\n"
    "الولاية;التاريخ;الطول;الكلفة;\n"
    "تونس;13/01/2024;12,5;1 234,50;\n"
    "صفاقس ;25/02/2024;7,25;12 000,00;\n"
    ";;;;\n"
    "قابس;01/03/2024;3,1;900,75;\n"
    "المجموع;;22,85;14 135,25;\n"
)
GOOD = (
    "الولاية,التاريخ,الطول,الكلفة\r\n"
    "تونس,2024-01-13,12.5,1234.50\r\n"
    "صفاقس,2024-02-25,7.25,12000.00\r\n"
    "قابس,2024-03-01,3.1,900.75\r\n"
)


@pytest.fixture
def file(tmp_path):
    """Return what writes a text file, with its past."""

    def write(text, encoding="utf-8", delimiter=",", steps=()):
        path = tmp_path / "original"
        path.write_bytes(text.encode(encoding))
        return Past(path, Source("csv", encoding, delimiter), tuple(steps))

    return write


def made(past, steps):
    """Return the text of the repaired file."""
    out = past.path.with_name("out")
    making.make(past.path, past.source, in_order(steps), out)
    return out.read_bytes().decode()


def kinds(past, schema=None, wrong=()):
    return [(each.step.kind, each.step.field) for each in propose(past, schema, wrong)]


def test_a_spreadsheet_of_a_ministry_becomes_a_plain_table(file):
    past = file(BAD, "cp1256", ";")
    found = propose(past, None)

    steps = [each.step for each in found]
    assert made(past, steps) == GOOD
    assert [each.step.kind for each in found if not each.is_safe] == [Kind.TOTALS]
    assert propose(Past(past.path, past.source, in_order(steps)), None) == ()


def test_every_repair_says_what_it_does(file):
    for each in propose(file(BAD, "cp1256", ";"), None):
        sentence = words.change(each.step.as_dict(), str)
        assert "{" not in sentence
        assert sentence.endswith(".")
        assert each.preview["rows"]


def test_a_plain_table_is_left_alone(file):
    assert propose(file(GOOD), None) == ()


def test_of_a_column_only_cells_that_fit_change(file):
    past = file("day,note\n01/02/2024,01/02/2024\nunknown,x\n")

    assert made(past, [Step(Kind.DATE, "day", {"order": "dmy"})]) == (
        "day,note\r\n2024-02-01,01/02/2024\r\nunknown,x\r\n"
    )


def test_dates_that_may_be_read_both_ways_are_not_decided(file):
    found = propose(file("day\n03/04/2021\n05/06/2021\n"), None)

    assert [each.step.params for each in found] == [{"order": "dmy"}, {"order": "mdy"}]
    assert {each.choice for each in found} == {"date/day"}
    assert not any(each.is_safe for each in found)


def test_dates_that_contradict_each_other_are_not_decided(file):
    days = "\n".join(["13/04/2021"] * 9 + ["04/13/2021"])
    found = propose(file(f"day\n{days}\n"), None)

    assert not any(each.is_safe for each in found)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1 234,5", "7"], [(",", " ")]),
        (["1.234,5", "7,25"], [(",", ".")]),
        (["1,234.5", "4.5", "7"], [(".", ",")]),
        (["1\u202f234", "12"], [(",", " ")]),
        (["1,234", "5,678"], [(",", " "), (".", ",")]),
        (["1.234", "5.678"], []),
        (["12", "13"], []),
        (["001", "002"], []),
        (["", "a"], []),
    ],
)
def test_the_marks_of_numbers_are_told_from_all_cells(cells, expected):
    found = [(each.params["decimal"], each.params["group"]) for each in columns.numbers("n", cells)]

    assert found == expected


def test_a_few_commas_among_whole_numbers_are_not_decided(file):
    (found,) = propose(file("units\n" + "2\n" * 9 + '"2,2"\n'), None)

    assert (found.step.kind, found.is_safe) == (Kind.NUMBER, False)


def test_telephone_numbers_are_no_numbers():
    assert columns.numbers("الهاتف", ["71 123 456", "71 654 321"]) == []


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("١٢\u066b٥", "12.5"),  # noqa: RUF001
        ("١\u066c٢٣٤", "1234"),  # noqa: RUF001
        ("٣١/١٢/٢٠٢٤", "31/12/2024"),
        ("۱۲", "12"),
        ("الفصل ١٢", "الفصل ١٢"),
        ("12", "12"),
    ],
)
def test_digits_change_in_numbers_and_dates_alone(cell, expected):
    assert values.in_plain_digits(cell) == expected


@pytest.mark.parametrize(
    ("order", "cell", "expected"),
    [
        ("dmy", "1.2.2024", "2024-02-01"),
        ("mdy", "1/2/2024", "2024-01-02"),
        ("ymd", "2024/1/2", "2024-01-02"),
        ("dmy", "31/02/2024", "31/02/2024"),
        ("dmy", "01/02/24", "01/02/24"),
        ("dmy", "01/02/2024 8:05", "2024-02-01T08:05:00"),
        ("dmy", "01/02-2024", "01/02-2024"),
        ("dmy", "01/02/2024 25:00", "01/02/2024 25:00"),
    ],
)
def test_days_are_written_as_the_calendar_has_them(order, cell, expected):
    assert values.day(order)(cell) == expected


def test_a_wrong_separator_is_told_from_the_rows(file):
    past = file("Titre, avec virgule\na;b;c\n" + "1;2;3\n" * 9, delimiter=",")

    assert kinds(past)[:2] == [(Kind.DELIMITER, None), (Kind.HEADER, None)]


def test_a_header_of_two_rows_gives_each_group_to_its_columns():
    head = [["", "2023", "", "2024", ""], ["gov", "men", "women", "men", "women"]]

    assert looking.header_of([*head, ["Tunis", "1", "2", "3", "4"]]) == (1, 2)
    assert making.joined(head) == [
        "gov", "2023 men", "2023 women", "2024 men", "2024 women"
    ]  # fmt: skip


@pytest.mark.parametrize("above", [[], [["Écoles 2025", "", "", "", ""]]])
def test_two_rows_may_name_the_columns_only_together(above):
    head = [*above, ["ville", "écoles", "", "élèves", ""], ["", "pub.", "privées", "h.", "f."]]
    rows = [
        ["Tunis", "1", "", "3", "4"],
        ["Sfax", "1", "2", "3", "4"],
        ["Douz", "5", "6", "7", "8"],
    ]

    assert looking.header_of([*head, *rows]) == (1 + len(above), 2)
    assert looking.header_of([*above, *rows]) is None


def test_what_needs_a_doubtful_repair_is_as_doubtful(file):
    past = file("ville;taux;\n;2023;2024\nTunis;1,5;2,5\nSfax;3,25;4,5\n", delimiter=";")

    found = {each.step.kind: each.is_safe for each in propose(past, None)}

    assert found == {Kind.DELIMITER: True, Kind.HEADER: False, Kind.NUMBER: False}


def test_a_schema_is_asked_before_a_column_is_touched(file):
    past = file('day,code\n13/01/2024,"1,5"\n')
    schema = {"fields": [{"name": "day", "type": "date"}, {"name": "code", "type": "string"}]}

    assert kinds(past, schema, ["day"]) == [(Kind.DATE, "day")]
    assert kinds(past, schema) == []


def test_a_column_that_is_nothing_like_its_type_may_become_text(file):
    schema = {"fields": [{"name": "n", "type": "integer", "constraints": {"minimum": 1}}]}
    (found,) = propose(file("n\na\nb\n"), schema, ["n"])

    assert (found.step.kind, found.is_safe) == (Kind.TYPE, False)
    changed = making.schema_after(schema, [found.step])
    assert changed == {"fields": [{"name": "n", "type": "string", "constraints": {}}]}


def test_plain_numbers_need_no_marks_in_the_schema():
    column = {"name": "n", "type": "number", "decimalChar": ",", "groupChar": " "}
    step = Step(Kind.NUMBER, "n", {"decimal": ",", "group": " "})

    assert making.schema_after({"fields": [column]}, [step]) == {
        "fields": [{"name": "n", "type": "number"}]
    }
    assert column["decimalChar"] == ","


def test_a_workbook_becomes_a_plain_table(tmp_path):
    path, book = tmp_path / "book", openpyxl.Workbook()
    for row in (["Rapport annuel"], [], ["ville", "jour", "n"], ["Tunis", "13/01/2024", 2.0]):
        book.active.append(row)
    book.save(path)
    past = Past(path, Source("xlsx"))

    steps = [each.step for each in propose(past, None)]

    assert [step.kind for step in steps] == [Kind.HEADER, Kind.DATE]
    assert made(past, steps) == "ville,jour,n\r\nTunis,2024-01-13,2\r\n"


def test_what_is_no_text_in_the_chosen_encoding_is_refused(file):
    past = file("é\n1\n", "cp1252")

    with pytest.raises(CannotRepair):
        made(past, [Step(Kind.ENCODING, None, {"encoding": "utf-8"})])


def test_a_header_behind_the_end_is_refused(file):
    with pytest.raises(CannotRepair):
        made(file("a\n1\n"), [Step(Kind.HEADER, None, {"row": 9, "rows": 1})])


@pytest.mark.parametrize(
    "found",
    [
        None,
        {},
        {"kind": "erase"},
        {"kind": "encoding", "params": {"encoding": "rot13"}},
        {"kind": "encoding", "params": {"encoding": []}},
        {"kind": "header", "params": {"row": 0, "rows": 1}},
        {"kind": "header", "params": {"row": True, "rows": 1}},
        {"kind": "totals", "params": {"row": "1"}},
        {"kind": "number", "field": "n", "params": {"decimal": ",", "group": ","}},
        {"kind": "number", "params": {"decimal": ",", "group": " "}},
        {"kind": "date", "field": "d", "params": {"order": "dmy", "more": 1}},
        {"kind": "blank-rows", "field": "d"},
        {"kind": "digits", "field": 7},
        {"kind": "trim", "params": [1]},
    ],
)
def test_what_is_no_repair_is_refused(found):
    with pytest.raises(NotAStep):
        read(found)


def test_steps_are_made_in_one_order_whoever_accepted_them_when():
    steps = [
        Step(Kind.TOTALS, None, {"row": 9}),
        Step(Kind.DATE, "d", {"order": "mdy"}),
        Step(Kind.TOTALS, None, {"row": 4}),
        Step(Kind.HEADER, None, {"row": 2, "rows": 1}),
        Step(Kind.DATE, "d", {"order": "dmy"}),
    ]

    found = read_all([step.as_dict() for step in steps])

    assert [step.params for step in found] == [
        {"row": 2, "rows": 1}, {"row": 4}, {"row": 9}, {"order": "dmy"}
    ]  # fmt: skip
    assert len({step.id for step in found}) == 4


CELLS = st.one_of(
    st.text('ab \u00a0\u200f1٢,.;/-"\n=', max_size=8),
    st.sampled_from(["1 234,5", "13/01/2024", "١٢", " x ", "", "=1+1", "المجموع", "007"]),
)
TABLES = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=8)
)
STEPS = st.lists(
    st.sampled_from(
        [
            Step(Kind.BLANK_ROWS),
            Step(Kind.TOTALS, None, {"row": 3}),
            Step(Kind.TRIM, "c0"),
            Step(Kind.DIGITS, "c0"),
            Step(Kind.DIGITS, "c1"),
            Step(Kind.DATE, "c1", {"order": "dmy"}),
            Step(Kind.NUMBER, "c2", {"decimal": ",", "group": " "}),
        ]
    )
)


@settings(deadline=None)
@given(table=TABLES, steps=STEPS)
def test_cells_that_no_step_names_stay(tmp_path_factory, table, steps):
    folder = tmp_path_factory.mktemp("table")
    labels = [f"c{place}" for place in range(len(table[0]))]
    text = io.StringIO()
    csv.writer(text).writerows([labels, *table])
    path = folder / "original"
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    past = Past(path, Source("csv", "utf-8", ","))

    repaired = made(past, steps)

    assert repaired == made(past, steps)
    rows = list(csv.reader(io.StringIO(repaired, newline="")))
    left_out = {
        number
        for number, cells in enumerate(table, 2)
        if (Step(Kind.BLANK_ROWS) in steps and all(map(values.is_blank, cells)))
        or (number == 3 and any(step.kind is Kind.TOTALS for step in steps))
    }
    kept = [cells for number, cells in enumerate(table, 2) if number not in left_out]
    assert rows[0] == labels
    assert len(rows) == len(kept) + 1
    touched = {step.field for step in steps}
    for before, after in zip(kept, rows[1:], strict=True):
        for name, old, new in zip(labels, before, after, strict=True):
            assert old == new or name in touched


@settings(deadline=None)
@given(cell=CELLS, order=st.sampled_from(["dmy", "mdy", "ymd"]))
def test_a_cell_that_was_repaired_stays(cell, order):
    for change in (values.trimmed, values.in_plain_digits, values.day(order)):
        assert change(change(cell)) == change(cell)
