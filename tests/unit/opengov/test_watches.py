"""Damage that no rule sees, and personal data: what is pointed out, and what is left in peace."""

import random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.opengov.validation import engine, sentences
from ckanext.opengov.validation.watches import Watches, letters, personal, sample
from ckanext.opengov.validation.watches.rows import Twins

CARDS = ["01234567", "12345678", "09876543"]
PEOPLE = ["Amel", "Sami", "Nour"]


@pytest.fixture
def found(tmp_path):
    """A function that returns what is found in a table, by code, column and first row."""

    def found(header, *rows):
        path = tmp_path / "file.csv"
        path.write_text("\n".join([header, *rows]) + "\n")
        report = engine.check_file(path, name="file.csv", format="csv")
        return [(each.code, each.params.get("variant"), each.row) for each in report.findings.kept]

    return found


def test_what_is_told_at_a_glance_is_what_the_pattern_tells():
    pieces = [
        *("2019-09-05", "T", "12:30", "Z", "+01:00", "1 234", ",5", "12", "-", "31/12/2020"),
        *("jan", "févr.", "1,5E+11", "1.5", " ", "\xa0", "%", "km²", "٣٤", "\u066b", "é", "DT"),
        *(" 234", ".234", "\u202f567"),
    ]
    some = random.Random(3)  # noqa: S311 - the same cells each time
    cells = sorted({"".join(some.choices(pieces, k=some.randint(1, 4))) for _ in range(40_000)})
    column = sample.Column("any")

    column.add(pa.array(cells), np.arange(len(cells)))

    told = {cell: kind for kind, cells in column.kinds.items() for cell in cells}
    matches = {cell: sample.KIND.fullmatch(cell) for cell in told}
    assert told == {cell: match.lastgroup if match else "text" for cell, match in matches.items()}
    assert len(set(told.values())) == len(sample.KIND.groupindex) + 1


ORDINARY = {
    "numbers": ["1.5", "2.25", "3"],
    "thousands": ["1.234", "12,345", "100"],
    "dates": ["2024-01-31", "2024-12-01", "2025-02-03"],
    "days": ["31/01/2024", "01/12/2024", "03/02/2025"],
    "months": ["janv-24", "févr-24", "mars-24"],
    "codes": ["007", "012", "345"],
    "code": ["1", "22", "333"],
    "sexe": ["Hommes", "Femmes", "Total"],
    "text": ["Où ? Ici ???", "« déjà »", "Noël à Çatalhöyük"],
    "arabic": ["المادة \u0665", "تونس", "صفاقس"],
    "mass": ["1.2E-05", "3.4E+05", "1"],
    "telephone": ["71 567 890", "71 234 567", "+216 73 111 222"],
    "mobile": ["71567890", "71234567", "73111222"],
    "email": ["contact@interieur.gov.tn", "commune.sfax@gmail.com", "boc@env.tn"],
    "reference": CARDS,
    "date de naissance": ["2024-01-31", "2024-12-01", "2025-02-03"],
    "nom de la commune": ["Sfax", "Tunis", "Gabès"],
}


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_columns_are_left_in_peace(found, name):
    rows = [f'{number},"{cell}"' for number, cell in enumerate(ORDINARY[name] * 5)]

    assert found(f"n,{name}", *rows) == []


def test_the_mail_of_bodies_is_theirs_whoever_carries_it(found):
    rows = [f"{name},{name.lower()}.ville@gmail.com" for name in ("Sfax", "Tunis", "Sousse")]

    assert found("Commune,Email", *rows) == []


def test_dates_of_birth_of_people_who_hold_an_office_are_public(found):
    rows = [f"{each},2024-01-3{place},a" for place, each in enumerate(PEOPLE[:2])]

    assert found("nom,date de naissance,parti", *rows) == []


DAMAGED = [
    ("ville", ["GabÃ¨s", "Sfax"], "misread-text", None),
    ("ville", ["طھظˆظ†ط³", "Sfax"], "misread-text", None),
    ("ville", ["ÊæäÓ ÇáÚÇÕãÉ", "Sfax"], "misread-text", None),
    ("ville", ["Gab\ufffds", "Sfax"], "lost-letters", None),
    ("ville", ["????? ????", "??????", "Sfax"], "lost-letters", "questions"),
    ("tranche", ["3-12", "5-10", "oct-15", "20-30"], "spreadsheet-date", None),
    ("tranche", ["12-mars", "5-10", "10-15", "20-30"], "spreadsheet-date", None),
    ("tranche", ["2024-03-12 00:00:00", "5-10", "10-15"], "spreadsheet-date", None),
    ("jour", ["45321", "31/01/2024", "01/02/2024"], "spreadsheet-date", "serial"),
    ("numéro", ["2.16710E+11", "x", "y"], "scientific-notation", None),
    ("code", ["1", "02", "03", "12"], "lost-zeros", None),
    ("code", ["010", "12", "345"], "lost-zeros", None),
    ("code_postal", ["1234", "7000", "900", "4321", "8100"], "lost-zeros", None),
    ("jour", ["31/01/2024", "01/31/2024", "02/02/2024"], "mixed-dates", None),
    ("jour", ["31/01/2024", "2024-01-30", "02/02/2024"], "mixed-dates", "styles"),
    ("prix", ["1.5", '"2,5"', "3"], "mixed-decimals", None),
    ("prix", ['"1 200,50"', "12 345.50", "3"], "mixed-decimals", None),
    ("prix", ['"1.234,500"', '"1,234.500"', "3"], "mixed-decimals", None),
    ("prix", ["١٢٣", "٤٥", "٦"], "arabic-digits", None),
    ("longueur", ["12 km", "3.5 km", "4 km"], "unit-inside", None),
    ("taux", ["12 %", "3.5 %", "4%"], "unit-inside", None),
]


@pytest.mark.parametrize(("name", "cells", "code", "variant"), DAMAGED)
def test_damage_is_pointed_out_once_for_its_column(found, name, cells, code, variant):
    rows = [f"k{number}x,{cell}" for number, cell in enumerate(cells)]

    kinds = {(each[0], each[1]) for each in found(f"n,{name}", *rows)}

    assert kinds == {(code, variant)}


@pytest.mark.parametrize(
    "label", ["Total", "TOTAL GÉNÉRAL\xa0:", "المجموع:", "جملة", "الجملة العامة", "Ensemble"]
)
@pytest.mark.parametrize("sum", ["36", '"9 189 705,500"', "9.189.705"])
def test_a_sum_under_the_table_is_no_row(found, label, sum):
    rows = [f"r{number},{number}" for number in range(9)]

    assert found("region,n", *rows, f"{label},{sum}") == [("total-row", None, 11)]


@pytest.mark.parametrize(
    ("cell", "value", "mark"),
    [
        ("1 234,5", 1234.5, ","),
        ("-1.234.567", -1234567, ""),
        ("1,234.500", 1234.5, "."),
        ("9\u202f189\u202f705,500", 9189705.5, ","),
        ("1.234", 1.234, ""),
        ("1,5", 1.5, ","),
        ("1'234", 1234, ""),
        ("x", None, ""),
    ],
)
def test_a_number_has_its_value_whatever_stands_between_thousands(cell, value, mark):
    assert (sample.value_of(cell), sample.decimal_mark(cell)) == (value, mark)


def test_a_blank_tail_is_one_remark(found):
    assert ("blank-tail", None, 3) in found("a,b", "1,x", ",", ",")


def test_rows_that_are_there_twice_are_named_with_the_first(found):
    rows = [f"{number},x,{number % 7}" for number in range(50)]

    assert found("id,b,c", *rows, rows[3]) == [("duplicate-row", None, 52)]


def test_counts_of_few_things_repeat_and_are_no_copies(found):
    chance = random.Random(1)  # noqa: S311
    rows = [f"{chance.choice('ab')},{chance.choice('xyz')}" for _ in range(60)]

    assert found("sexe,avis", *rows) == []


@pytest.mark.parametrize(
    ("header", "cells", "variant"),
    [
        ("N° CIN", CARDS, "card"),
        ("رقم بطاقة التعريف", CARDS, "card"),
        ("cin", ["1234567", "12345678"], "card"),
        ("GSM", ["98 123 456", "+216 22 333 444", "55123456"], "phone"),
        ("Email", [f"{each.lower()}.x@gmail.com" for each in PEOPLE], "mail"),
        ("remarque", ["payé sur TN59 1000 6035 1835 9847 8831", "x", "y"], "account"),
        ("RIB", ["10006035183598478831", "10006035183598478831"], "account"),
    ],
)
def test_personal_data_blocks(tmp_path, header, cells, variant):
    path = tmp_path / "file.csv"
    rows = [f"r{number},{cell}" for number, cell in enumerate(cells)]
    path.write_text("\n".join([f"n,{header}", *rows]) + "\n")

    report = engine.check_file(path, name="file.csv", format="csv")
    finding = next(each for each in report.findings.kept if each.code == "personal-data")

    assert (finding.params["variant"], finding.field, finding.row) == (variant, header, 2)
    assert report.verdict == "blocked"
    assert finding.cell != cells[0]


def test_a_telephone_beside_a_persons_name_is_a_persons(found):
    rows = [f"{name},9812345{place}" for place, name in enumerate(PEOPLE)]

    assert found("prénom,tel", *rows) == [("personal-data", "phone", 2)]


def test_names_with_dates_of_birth_are_personal(found):
    rows = [f"{name},200{place}-01-31" for place, name in enumerate(PEOPLE)]

    assert found("الاسم,تاريخ الولادة", *rows) == [("personal-data", "birth", 2)]


@pytest.mark.parametrize(
    ("account", "is_one"),
    [
        ("TN5910006035183598478831", True),
        ("TN5910006035183598478832", False),
        ("FR76 3000 6000 0112 3456 7890 189", True),
        ("TN59100060351835984788", False),
    ],
)
def test_an_account_number_has_its_length_and_its_checksum(account, is_one):
    assert personal.is_iban(account) is is_one


@pytest.mark.parametrize("text", ["Béja", "صفاقس", "الفرنسية", "l\u2019été\xa0:", "Gabès\nSfax"])
@pytest.mark.parametrize("encoding", ["cp1252", "cp1256", "mac_roman", "cp850"])
def test_utf8_that_was_read_as_another_encoding_is_told(text, encoding):
    # Windows takes the bytes that windows-1252 lacks for controls.
    misread = "".join(
        bytes([byte]).decode(encoding, "ignore") or chr(byte) for byte in text.encode()
    )
    watches = Watches(["a"])
    watches.see([pa.array(["Tunis", misread])], 2)

    assert [(each.code, each.row) for each in watches.findings()] == [("misread-text", 3)]


SOUND = [
    *(
        "Tunis",
        "café crème",
        "Noël ÀÉÈ",
        "São Tomé",
        "تونس",
        "naïf",
        "l\u2019école",
        "\u2013à",
        "“état”",
    ),
    *("L\u2019Haÿ-les-Roses", "HÉLOÏSE", "Ô Éternel", "x² ± 1", "Ëé", "10 €"),
]


@pytest.mark.parametrize("text", SOUND)
def test_sound_texts_are_not_taken_for_damaged(text):
    assert not letters.is_misread(text)


@pytest.mark.parametrize("rows", [65_536, 1_048_576])
def test_a_table_that_ends_where_a_sheet_ends_may_be_cut(rows):
    watches = Watches(["a"])
    watches.see([pa.array(map(str, range(rows - 1)))], 2)

    assert [(each.code, each.row) for each in watches.findings()] == [("row-limit", rows)]


def test_one_damaged_cell_is_found_at_any_row():
    watches, rows = Watches(["a"]), 4096
    for batch in range(10):
        cells = [f"ville {number}" for number in range(rows)]
        cells[77] = "GabÃ¨s" if batch == 7 else cells[77]
        watches.see([pa.array(cells)], 2 + batch * rows)

    assert [(each.code, each.row) for each in watches.findings()] == [
        ("misread-text", 2 + 7 * rows + 77)
    ]


def test_slices_and_large_texts_are_read_like_others():
    cells = pa.array(["x", "y", "Gab\ufffds", None], pa.large_string())
    watches = Watches(["a"])
    watches.see([cells.slice(1)], 5)

    assert [(each.code, each.row) for each in watches.findings()] == [("lost-letters", 6)]


def test_the_last_rows_are_always_looked_at():
    watches = Watches(["region", "n"])
    for first in range(0, 50_000, 10_000):
        names = [f"r{number}" for number in range(first, first + 10_000)]
        watches.see([pa.array(names), pa.array(map(str, range(10_000)))], first + 2)
    watches.see([pa.array(["Total"]), pa.array(["9"])], 50_002)

    assert [each.code for each in watches.findings()] == ["total-row"]


def test_blank_rows_are_no_twins():
    twins = Twins(2)
    twins.see([pa.array(["", "", "a"]), pa.array([None, None, "b"], pa.string())])

    assert list(twins.findings([])) == []


CELLS = st.none() | st.text("0123456789 .,-/E+?Ã©طآ\ufffd%kmTotal@TN", max_size=30)


@settings(max_examples=80, deadline=None)
@given(table=st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=40), first=st.integers(1, 9))
def test_whatever_the_cells_hold_the_watches_come_to_an_end(table, first):
    watches = Watches(["CIN", "prénom", "RIB"])
    for start in range(0, len(table), 7):
        columns = zip(*table[start : start + 7], strict=True)
        watches.see([pa.array(each, pa.string()) for each in columns], first + start)

    places = {first + number for number in range(len(table))}
    for each in watches.findings():
        assert each.row in places
        assert has_sentence(each)


def has_sentence(finding):
    variant = finding.params.get("variant")
    return (f"{finding.code}/{variant}" if variant else finding.code) in sentences.SENTENCES
