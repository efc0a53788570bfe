"""Repairs of a file: what is proposed, and what the accepted ones change."""

# ruff: noqa: RUF001 - Arabic

import csv
import io
from datetime import date, datetime, timedelta
from functools import partial

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.common import books

from ckanext.opengov.validation import apart, engine
from ckanext.opengov.validation.repairs import columns, looking, making, reporting, values, words
from ckanext.opengov.validation.repairs.originals import CannotRepair, Source, joined
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


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_workbooks_of_all_kinds_are_repaired(tmp_path, kind):
    rows = [["ville", "jour"], ["Tunis ", "13/01/2024"]]
    path = tmp_path / "book"
    if kind == "xlsx":
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path)
    elif kind == "xls":
        path.write_bytes(books.xls_of(books.Sheet(rows)))
    else:
        cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
        lines = ("".join(map(cell.format, row)) for row in rows)
        table = "".join(f"<table:table-row>{line}</table:table-row>" for line in lines)
        path.write_bytes(books.ods_of(f'<table:table table:name="t">{table}</table:table>'))
    past = Past(path, Source(kind))

    steps = [each.step for each in propose(past, None)]

    assert made(past, steps) == "ville,jour\r\nTunis,2024-01-13\r\n"


def book_of(path, *sheets):
    """Write a workbook of such sheets: rows, and whether it is hidden."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for rows, is_hidden in sheets:
        sheet = book.create_sheet()
        sheet.sheet_state = "hidden" if is_hidden else "visible"
        for row in rows:
            sheet.append(row)
    book.save(path)
    return book


def repaired_book(path):
    """Check a workbook; return its report and the lines that its safe repairs make."""
    kept = engine.check_file(path, name="b.xlsx", format="xlsx").as_dict()
    kept = reporting.completed(kept, path, None)
    source, steps = reporting.source_of(kept, path), []
    for each in kept.get("proposals", []):
        if each["is_safe"]:
            steps += [read(step) for step in (*each["needs"], each["step"])]
    return kept, made(Past(path, source), steps).splitlines() if source else None


def test_no_hidden_sheet_is_ever_repaired(tmp_path):
    secret = [["nom", "salaire"], ["Ali ", 1200]]
    book_of(tmp_path / "alone", (secret, True), ([], False))
    book_of(tmp_path / "first", (secret, True), ([["ville"], ["Tunis "]], False))

    kept, lines = repaired_book(tmp_path / "alone")
    assert ("proposals" in kept, lines) == (False, None)
    assert repaired_book(tmp_path / "first")[1] == ["ville", "Tunis"]
    assert made(Past(tmp_path / "first", Source("xlsx")), []) == "ville\r\nTunis \r\n"
    with pytest.raises(CannotRepair):
        made(Past(tmp_path / "alone", Source("xlsx")), [])


def test_numbers_and_errors_of_a_workbook_stay_what_they_are(tmp_path):
    cells = [1.234, "2,5", "3,75", 12.125, "7,25", 4, 2**53 + 2.0, True, timedelta(hours=26)]
    rows = [["n", "a "], *([cell, None] for cell in cells)]
    book = book_of(tmp_path / "b", (rows, False))
    book.active["B3"] = "#DIV/0!"
    book.active["B3"].data_type = "e"
    book.save(tmp_path / "b")

    _kept, lines = repaired_book(tmp_path / "b")
    assert lines == [
        *("n,a", "1.234,", "2.5,#DIV/0!", "3.75,", "12.125,", "7.25,", "4,", "9007199254740994,"),
        *("true,", "P1DT2H,"),
    ]


def test_the_header_of_a_workbook_is_the_one_that_was_checked(tmp_path):
    rows = [["Population", None, None], ["commune", "hommes", "hommes"], ["Tunis ", 1, 2]]
    book = book_of(tmp_path / "b", (rows, False))
    book.active.merge_cells("A1:C1")
    book.save(tmp_path / "b")
    groups = [["Region", "Population", None], [None, 2019, 2020], ["Tunis ", 1, 2]]
    two = book_of(tmp_path / "two", (groups, False))
    for area in ("A1:A2", "B1:C1"):
        two.active.merge_cells(area)
    two.save(tmp_path / "two")

    assert repaired_book(tmp_path / "b")[1] == ["commune,hommes,hommes", "Tunis,1,2"]
    kept, lines = repaired_book(tmp_path / "two")
    names = [each["name"] for each in kept["fields"]]
    assert names == ["Region", "Population / 2019", "Population / 2020"]
    assert lines == [",".join(names), "Tunis,1,2"]


def test_a_midnight_among_hours_keeps_its_time(tmp_path):
    rows = [
        ["at", "day", "town"],
        [datetime.fromisoformat("2026-01-31"), date(2026, 1, 31), "Tunis "],
        [datetime.fromisoformat("2026-01-31T06"), date(2026, 2, 1), "Sfax"],
    ]
    book_of(tmp_path / "b", (rows, False))

    assert repaired_book(tmp_path / "b")[1][1:] == [
        "2026-01-31T00:00:00,2026-01-31,Tunis",
        "2026-01-31T06:00:00,2026-02-01,Sfax",
    ]


def test_a_name_over_merged_cells_goes_no_further(tmp_path):
    rows = [["Region", "Population", None, None], [None, 2019, 2020, "Note"], ["Tunis ", 1, 2, "a"]]
    book = book_of(tmp_path / "b", (rows, False))
    for area in ("A1:A2", "B1:C1"):
        book.active.merge_cells(area)
    book.save(tmp_path / "b")
    names = ["Region", "Population / 2019", "Population / 2020", "Note"]
    past = Past(tmp_path / "b", Source("xlsx"))

    assert repaired_book(tmp_path / "b")[1] == [",".join(names), "Tunis,1,2,a"]
    by_hand = Step(Kind.HEADER, None, {"row": 1, "rows": 2})
    assert made(past, [by_hand]).splitlines()[0] == ",".join(names)


def test_no_column_is_repaired_in_place_of_another_of_its_name(file):
    rows = "".join(f'"1.23{n}","0.234,{n}"\n' for n in range(5))

    assert not [each for each in propose(file(f"prix,prix \n{rows}"), None) if each.step.field]


def test_days_of_another_calendar_are_not_read(file):
    assert not propose(file("day\n10/03/1445\n21/04/1446\n"), None)


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
        ("١٢\u066b٥", "12.5"),
        ("١\u066c٢٣٤", "1234"),
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


@pytest.mark.parametrize("order", ["dmy", "mdy", "ymd"])
@pytest.mark.parametrize(
    "cell",
    [
        "13 janvier 2024",
        "13 janv. 2024",
        "13-JANV-2024",
        "January 13, 2024",
        "Jan 13th 2024",
        "2024-Jan-13",
        "13 جانفي 2024",
        "١٣ يناير ٢٠٢٤",
        "13 كانون الثاني 2024",
        "13/جانفي/2024",
        "\u200f13 جانفي، 2024",
    ],
)
def test_months_in_words_are_read_whatever_the_order(order, cell):
    assert values.day(order)(cell) == "2024-01-13"


@pytest.mark.parametrize(
    ("names", "month"),
    [
        ("février févr. fev February feb فيفري فيفرى فبراير شباط", 2),
        ("avr. avril April أفريل افريل أبريل إبريل نيسان", 4),
        ("mai May ماي مايو أيار", 5),
        ("juin June جوان يونيو حزيران", 6),
        ("juil. juillet July جويلية يوليو يوليوز تموز", 7),
        ("août aout AOÛT August أوت أغسطس غشت آب", 8),
        ("oct. octobre October أكتوبر اكتوبر تشرين_الأول", 10),
        ("déc. décembre December ديسمبر دجنبر كانون_الأول", 12),
    ],
)
def test_each_region_has_its_own_names_of_months(names, month):
    cells = [f"1 {name.replace('_', ' ')} 2024" for name in names.split()]

    assert {values.day("dmy")(cell) for cell in cells} == {f"2024-{month:02}-01"}


@pytest.mark.parametrize(
    "cell",
    [
        *("13 janvier", "13 brumaire 2024", "janvier 2024", "32 mars 2024", "31 juin 2024"),
        *("1 mai 24", "13 janvier 2024 et plus", "a" * 70, "1 mai 2024 25:00"),
    ],
)
def test_what_only_looks_like_a_day_with_a_word_stays(cell):
    assert values.day("dmy")(cell) == cell


def test_a_time_behind_a_day_in_words_stays_one():
    assert values.day("dmy")("1er mars 2024 8:05") == "2024-03-01T08:05:00"


@pytest.mark.parametrize(
    ("order", "cell", "expected"),
    [
        ("dmy", "01/02/24", "2024-02-01"),
        ("mdy", "01/02/24", "2024-01-02"),
        ("dmy", "01/02/29", "2029-02-01"),
        ("dmy", "01/02/30", "1930-02-01"),
        ("dmy", "13-janv-98", "1998-01-13"),
        ("ymd", "24/01/13", "24/01/13"),
        ("dmy", "21 10 20", "21 10 20"),
        ("dmy", "01/02/124", "01/02/124"),
        ("dmy", "2024-02-01", "2024-02-01"),
    ],
)
def test_years_of_two_digits_are_read_where_somebody_says_in_which_century(order, cell, expected):
    assert values.day(order, 30)(cell) == expected


def test_the_century_of_short_years_is_said_shown_and_never_safe(file):
    days = "".join(f"{day}/04/24\n" for day in range(13, 28))
    past = file(f"day\n{days}13/04/98\n")
    (found,) = propose(past, None)

    assert (found.step.params, found.is_safe) == ({"order": "dmy", "pivot": 30}, False)
    assert words.change(found.step.as_dict(), str).endswith("are taken for 1930 to 2029.")
    shown = [(each["before"], each["after"]) for each in found.preview["rows"]]
    assert (["13/04/98"], ["1998-04-13"]) in shown
    assert (["13/04/24"], ["2024-04-13"]) in shown
    assert len(shown) == 5
    assert read(found.step.as_dict()) == found.step


def test_where_all_years_are_whole_nobody_speaks_of_centuries(file):
    (found,) = propose(file("day\n13/04/2024\n14/04/2024\n"), None)

    assert found.step.params == {"order": "dmy"}


def test_days_in_words_are_one_proposal_and_safe(file):
    past = file("اليوم\n13 جانفي 2024\n2 فيفري 2024\n")
    (found,) = propose(past, None)

    assert (found.step.params, found.is_safe) == ({"order": "ymd"}, True)
    assert made(past, [found.step]) == "اليوم\r\n2024-01-13\r\n2024-02-02\r\n"


def test_days_in_words_among_others_take_their_order(file):
    (found,) = propose(file("day\n13/04/2024\n2 mai 2024\n1er juin 2024\n"), None)

    assert (found.step.params, found.count) == ({"order": "dmy"}, 3)


def test_versions_of_which_some_are_no_days_are_left_alone(file):
    assert propose(file("version\n1.2.10\n1.14.3\n13.14.2\n"), None) == ()


@pytest.fixture
def sent(tmp_path):
    """Return what sends a file and checks it: its past, with nothing accepted."""

    def send(content):
        path = tmp_path / "sent"
        path.write_bytes(content)
        kept = engine.check_file(path, name="sent.csv", format="csv").as_dict()
        return Past(path, reporting.source_of(kept, path))

    return send


def test_repairs_begin_with_the_separator_that_the_check_found(sent):
    past = sent(b"Titre, avec virgule\na;b;c\n" + b"1;2;3\n" * 5)

    assert kinds(past) == [(Kind.DELIMITER, None), (Kind.HEADER, None)]
    assert made(past, [each.step for each in propose(past, None)]).startswith("a,b,c\r\n1,2,3\r\n")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"'a','b'\n' 1, 2','x'\n'3','y'\n'4','z'\n", 'a,b\r\n"1, 2",x\r\n3,y\r\n4,z\r\n'),
        (b'a, b\n1, "x , y "\n2, z \n', 'a,b\r\n1,"x , y"\r\n2,z\r\n'),
        (b"sep=;\r\na;b\r\n1; 2\r\n", "a,b\r\n1,2\r\n"),
        (b"sep=;\r\n;b\r\n;2 \r\n", "b\r\n2\r\n"),
    ],
)
def test_cells_are_cut_as_the_check_cuts_them(sent, content, expected):
    past = sent(content)

    steps = [each.step for each in propose(past, None)]
    assert made(past, steps) == expected
    assert Kind.HEADER not in {step.kind for step in steps}


def test_an_encoding_is_proposed_by_whichever_of_its_names_the_check_found_it(sent):
    past = sent("الاسم,العدد\nتونس العاصمة,1\nقابس والجنوب,2\n".encode("iso8859_6"))

    assert [each.step.params for each in propose(past, None)] == [{"encoding": "iso8859-6"}]


@pytest.mark.parametrize(
    ("content", "format", "expected"),
    [
        (b'{"a": 1}', "csv", [("CSV", "JSON")]),
        (b"%PDF-1.7\n%\xe2\xe3\n", "csv", [("CSV", "PDF")]),
        (b"a,b\n1,2\n", "xlsx", [("XLSX", "CSV")]),
        (b"\x89PNG\r\n\x1a\n", "pdf", [("PDF", "PNG")]),
        (b"a,b\n1,2\n", "csv", []),
        (b"MZ\0\1", "csv", []),
        (bytes(range(256)), "csv", []),
    ],
)
def test_a_file_may_be_called_what_it_is(tmp_path, content, format, expected):
    path = tmp_path / "sent"
    path.write_bytes(content)
    kept = engine.check_file(path, name="sent", format=format).as_dict()

    found = reporting.completed(kept, path, None).get("proposals", [])
    rows = [row for each in found for row in each["preview"]["rows"]]
    assert [(row["before"][0], row["after"][0]) for row in rows] == expected
    assert [each["is_safe"] for each in found] == [False] * len(expected)
    assert all(read(each["step"]).kind is Kind.FORMAT for each in found)


def test_a_file_that_could_not_be_read_still_has_a_way_to_be_read(sent):
    assert sent(b"a;b\n\xd8\xa7\xd8\xa8\xff;1\n" * 9).source.delimiter == ";"


def test_a_header_of_two_rows_gives_each_group_to_its_columns():
    head = [["", "2023", "", "2024", ""], ["gov", "men", "women", "men", "women"]]

    assert looking.header_of([*head, ["Tunis", "1", "2", "3", "4"]]) == (1, 2)
    assert joined(head, 1) == [
        "gov", "2023 / men", "2023 / women", "2024 / men", "2024 / women"
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


@pytest.mark.parametrize(
    ("head", "rows", "found"),
    [
        ([["gov", "pop", "area"], ["", "people", "km²"]], [["Tunis", "1 200", "2,5"]], (1, 2)),
        ([["gov", "name", "pop", "area"], ["", "", "people"]], [["T", "a", "1", "2"]], (1, 2)),
        ([["gov", "town", "pop", ""], ["", "", "", "women"]], [["T", "a", "1", "2"]], (1, 2)),
        ([["gov", "town", "pop", ""], ["", "", "m", "w"]], [["T", "a", "b", "c"]], (1, 2)),
        ([["Title"], ["gov", "pop"], ["", "people"]], [["Tunis", "1"]], (2, 2)),
        ([["", "2023", "2024", ""], ["gov", "n", "m", "w"], ["", "%"]], [["T", *"123"]], (1, 3)),
        # Rows of values that lack some.
        ([["gov", "name", "pop"], ["", "unknown", ""]], [["Tunis", "a", "1"]], None),
        ([["gov", "pop", "area"], ["", "1", "2"]], [["Tunis", "1", "2"]], None),
        ([["gov", "pop"], ["Tunis", "none"]], [["Sfax", "1"]], None),
        ([["gov", "pop"], ["", "people"]], [["Sfax", "none"]], None),
        ([["gov", "pop"], ["", "people"]], [], None),
    ],
)
def test_a_row_below_the_names_may_say_more_of_them(head, rows, found):
    assert looking.header_of([*head, *rows * 3]) == found


def test_a_short_row_below_the_names_loses_no_column():
    head = [["gov", "pop", "area"], ["", "people"]]

    assert joined(head, 1) == ["gov", "pop / people", "area"]


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
        {"kind": "date", "field": "d", "params": {"order": "dmy", "pivot": "30"}},
        {"kind": "date", "field": "d", "params": {"order": "dmy", "pivot": 100}},
        {"kind": "date", "field": "d", "params": {"pivot": 30}},
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
    st.sampled_from(
        ["1 234,5", "13/01/2024", "13/01/24", "2 mai 24", "١٢", " x ", "", "=1+1", "المجموع", "007"]
    ),
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
    for change in (
        values.trimmed,
        values.in_plain_digits,
        values.day(order),
        values.day(order, 30),
    ):
        assert change(change(cell)) == change(cell)


def test_numbers_that_were_said_to_be_decimal_are_so_in_the_repaired_file(file, tmp_path):
    step = Step(Kind.NUMBER, "prix", {"decimal": ",", "group": " "})
    past = file('prix\n"1,850"\n"12,500"\n', steps=[step])
    repaired = tmp_path / "repaired"
    repaired.write_text(made(past, past.steps))
    check = partial(apart.check_file, name="a.csv", format="csv", schema=None, progress=int)

    assert check(repaired)["fields"][0]["type"] == "string"
    assert check(repaired, past=past)["fields"][0]["type"] == "number"
