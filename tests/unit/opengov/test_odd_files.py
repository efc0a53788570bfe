"""Odd files of real offices: what is said of them, and what is left in peace."""

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.common import books

from ckanext.opengov.validation import engine, formulas
from ckanext.opengov.validation.report import written

TOWNS = ["Tunis", "Sfax", "Gabès", "Béja", "Douz", "Zarzis"]
LETTERS_OF_PDF = "\ufe97\ufeee\ufee7\ufeb2"


@pytest.fixture
def check(tmp_path):
    """A function that returns the report on a file."""

    def check(content, name="file.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return engine.check_file(path, name=name, format=name.rpartition(".")[2])

    return check


def found(report):
    """Return code, variant, row and column of each finding."""
    return [
        (each.code, each.params.get("variant") or None, each.row, each.field)
        for each in report.findings.kept
    ]


def numbered(*cells):
    """Return a table of towns with these cells beside them."""
    rows = [f"{TOWNS[n % len(TOWNS)]};{cell}\n" for n, cell in enumerate(cells)]
    return "ville;n\n" + "".join(rows)


DAMAGED_NAMES = {
    "ville;dÃ©lÃ©gation": ("misread-text", "dÃ©lÃ©gation"),
    "ville;????? ???": ("lost-letters", "????? ???"),
    "ville;=1+1": ("formula-cell", "=1+1"),
    "ville;n\u200b": ("hidden-characters", "n\u200b"),
}


@pytest.mark.parametrize("header", DAMAGED_NAMES)
def test_damage_is_sought_in_the_names_of_columns_too(check, header):
    code, column = DAMAGED_NAMES[header]

    assert found(check(f"{header}\nTunis;1\nSfax;2\n")) == [(code, "name", None, column)]


SHAPES = {
    "1;alpha;10\n2;beta;20\n3;gamma;30\n": ("header-data", None, 1, "1"),
    "a;b\n1;x\na;b\n2;y\n": ("header-again", None, 3, None),
    "ville;km;n\n;km2;hab.\nTunis;1;5\nSfax;2;6\n": ("header-lines", "second", 2, None),
    "a:b:c\n1:2:3\n4:5:6\n": ("one-column", None, 2, "a:b:c"),
    '"a,b"\n"1,x"\n"2,y"\n': ("one-column", None, 2, "a,b"),
    "sep=;\na;12\nx;5\ny;7\n": ("header-data", None, 2, "12"),
    "a ;b \n1;x\na ;b \n2;y\n": ("header-again", None, 3, None),
    "a;b\n1;x\n ; \n ; \n": ("blank-tail", None, 3, None),
    "n;ville\n" + "1;\n" * 1100 + "2;BÃ©ja\n": ("misread-text", None, 1102, "ville"),
    "a;b\n": ("no-rows", None, None, None),
    'a;b;c\n1;"x;5\n2;y;6\n3;z";7\n': ("swallowed-rows", None, 2, "b"),
    'a;b;c\nx;"y;1\nz;"t";2\nu;v;3\n': ("swallowed-rows", None, 2, "b"),
    'a;b;c\nx;1;y\nz;2;"t\nu;3;v\n': ("source-error", "quote", 3, None),
    'a;b;c\nx;1;y\nz;2;"t\nu;3;v': ("source-error", "quote", 3, None),
    'a,b\nx,"y\nz,"t"\nu,v\n': ("swallowed-rows", None, 2, "b"),
    "Écoles 2025\n\nville;n;m\nTunis;1;2\nSfax;2;3\nDouz;3;4\n": ("header-below", None, 3, None),
    "\nville;n\nTunis;1\nSfax;2\n": ("header-below", "blank", 2, None),
    "v;w;n\nTunis;x;1\nSfax;y;2\nDouz;z;4\n;;7\n": ("total-row", None, 5, "n"),
    "v;n\nNord;1\nNord;2\nTotal Nord;3\nSud;4\nSud;8\n": ("total-row", None, 4, "v"),
}


@pytest.mark.parametrize("content", SHAPES)
def test_a_table_that_is_none_is_told_from_one(check, content):
    assert SHAPES[content] in found(check(content))


LISTS = [
    'membres;association\n"Ali, président\nMona, membre\nHedi, membre\nSami, membre";A\nx;B\n',
    'association,membres\nA,"Ali, président\nMona, membre\nHedi, membre"\nB,x\n',
    'nom,adresse,n\nA,"12, rue X\nTunis, 1000",3\nB,x,4\n',
    'nom;membres;n\nA;"Ali; Mona\nHedi; Sami";3\nB;x;4\n',
]


@pytest.mark.parametrize("content", LISTS)
def test_a_cell_of_several_lines_has_not_swallowed_rows(check, content):
    assert found(check(content)) == []


def test_rows_of_blanks_are_no_twins(check):
    assert found(check("a;b\n1;x\n2;y\n ; \n ; \n")) == [("blank-tail", None, 4, None)]


RUN = [
    "=1",
    "@A1",
    "+SUM(A1)",
    "-1+cmd|' /C calc'!A0",
    '-HYPERLINK ("x")',
    "+S2!$B$3",
    "-2+LOG10(3)",
]
READ = ["- Pont (lot 2)", "+216 (71) 123 456", "- a|b", "- Attention !", "-1", "- (a)", "a=SUM(A1)"]


@pytest.mark.parametrize("cell", RUN + READ)
def test_what_a_spreadsheet_would_run_is_told_from_what_people_write(check, cell):
    doubled = cell.replace('"', '""')
    content = f'ville;note\nSfax;"{doubled}"\n'

    codes = [each.code for each in check(content).findings.kept]

    assert codes == ["formula-cell"] * (cell in RUN)


@given(st.text('+-=@a1A. (|!\n"$Zé', max_size=9))
def test_by_columns_the_same_cells_are_formulas(cell):
    by_columns = pc.match_substring_regex(pa.array([cell]), formulas.PATTERN)[0].as_py()

    assert by_columns == bool(formulas.FORMULA.match(cell))


ODD = {
    "a word": ([*range(10, 31), "environ 12"], ("odd-cell", None, 23, "n")),
    "a letter": ([1, 2, 3, "1O"], ("odd-cell", None, 5, "n")),
    "nothing": ([1, 2, 3, "غير متوفر"], ("odd-cell", None, 5, "n")),
    "accountants": ([300, 20, "(500)"], ("odd-cell", None, 4, "n")),
    "a formula": ([1, 2, "#REF!", 4], ("error-cell", None, 4, "n")),
    "too narrow": ([1, 2, "####", 4], ("error-cell", "hashes", 4, "n")),
    "grouped": ([*(f"{n} 250,75" for n in range(1, 31)), "n.c."], ("odd-cell", None, 32, "n")),
    "points": ([*(f"{n}.250,75" for n in range(1, 31)), "néant"], ("odd-cell", None, 32, "n")),
    "a debt": (["1\u202f200,50", "12\xa0000", "3 500", "(1 200)"], ("odd-cell", None, 5, "n")),
    "no such day": (
        ["2024-01-01", "2024-02-30", "2024-03-01", "2024-04-01", "2024-05-01"],
        ("odd-cell", "date", 3, "n"),
    ),
    "a mark": (["Gabès", "\u200fSfax", "Béja"], ("hidden-characters", None, 3, "n")),
    "no width": (["Ga\u200bbès", "Sfax"], ("hidden-characters", None, 2, "n")),
    "a bell": (["Ga\x07bès", "Sfax"], ("hidden-characters", None, 2, "n")),
    "PDF": ([LETTERS_OF_PDF, "قابس"], ("misread-text", "forms", 2, "n")),
}


@pytest.mark.parametrize("name", ODD)
def test_a_cell_that_spoils_its_column_is_named(check, name):
    cells, expected = ODD[name]

    assert found(check(numbered(*cells))) == [expected]


def test_days_that_a_spreadsheet_counts_are_told_by_the_name_of_their_column(check):
    report = check("ville;date\nA;45651\nB;45652\nC;45660\n")

    assert found(report) == [("spreadsheet-date", "serials", 2, "date")]


PEACEFUL = {
    "telephones": ["71 123 456", "71 234 567", "71 345 678"],
    "two telephones": [*(f"71 2{n} 345" for n in range(10, 70)), "71 123 456 / 71 222 333"],
    "thousands": ["1 234,5", "12.345,678", "1.234", "999"],
    "a budget": ["01.13.02", "13.01.05", "02.01.31"],
    "houses": ["12", "14", "12 bis", "16 ter", "18", "20 A"],
    "codes": ["001", "002", "2A", "2B", "003"],
    "words": ["un", "deux", "3", "quatre"],
    "letters": ["rue de Tunis\n4000 Sousse", "avenue\nHabib, Bourguiba\n2000"],
    "Arabic": ["المادة 1 من القانون \u200f(2016)\u200e رقم 22", "الفصل 3"],
    "flags": ["\U0001f1f9\U0001f1f3", "👨\u200d👩\u200d👧"],
    "sums": ["1", "2", "3"],
    "years": ["2019", "2020", "2021"],
}


@pytest.mark.parametrize("name", PEACEFUL)
def test_ordinary_cells_are_no_odd_ones(check, name):
    cells = [f'"{cell}"' for cell in PEACEFUL[name]]

    assert found(check(numbered(*cells))) == []


def test_columns_without_names_may_have_odd_cells(check):
    report = check("ville;\nTunis;1\nSfax;2\nGabès;3\nDouz;1O\n")

    assert [(each[0], each[3]) for each in found(report)] == [
        ("blank-label", "field2"),
        ("odd-cell", "field2"),
    ]


def test_of_two_columns_with_one_name_the_damaged_one_is_told(check):
    report = check("ville;ville\nSfax;x\nSfax;BÃ©ja\nville;ville\n")

    assert [(each[0], each[3]) for each in found(report)] == [
        ("duplicate-label", "ville"),
        ("misread-text", "ville2"),
        ("header-again", None),
    ]


def test_a_column_without_a_name_is_told_by_its_place(check):
    report = written(check("ville;;n\nTunis;1;2\nSfax\n").as_dict(), str, "en")

    said = {each["field"]: each["message"] for each in report["findings"] if each["row"]}
    shorter = "This row is shorter than the first: it has no cell in column "
    assert said == {"field2": f"{shorter}2 (without a name).", "n": f"{shorter}“n”."}


def test_what_is_called_as_we_call_the_nameless_has_its_name(check):
    report = written(check("ville;field2\nTunis;1\nSfax\n").as_dict(), str, "en")

    (found,) = report["findings"]
    assert found["message"].endswith("no cell in column “field2”.")


def test_odd_cells_of_a_column_without_a_name_tell_so(check):
    days = ["13/01/2024", "25/02/2024", "27/03/2024", "01/13/2024"]
    rows = "".join(f"{town};{day}\n" for town, day in zip(TOWNS, days, strict=False))
    report = written(check(f"ville;\n{rows}").as_dict(), str, "en")

    said = [each["message"] for each in report["findings"] if each["code"] == "mixed-dates"]
    assert said == [
        "In column 2 (without a name) the month comes first in some dates"
        " (“01/13/2024”, “13/01/2024”)."
    ]


def test_sentences_are_one_column(check):
    report = check('texte\n"Tunis, le 3"\nSfax\nGabès; X\n')

    assert (report.verdict, [each.name for each in report.fields]) == ("clean", ["texte"])


def test_years_and_classes_are_names_of_columns(check):
    assert found(check("ville;2019;2020\nTunis;1;2\nSfax;3;4\n")) == []
    assert found(check("ville;0;5;10;15\nTunis;1;2;3;4\nSfax;3;4;5;6\n")) == []


def test_a_schema_says_which_cells_are_odd(tmp_path):
    path = tmp_path / "file.csv"
    path.write_text(numbered(1, 2, 3, "1O"))
    schema = {"fields": [{"name": "ville", "type": "string"}, {"name": "n", "type": "string"}]}

    report = engine.check_file(path, name=path.name, format="csv", schema=schema)

    assert found(report) == []


WIDE = {
    "utf-32": ("a;b\n1;2\n".encode("utf-32"), "nul-character"),
    "a NUL": ("a;b\n1;\0\n".encode("utf-16"), "nul-character"),
    "cut in two": ("a;b\n1;2\n".encode("utf-16")[:-1], "encoding-error"),
}


@pytest.mark.parametrize("name", WIDE)
def test_text_of_wide_signs_is_looked_at_too(check, name):
    content, code = WIDE[name]

    assert [each[0] for each in found(check(content))] == [code]


BOOK = books.xlsx(["a", "b"], [1, "x"])
CUT = {
    "file.xlsx": BOOK[:-300],
    "file.ods": books.ods(["a", "b"], [1, "x"])[:-100],
    "file.zip": books.packed({"a.csv": "a,b\n1,2\n"})[:-20],
    "file.xls": books.xls(["a", "b"], [1, "x"])[:1500],
}


@pytest.mark.parametrize("name", CUT)
def test_a_file_that_was_cut_off_is_damaged(check, name):
    assert found(check(CUT[name], name)) == [("source-error", "damaged", None, None)]


def test_a_column_of_nothing_has_any_type(check):
    report = check(books.xlsx(["a", "b"], ["x", None], ["y", None]), "file.xlsx")

    assert [(each.name, each.type) for each in report.fields] == [("a", "string"), ("b", "any")]


def test_a_line_that_names_the_separator_may_be_quoted(check):
    report = check('"sep=;"\na;b\n1;2\n')

    assert (report.file.delimiter, [each.name for each in report.fields]) == (";", ["a", "b"])


def test_json_of_nothing_is_empty_and_text_is_no_json(check):
    assert found(check("[]", "file.json")) == [("source-error", "empty", None, None)]
    assert found(check("// x\n[]", "file.json")) == [("source-error", "json", 1, None)]


def test_what_is_hidden_in_a_sheet_is_told_and_what_is_beyond_it_is_not(check):
    def hide(book):
        sheet = book.active
        sheet.row_dimensions[3].hidden = sheet.column_dimensions["B"].hidden = True
        sheet.row_dimensions[900].hidden = sheet.column_dimensions["Z"].hidden = True

    rows = (["a", "b"], [1, "x"], [2, "y"])

    report = check(books.xlsx(*rows, change=hide), "file.xlsx")

    assert [(each.code, dict(each.params)) for each in report.findings.kept] == [
        ("hidden-cells", {"rows": 1, "columns": 1})
    ]
    assert found(check(books.xlsx(*rows), "file.xlsx")) == []


def test_empty_rows_above_a_sheets_table_have_no_title(check):
    report = check(
        books.xlsx(["a"], [1], change=lambda book: book.active.insert_rows(1, 2)), "f.xlsx"
    )

    assert found(report) == [("table-below", "blank", None, None)]


def test_formulas_that_were_never_computed_block(check):
    report = check(books.xlsx(["a", "b"], [1, "=A2+1"], [2, "=A3+1"]), "file.xlsx")

    assert [(each.code, dict(each.params)) for each in report.findings.kept] == [
        ("formula-empty", {"number": 2})
    ]
    assert report.verdict == "blocked"
