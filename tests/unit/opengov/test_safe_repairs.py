"""Safe repairs, which one button accepts: they lose nothing, and nothing else can be meant."""

# ruff: noqa: RUF001 - Arabic

import csv
import io
import random
from decimal import Decimal, InvalidOperation

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.opengov.validation import engine
from ckanext.opengov.validation.repairs import columns, looking, making, reporting, values, words
from ckanext.opengov.validation.repairs.proposing import Past
from ckanext.opengov.validation.repairs.steps import Kind, in_order, read


class Checked:
    """A file, its check, and what its repairs make of it."""

    def __init__(self, path, content):
        path.write_bytes(content)
        self.path = path
        kept = engine.check_file(path, name="t.csv", format="csv").as_dict()
        self.kept = reporting.completed(kept, path, None)
        self.codes = [each["code"] for each in self.kept["counts"]]
        self.proposals = self.kept["proposals"]

    def of(self, kind):
        return [each for each in self.proposals if each["step"]["kind"] == kind]

    def safe(self, kind=None):
        found = self.proposals if kind is None else self.of(kind)
        return [each for each in found if each["is_safe"]]

    def made(self, proposals):
        """Return the rows of the file that these proposals make."""
        steps = [read(step) for each in proposals for step in (*each["needs"], each["step"])]
        out, source = self.path.with_name("out"), reporting.source_of(self.kept, self.path)
        making.make(self.path, source, in_order(steps), out)
        return list(csv.reader(io.StringIO(out.read_bytes().decode(), newline="")))


@pytest.fixture
def check(tmp_path):
    def checked(text, encoding="utf-8"):
        return Checked(tmp_path / "t.csv", text.encode(encoding))

    return checked


REAL = [
    pytest.param(
        "وزارة التجهيز : مشاريع الطرقات;;;\n;;;\nالولاية;التاريخ;الطول;الكلفة\n"
        "تونس;13/01/2024;12,5;1 234,50\nصفاقس ;25/02/2024;7,25;12 000,00\n;;;\n"
        "قابس;01/03/2024;3,1;900,75\nالمجموع;;22,85;14 135,25\n",
        "cp1256",
        [
            "الولاية,التاريخ,الطول,الكلفة",
            "تونس,2024-01-13,12.5,1234.50",
            "صفاقس,2024-02-25,7.25,12000.00",
            "قابس,2024-03-01,3.1,900.75",
            "المجموع,,22.85,14135.25",
        ],
        id="a ministry",
    ),
    pytest.param(
        "الولاية;السكان;النسبة\nتونس;١٬٠٥٦٬٢٤٧;١٢٫٥\nصفاقس;٩٥٥٬٤٢١;٧٫٢٥\nقابس;٣٧٤٬٣٠٠;٣٫١٢٥\n",
        "utf-8",
        ["الولاية,السكان,النسبة", "تونس,1056247,12.5", "صفاقس,955421,7.25", "قابس,374300,3.125"],
        id="Arabic digits",
    ),
    pytest.param(
        "Lieu;Tél;Fax;Matricule\nTunis;71 123 456;71 123 457;12 345\nSfax;74 222 333;;1 200\n",
        "utf-8",
        ["Lieu,Tél,Fax,Matricule", "Tunis,71 123 456,71 123 457,12 345", "Sfax,74 222 333,,1 200"],
        id="telephones",
    ),
    pytest.param(
        "Service;Ligne directe\nA;71 123 456\nB;74 222 333\n",
        "utf-8",
        ["Service,Ligne directe", "A,71 123 456", "B,74 222 333"],
        id="telephones that are not called so",
    ),
    pytest.param(
        "Association;Compte;Solde\nA;10 006 035;1 250,500\nB;2 346 000;98 000,250\n",
        "utf-8",
        ["Association,Compte,Solde", "A,10 006 035,1250.500", "B,2 346 000,98000.250"],
        id="accounts",
    ),
    pytest.param(
        "Produit;Prix (DT)\nhuile;1,250\nlait;0,350\nriz;12,500\ncafé;3,000\n",
        "cp1252",
        ["Produit,Prix (DT)", "huile,1.250", "lait,0.350", "riz,12.500", "café,3.000"],
        id="millimes",
    ),
    pytest.param(
        "Produit;Prix\nhuile;12,5\nsucre;1,4\nlait;1,35\ncafé;8,9\nriz;3,2\nthé;1.850\n",
        "utf-8",
        ["Produit,Prix", *('huile,"12,5"', 'sucre,"1,4"', 'lait,"1,35"', 'café,"8,9"', 'riz,"3,2"'),
         "thé,1.850"],
        id="prices with both marks",
    ),
    pytest.param(
        "Nom;v\nA;12,5\nB;١٫٢٣٤\nC;13,25\nD;1,5\nE;2,5\nF;1.234,5\n",
        "utf-8",
        ["Nom,v", "A,12.5", "B,1.234", "C,13.25", "D,1.5", "E,2.5", "F,1234.5"],
        id="an Arabic decimal mark among others",
    ),
    pytest.param(
        "Adresse\nRue A, Tunis\nRue B, Sfax\nRue C, Gabès\n",
        "utf-8",
        ["Adresse", '"Rue A, Tunis"', '"Rue B, Sfax"', '"Rue C, Gabès"'],
        id="a list of addresses",
    ),
    pytest.param(
        ";Adresse\nBureau A;Rue X\nBureau B;Rue Y\nBureau C;Rue Z\n",
        "utf-8",
        [",Adresse", "Bureau A,Rue X", "Bureau B,Rue Y", "Bureau C,Rue Z"],
        id="a first column without a name",
    ),
    pytest.param(
        ";;Population 2024;\nالولاية;H;F;T\nتونس;1 000;2 000;3 000\nSfax;10;20;1 030\n",
        "utf-8",
        ["الولاية,H,F,T", "تونس,1000,2000,3000", "Sfax,10,20,1030"],
        id="a title in the middle",
    ),
    pytest.param(
        "اليوم;الزوار\n13 جانفي 2024;1 200\n2 فيفري 2024;950\n1 مارس 2024;15 000\n",
        "utf-8",
        ["اليوم,الزوار", "2024-01-13,1200", "2024-02-02,950", "2024-03-01,15000"],
        id="months in words",
    ),
    pytest.param(
        "Jour;n\n03/04/2021;1\n05/06/2021;2\n",
        "utf-8",
        ["Jour,n", "03/04/2021,1", "05/06/2021,2"],
        id="days that may be read both ways",
    ),
    pytest.param(
        "Nom;Valeur;;\nBéja;1,5;;\n Kef;2,5;;\nTotal;4,0;x;\n",
        "cp1252",
        ["Nom,Valeur,", "Béja,1.5,", "Kef,2.5,", "Total,4.0,x"],
        id="empty columns and a note beside the total",
    ),
    pytest.param(
        "الشركة;رقم المعاملات\nأ;12 345 678\nب;9 876 543\nج;123 456\n",
        "utf-8",
        ["الشركة,رقم المعاملات", "أ,12345678", "ب,9876543", "ج,123456"],
        id="turnover, which is no number of anything",
    ),
    pytest.param(
        "Commune;Budget\nA;1.234.567,5\nB;12.500,0\nC;1.250\n",
        "utf-8",
        ["Commune,Budget", "A,1234567.5", "B,12500.0", "C,1250"],
        id="points between thousands",
    ),
    pytest.param(
        "Objet;Montant\nÉtude;1,5\n Région;2,5\n", "cp850", None, id="letters that may be others"
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "encoding", "expected"), REAL)
def test_safe_repairs_make_of_real_files_what_was_meant(check, text, encoding, expected):
    found = check(text, encoding)

    if expected is None:
        assert found.proposals
        assert not found.safe()
    else:
        assert found.made(found.safe()) == list(csv.reader(expected))


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["12,5", "1,4", "1,35", "8,9", "3,2", "1.850"], [(",", " "), (",", ".")]),
        (["12,5", "1,4", "1.850", "2.750"], [(",", " "), (",", ".")]),
        (["1.5", "2.75", "1,234"], [(",", " "), (".", ",")]),
        (["1.234,5", "7,25", "2.500,25"], [(",", ".")]),
        (["1.234,5", *["7,25"] * 10, "2.500"], [(",", " "), (",", ".")]),
        (["1,250", "0,350", "2,350", "3,350", "4,350"], [(",", " ")]),
    ],
)
def test_readings_that_make_different_numbers_of_a_cell_all_stay(cells, expected):
    found = [(each.params["decimal"], each.params["group"]) for each in columns.numbers("n", cells)]

    assert found == expected


def test_no_reading_of_numbers_is_safe_that_a_cell_contradicts(check):
    found = check("n;v\n" + "a;12,5\n" * 9 + "b;1,234.50\n")

    assert [each["is_safe"] for each in found.of(Kind.NUMBER)] == [False]


def test_a_choice_shows_what_it_is_about(check):
    found = check("v;w\n" + "1,5;a\n" * 20 + "1.850;b\n")
    small, large = found.of(Kind.NUMBER)

    assert large["choice"] == small["choice"] == "number/v"
    assert large["preview"]["rows"][-1] == {"row": 22, "before": ["1.850"], "after": ["1850"]}
    assert words.change(small["step"], str) != words.change(large["step"], str)


def test_whether_points_part_thousands_is_a_choice_that_shows_both(check):
    found = check("v,w\n305.306,a\n956,b\n12.450,c\n")
    thousands, decimals = found.of(Kind.NUMBER)

    assert [each["is_safe"] for each in (thousands, decimals)] == [False, False]
    assert thousands["choice"] == decimals["choice"] == "number/v"
    assert [
        [(row["before"], row["after"]) for row in each["preview"]["rows"]]
        for each in (thousands, decimals)
    ] == [
        [(["305.306"], ["305306"]), (["12.450"], ["12450"])],
        [(["305.306"], ["305.306"]), (["12.450"], ["12.450"])],
    ]
    assert "decimal points" in words.change(decimals["step"], str)
    assert [row[0] for row in found.made([thousands])] == ["v", "305306", "956", "12450"]
    assert [row[0] for row in found.made([decimals])] == ["v", "305.306", "956", "12.450"]


@pytest.mark.parametrize(
    ("name", "cells", "number"),
    [
        ("n", ["305.306", "956", "12.450", "9", "n.d."], 2),
        ("n", ["305.306", "956.2"], 0),
        ("n", ["0.306", "1.956"], 0),
        ("n", ["956", "9"], 0),
        ("n", ["305.306", "a", "b"], 0),
        ("longitude", ["10.306", "9.450"], 0),
        ("code", ["305.306", "956"], 0),
    ],
)
def test_points_are_doubted_where_nothing_tells_what_they_part(name, cells, number):
    assert len(columns.points(name, cells)) == number


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("١٫٢٣٤", "1.234"),
        ("١٬٢٣٤٫٥", "1234.5"),
        ("١٬٥", "١٬٥"),
        ("١٫٢٣٤٫٥٦٧", "١٫٢٣٤٫٥٦٧"),
        ("١٬٢٣٤,٥", "1234,5"),
    ],
)
def test_arabic_marks_mean_what_they_mean(cell, expected):
    assert values.in_plain_digits(cell) == expected


IDENTIFIERS = (
    "Tél|N° Tél|NumTel|TelFixe|num_tel|Téléphones|Phone|GSM|Mobile|Contact|CIN|C.I.N.|Matricule"
    "|N° carte d’identité|N° compte|RIB|code_gouvernorat|CodePostal|id_commune|Réf|Titre foncier|N°"
    "|الهاتف|هاتف جوال|الرّمز البريدي|رقم بطاقة التعريف|المعرّف الجبائي|الحساب البنكي|أرقام"
)
QUANTITIES = (
    "Hôtels|Nombre d'hôtels|Atelier|Numéraire|Nombre de comptes|Nb de dossiers|Number of accounts"
    "|رقم المعاملات|رقم الأعمال|عدد السكان|Mathématiques|Immobilisations|Nord|Notes|Population"
)


def test_names_tell_what_names_something_from_what_counts():
    assert [name for name in IDENTIFIERS.split("|") if not columns.is_identifier(name)] == []
    assert [name for name in QUANTITIES.split("|") if columns.is_identifier(name)] == []


ROWS = "Tunis;5;6\nSfax;5;6\nKef;7;8\n"
TEXTS = "Tunis;X;A\nSfax;Y;B\nKef;Z;C\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # No title, but names of which some are missing.
        (";Adresse\nBureau A;Rue X\nBureau B;Rue Y\n", None),
        ("Adresse\nRue A;Tunis\nRue B;Sfax\nRue C;Gabès\n", None),
        (";Adresse;Ville\nBureau A;Rue X;Tunis\nBureau B;Rue Y;Sfax\n", None),
        ("Nom;Ville;\nAli;Tunis;x\nSami;Sfax;y\nMona;Sfax;z\n", None),
        (";Montant\nTunis;n.d.\nSfax;12\nKef;13\n", None),
        ("Nom;\nAli;غير متوفر\nSami;12\nMona;3\n", None),
        # Titles, wherever they stand.
        (f"Titre;;\nGouv;Pop;Taux\n{ROWS}", (2, 1)),
        (f"Titre\nGouv;Pop;Taux\n{ROWS}", (2, 1)),
        (f";Titre;\nGouv;Pop;Taux\n{ROWS}", (2, 1)),
        (f"Titre;;\nGouv;2023;2024\n{ROWS}", (2, 1)),
        (f"Rapport;Annuel;\nGouv;Pop;Taux\n{ROWS}", (2, 1)),
        (f"Date:;01/01/2024;\nSource:;INS;\nGouv;Pop;Taux\n{ROWS}", (3, 1)),
        (";Liste;;\n;Gouv;Commune;Pop\n;Tunis;X;5\n;Sfax;Y;6\n", (2, 1)),
        ("Titre;\nJour;Fête\n20 mars 2024;A\n9 avril 2024;B\n", (2, 1)),
        # Texts alone: the title leaves out more names than anybody forgets, or stands apart.
        (f"Liste;;\nGouv;Commune;Chef-lieu\n{TEXTS}", (2, 1)),
        ("Liste;\n;\nGouv;Commune\nTunis;X\nSfax;Y\n", (3, 1)),
        (f"Liste\nGouv;Commune;Chef-lieu\n{TEXTS}", None),
        ("\n\nGouv;Commune\nTunis;X\nSfax;Y\n", (3, 1)),
    ],
)
def test_a_header_below_is_told_where_what_is_above_is_none(text, expected):
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))

    assert looking.header_of(rows) == expected


def test_of_texts_alone_nobody_is_sure_where_the_names_are(check):
    (found,) = check(f"Liste;;\nGouv;Commune;Chef-lieu\n{TEXTS}").of(Kind.HEADER)

    assert (found["step"]["params"]["row"], found["is_safe"]) == (2, False)


def days_of(orders):
    """Return a column of days, most of which may be read both ways."""
    chosen = random.Random(0)  # noqa: S311 - no secret
    lines = []
    for order in orders:
        day, month = chosen.randint(1, 28), chosen.randint(1, 12)
        first, second = (day, month) if order == "d" else (month, day)
        lines.append(f"{first:02}/{second:02}/2024")
    return "n;jour\n" + "".join(f"{n};{line}\n" for n, line in enumerate(lines))


def test_no_order_of_days_is_safe_that_the_check_or_a_later_row_refutes(check):
    told = check(days_of("d" * 1000 + "m" * 90 + "d" * 400))
    later = check(days_of("d" * 5050 + "m" * 40 + "d" * 300))

    assert "mixed-dates" in told.codes
    assert "mixed-dates" not in later.codes
    for found in (told, later):
        assert found.of(Kind.DATE)
        assert not found.safe(Kind.DATE)
    assert check(days_of("d" * 1500)).safe(Kind.DATE)


def test_no_number_is_safe_where_the_check_found_two_marks(check):
    found = check("n;v\n" + "a;12,5\n" * 9 + "b;12.75\n")

    assert "mixed-decimals" in found.codes
    assert found.of(Kind.NUMBER)
    assert not found.safe(Kind.NUMBER)


@pytest.mark.parametrize(
    ("text", "encoding", "code"),
    [
        ("Objet;Montant\nÉtude;1,5\nRégion;2,5\n", "cp850", "encoding-unsure"),
        ("الولاية;ع\nتونس;1,5\nأريانة;2,5\nمنوبة;3\nنابل;4\nباجة;5\n", "cp720", "encoding-error"),
    ],
)
def test_nothing_is_safe_that_writes_doubtful_letters(check, text, encoding, code):
    found = check(text, encoding)

    assert code in found.codes
    assert found.of(Kind.ENCODING)
    assert not found.safe()
    encodings = [each["step"] for each in found.of(Kind.ENCODING)]
    assert all(
        each["step"] in encodings or encodings[0] in each["needs"] for each in found.proposals
    )


def test_counts_are_of_the_rows_that_are_there(check):
    found = check("Nom;v\nA;1,5\nTotal ;2,5\n ; \n")

    assert [each["count"] for each in found.of(Kind.NUMBER)] == [2]
    assert [each["count"] for each in found.of(Kind.TRIM)] == [3]


def test_a_column_is_as_empty_as_the_rows_that_stay(check):
    found = check("Nom;v;\nA;1;\nTotal;2;x\n")

    assert not found.of(Kind.BLANK_COLUMNS)
    blank = {"needs": [], "step": {"kind": "blank-columns", "field": None, "params": {}}}
    assert found.made([*found.of(Kind.TOTALS), blank]) == [["Nom", "v"], ["A", "1"]]


NUMBERS = st.sampled_from(
    [
        *("1,5", "1.5", "12,25", "12.25", "1.234", "1,234", "1.234,5", "1,234.5", "0,350"),
        *("1.000.000", "12", "950", "2024", "n.d.", "١٫٢٣٤", "١٬٢٣٤", "١٬٥", "١٢,٥", "١٢", "−3,5"),
        *("1'234", "12%", "1 234", "1\u202f234,5", " 7,5 ", "", "71 123 456", "\u200f1 234,5"),
    ]
)
DAYS = st.sampled_from(
    [
        *("13/01/2024", "01/02/2024", "01/13/2024", "2024-01-13", "2024/1/13", "1/2/24", ""),
        *("31/02/2024", "٣١/١٢/٢٠٢٤", "2 mai 2024", "1er مارس 2024", "x", " 13/01/2024\u200f"),
    ]
)
PLAIN = st.sampled_from(["Tunis", "صفاقس", " Kef ", "Total", "", "12", "a;b", "\u200f"])
COLUMNS = st.sampled_from([NUMBERS, DAYS, PLAIN]).flatmap(
    # A column is mostly of one kind of cells.
    lambda cells: st.lists(cells, min_size=1, max_size=3)
)
NAMES = st.sampled_from(["Nom", "Montant", "Tél", "Jour", " v ", "", "عدد", "2024"])


@st.composite
def files(draw):
    kinds = draw(st.lists(COLUMNS, min_size=1, max_size=3))
    names = [draw(NAMES) + (str(at) if draw(st.booleans()) else "") for at in range(len(kinds))]
    rows = [
        [draw(st.sampled_from(cells)) for cells in kinds] for _ in range(draw(st.integers(1, 12)))
    ]
    titles = [["Titre"] + [""] * (len(kinds) - 1)] * draw(st.integers(0, 1))
    out = io.StringIO()
    csv.writer(out, delimiter=draw(st.sampled_from(";\t,"))).writerows([*titles, names, *rows])
    return out.getvalue()


def meant(step, cell):
    """Return the number that a cell is under the reading that a step names; None: none."""
    bare = cell.strip(values.BESIDE)
    if "\u066b" in bare or "\u066c" in bare:
        bare = bare.replace("\u066c", "").replace("\u066b", ".")
    else:
        bare = bare.translate(values.PLAIN)
        for blank in (*values.BLANKS, step["params"]["group"]):
            bare = bare.replace(blank, "") if blank != step["params"]["decimal"] else bare
        bare = bare.replace(step["params"]["decimal"], ".")
    try:
        return Decimal(bare.replace("\u2212", "-"))
    except InvalidOperation:
        return None


@settings(deadline=None, max_examples=40)
@given(text=files())
def test_what_is_proposed_is_done_and_changes_no_meaning(tmp_path_factory, text):
    found = Checked(tmp_path_factory.mktemp("f") / "t.csv", text.encode())

    for each in found.proposals:
        before, after = (rows_of(found, each, own=own) for own in (False, True))
        if each["step"]["field"] is not None:
            check_column(each, before, after)
        for row in each["preview"]["rows"]:
            if each["step"]["kind"] in (Kind.BLANK_ROWS, Kind.TOTALS, Kind.HEADER):
                assert row["row"] not in after
            elif each["step"]["kind"] == Kind.BLANK_COLUMNS:
                assert after[row["row"]] == row["after"]
        if each["step"]["kind"] == Kind.TRIM:
            pairs = (pair for n in before if n for pair in zip(before[n], after[n], strict=True))
            assert each["count"] == sum(old != new for old, new in pairs)


def check_column(proposal, before, after):
    """Check that a step does to its column what it says, and nothing to others."""
    step = proposal["step"]
    place = [values.trimmed(label) for label in before[0]].index(step["field"])
    changed = {n for n, cells in before.items() if cells != after[n]}
    assert proposal["count"] == len(changed)
    for n, cells in before.items():
        assert [*cells[:place], *cells[place + 1 :]] == [*after[n][:place], *after[n][place + 1 :]]
    for n in changed:
        if step["kind"] == Kind.NUMBER:
            assert Decimal(after[n][place]) == meant(step, before[n][place])
    for row in proposal["preview"]["rows"]:
        assert after[row["row"]][place] == row["after"][0]


def rows_of(found, proposal, *, own):
    """Return the rows by number, 0 for the names, as a proposal or what it needs makes them."""
    steps = [read(step) for step in (*proposal["needs"], *([proposal["step"]] if own else []))]
    original = Past(found.path, reporting.source_of(found.kept, found.path), tuple(steps)).original
    table = making.repaired(original, in_order(steps))
    return {0: table.labels, **dict(table.rows)}


@settings(deadline=None, max_examples=40)
@given(
    cells=st.lists(NUMBERS, min_size=1, max_size=3).flatmap(
        lambda few: st.lists(st.sampled_from(few), min_size=1, max_size=12)
    )
)
def test_a_safe_number_has_one_meaning(tmp_path_factory, cells):
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows([["n", "v"], *(["a", cell] for cell in cells)])
    found = Checked(tmp_path_factory.mktemp("f") / "t.csv", text.getvalue().encode())
    safe = found.safe(Kind.NUMBER)

    after = [row[1] for row in found.made(found.safe())[1:]]
    for cell, new in zip(cells, after, strict=True):
        bare = cell.strip(values.BESIDE)
        if not safe and not values.HAS_INDIC.search(cell):
            assert new in (bare, cell)
        if "\u066b" in cell:
            assert Decimal(new) == Decimal(cell.translate(values.PLAIN))
        # A point or a comma before three digits alone says nothing: others of its column do.
        if bare in ("1.234", "1,234") and new not in (bare, bare.replace(",", ".")):
            proofs = ("1.234,5", "1.000.000") if bare == "1.234" else ("1,234.5",)
            assert set(proofs) & set(cells)
