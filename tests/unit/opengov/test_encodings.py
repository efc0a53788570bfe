"""How a text file is read: its encoding and its separators, told from all of it."""

import codecs
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.common.written import tables

from ckanext.opengov.validation import dialects, encodings, engine

SEED = 20_261_127
LEAST = {"cp850": 45}
"""Right of 54, where it is fewer than 52."""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "file.csv"


@pytest.mark.parametrize(
    ("kind", "encoding"),
    [
        ("ar", "cp1256"),
        ("mixed", "cp1256"),
        ("ar", "iso8859-6"),
        ("fr", "cp1252"),
        ("fr", "mac-roman"),
        ("fr", "cp850"),
        ("ar", "utf-8"),
        ("ar", "utf-16"),
        ("ar", "utf-16-le"),
        ("mixed", "utf-16-le"),
        ("fr", "utf-16-be"),
    ],
)
def test_at_least_52_of_54_files_read_as_they_were_written(path, kind, encoding):
    right = 0
    for table in tables(kind, SEED):
        content = table.encode(encoding, "replace")
        path.write_bytes(content)
        guess = encodings.detect(path)
        right += content.decode(guess.encoding, "replace") == content.decode(encoding)

    assert right >= LEAST.get(encoding, 52)


def test_a_letter_at_the_end_of_a_long_file_counts(path):
    path.write_bytes(b"a,b\n" + b"1,x\n" * 600_000 + "2,Gabès\n3,Kébili\n".encode("cp1252"))

    assert encodings.detect(path).encoding == "cp1252"


def test_an_arabic_comma_is_no_sign_of_utf8(path):
    path.write_bytes("المدينة\nتونس، صفاقس\nبنزرت، قابس\n".encode("cp1256"))

    guess = encodings.detect(path)

    assert (guess.encoding, guess.is_thin) == ("cp1256", False)


def test_a_file_of_two_encodings_is_damaged(path):
    path.write_bytes("ville\nGabès\nKébili\n".encode() + "Béja\n".encode("cp1252"))

    guess = encodings.detect(path)

    assert (guess.encoding, guess.is_damaged) == ("utf-8", True)


def test_one_letter_alone_is_thin_evidence_and_the_report_says_so(path):
    path.write_bytes(b"a,b\n1,\xd6\n")

    guess = encodings.detect(path)
    found = engine.check_file(path, name="file.csv", format="csv")

    assert guess.is_thin
    assert [each.code for each in found.findings.kept] == ["encoding-unsure"]
    assert found.verdict == "warned"


@pytest.mark.parametrize(
    ("content", "delimiter"),
    [
        ("a;b\n1,5;2,5\n", ";"),
        ("a\tb, c\n1\t2, 3\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ('a,b\n1,"x;y;z"\n2,"u;v"\n', ","),
        ("a;b;c\n" + "1;x, y;2\n" * 50, ";"),
        ("a,b,c\n" + "1,x;y,2\n" * 50, ","),
        ("Budget\n\na;b;c\n" + "1;2,5;3\n" * 50, ";"),
        ("prix\n1,5\n2,5\n", ";"),
        ("lieu\nRue A, Tunis\nRue B, Sfax\n", ";"),
        ("Titre, et suite\nville,n\nTunis,1\nSfax,2\n", ","),
        ("Titre\na;b;c\n" + "x;1;2\n" * 9 + "Note, une\nNote, deux\n" * 2, ";"),
        ("Taux, par ville\nville;taux\n" + "Tunis;1,5\n" * 3, ";"),
        ("Taux,par ville\nville;taux\n" + "Tunis;1,5\n" * 3, ";"),
        ("Taux, par ville\nville;taux, %\n" + "Tunis;1,5\n" * 3, ";"),
        ("a;b;c\n1;2\n" + "1;x,y;2\n" * 50, ";"),
        ("sep=|\na|b;c;d\n1|2;3;4\n", "|"),
        ("", ","),
        ("a;b\n", ";"),
    ],
)
def test_the_separator_is_the_one_that_gives_even_rows(path, content, delimiter):
    path.write_text(content)

    assert dialects.detect(path, "utf-8").delimiter == delimiter


def test_the_end_of_a_long_file_decides_too(path):
    path.write_text("a;b;c\n1;2;3\n" + "x, y\n" * 9 + "4;5;6\n" * 400_000)

    assert dialects.detect(path, "utf-8").delimiter == ";"


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_separators_of_long_files_are_found_whatever_ends_their_lines(path, end):
    path.write_bytes((end.join(["a;b;c", *["1;x, y;2,5"] * 30_000]) + end).encode())

    assert dialects.detect(path, "utf-8").delimiter == ";"


def check(path, content):
    path.write_bytes(content)
    return engine.check_file(path, name="file.csv", format="csv")


def test_a_column_of_decimal_commas_is_one_column(path):
    found = check(path, b"prix;taux\n1,5;2,25\n2,5;3,75\n")

    assert [(each.name, each.type, each.as_dict()["decimalChar"]) for each in found.fields] == [
        ("prix", "number", ","),
        ("taux", "number", ","),
    ]
    assert (found.file.delimiter, found.verdict) == (";", "clean")


def test_a_list_of_decimal_commas_is_one_column(path):
    found = check(path, b"taux\n12,5\n13,5\n")

    assert (found.file.rows, found.verdict) == (2, "clean")
    assert [(each.name, each.type) for each in found.fields] == [("taux", "number")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1256"])
def test_the_line_that_names_the_separator_is_no_row(path, encoding):
    found = check(path, "sep=;\r\nبلدية;b\r\n1;x\r\n2\r\n".encode(encoding))

    assert [each.name for each in found.fields] == ["بلدية", "b"]
    assert [(each.code, each.row) for each in found.findings.kept] == [("missing-cell", 4)]


def test_single_quotes_and_blanks_after_separators_are_no_part_of_cells(path):
    assert dialects.detect(path_with(path, "'a','b'\n'1, 2','x'\n'3','y'\n"), "utf-8").quote == "'"
    found = check(path, b'a, b\n1, "x, y"\n2, z\n')

    assert [each["cells"] for each in found.first] == [["1", "x, y"], ["2", "z"]]


def path_with(path, content):
    path.write_text(content)
    return path


FOUR_RECORDS = 'ville;note\nA;"l1\nl2\nl3"\nGabès;x\nKébili;y\n'


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize(
    ("encoding", "rest", "expected"),
    [
        ("utf-8", b"B\xe9ja;z", ("encoding-error", 5)),
        ("utf-8", "\ufffd;z\n\ufffd;z\n".encode() + b"B\xe9ja;z", ("encoding-error", 7)),
        ("utf-8", b"x;\0", ("nul-character", 5)),
        ("utf-16", "x;\0".encode("utf-16-le"), ("nul-character", 5)),
        ("utf-16", b"\0\xd8x\0", ("encoding-error", 5)),
    ],
)
def test_what_no_text_has_is_told_by_its_record(path, end, encoding, rest, expected):
    found = check(path, FOUR_RECORDS.replace("\n", end).encode(encoding) + rest)

    assert [(each.code, each.row) for each in found.findings.kept] == [expected]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("before", ["", '"x"', '"x"y'])
def test_a_quotation_mark_that_is_never_closed_is_found(path, delimiter, encoding, before):
    content = f'ville;n;note\nGafsa;4;{before}\nTunis;1;"open\nSfax;2;x\n'
    found = check(path, content.replace(";", delimiter).encode(encoding))

    assert [(each.code, each.row) for each in found.findings.kept] == [("source-error", 3)]


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
def test_whatever_the_bytes_are_a_guess_decodes_them_or_says_where_not(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("any") / "file"
    path.write_bytes(content)

    guess = encodings.detect(path)
    found = dialects.detect(path, guess.encoding)

    assert len(found.delimiter) == len(found.quote) == 1
    if not guess.is_damaged and guess.encoding != "utf-16":
        content.decode(guess.encoding)


@pytest.mark.parametrize("encoding", ["cp1256", "utf-16", "utf-16-le"])
def test_a_large_file_takes_no_more_memory(tmp_path, encoding):
    line = "بلدية تونس،المدينة العتيقة\n".encode(encoding)

    def peak(lines):
        path = tmp_path / f"{lines}.csv"
        path.write_bytes(line + lines * line.removeprefix(codecs.BOM_UTF16_LE))
        tracemalloc.start()
        try:
            assert encodings.detect(path).encoding == encoding
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(200_000) - peak(20_000) < 1 << 20
