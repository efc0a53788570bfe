"""Personal data under the names and in the writings that people use, and what is none."""

# ruff: noqa: RUF001 - Arabic

import unicodedata

import numpy as np
import pyarrow as pa
import pytest

from ckanext.opengov.validation.watches import labels, personal, sample

CARDS = ["08123456", "11234567", "09876543"]
DAYS = ["12/03/2005", "05/11/2005", "25/01/2006"]
MOBILES = ["98123456", "22333444", "55666777"]
PEOPLE = ["Ali Ben Salah", "Mona Trabelsi", "Hédi Gharbi"]
PRIVATE = ["ali.bensalah@gmail.com", "mona.t@yahoo.fr", "hedi@hotmail.com"]
TUNIS, PARIS = "TN5910006035183598478831", "FR7630006000011234567890189"


def found(table, few=personal.FEW):
    """Return the kinds found in a table of lists by their headers, with their columns."""
    columns = [sample.Column(name) for name in table]
    for column, cells in zip(columns, table.values(), strict=True):
        column.add(pa.array(cells, pa.string()), np.arange(2, 2 + len(cells)))
    return [(each.params["variant"], each.field) for each in personal.judge(columns, few)]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("N° C.I.N.", "ncin"),
        ("numCIN", "num cin"),
        ("CINParent2", "cin parent 2"),
        ("CARTE_D’IDENTITÉ", "carte d identite"),
        ("Né(e) le", "ne le"),
        ("Nom(s) et prénom(s)", "nom et prenom"),
        ("رقم بطاقة التّعريف", "رقم بطاقه تعريف"),
        ("الإســم و اللقب", "اسم و لقب"),
        ("ب.ت.و", "بتو"),
        ("N° d'ordre", "n d ordre"),
        ("", ""),
    ],
)
def test_a_name_is_read_as_its_words(name, words):
    assert labels.plain(name) == words


CARD_LABELS = [
    *("CIN", "C.I.N.", "C I N", "NCIN", "numCIN", "N°CIN", "n_cin", "N° C.I.N", "CIN2", "C.I.N "),
    *("Carte d'identite", "CARTE D'IDENTITE", "CARTE D’IDENTITÉ", "carte nationale d'identité"),
    *("N° pièce d'identité", "Identité nationale", "ID card"),
    *("رقم بطاقة التّعريف", "بطـــاقة التعريف", "بطاقة التعريف الوطنيّة", "ب.ت.و", "عدد ب ت و"),
]
BIRTH_LABELS = [
    *("Né(e) le", "NÉ LE", "née le", "Date de naiss.", "DDN", "D.D.N.", "Date de naissance"),
    *("date_naissance", "dateNaissance", "DATNAIS", "Date et lieu de naissance", "Birth date"),
    *("تاريخ الولادة", "تاريخ ومكان الولادة", "تاريخ و مكان الوِلادة", "تاريخ الميلاد"),
]
PERSON_LABELS = [
    *("Prénom", unicodedata.normalize("NFD", "Prénom"), "PRENOMS", "Nom et prénom(s)"),
    *("Nom & prénom", "nomPrenom", "Nom de l'élève", "NOM DE L’ELEVE", "Nom du candidat"),
    *("Nom de l'étudiant(e)", "First name", "firstName"),
    *(
        "اسم ولقب المترشح",
        "الاسم واللقب",
        "الإسم و اللقب",
        "اسم التلميذ",
        "إسم التّلميذة",
        "اسم الأب",
    ),
]
NAME_LABELS = ["Nom", "Noms", "NOM (S)", "Nom(s)", "Nom complet", "الاسم الكامل", "الإسم", "اسم"]


@pytest.mark.parametrize("label", CARD_LABELS)
def test_cards_are_found_under_each_name(label):
    assert found({"n": ["1", "2", "3"], label: CARDS}) == [("card", label)]


@pytest.mark.parametrize("label", BIRTH_LABELS)
def test_dates_of_birth_are_found_under_each_name(label):
    assert found({"Nom": PEOPLE, label: DAYS}) == [("birth", label)]


@pytest.mark.parametrize("label", [*PERSON_LABELS, *NAME_LABELS])
def test_people_are_named_under_each_name(label):
    assert found({label: PEOPLE, "né le": DAYS}) == [("birth", "né le")]


@pytest.mark.parametrize("label", PERSON_LABELS)
def test_a_mobile_beside_a_person_is_theirs(label):
    assert found({label: PEOPLE, "Tél.": MOBILES}) == [("phone", "Tél.")]


@pytest.mark.parametrize(
    "cell",
    [
        *("08 123 456", "08.123.456", "'08123456", "08-123-456", "08\u00a0123\u202f456"),
        *("٠٨١٢٣٤٥٦", "٠٨ ١٢٣ ٤٥٦", "\u200e08123456", "۰۸۱۲۳۴۵۶"),
    ],
)
def test_cards_are_found_however_they_are_written(cell):
    assert found({"CIN": [cell, cell[:-1] + "7"]}) == [("card", "CIN")]


@pytest.mark.parametrize(
    "cell",
    [
        *("12 mars 2005", "12 / 03 / 2005", "١٢/٠٣/٢٠٠٥", "12.03.2005", "2005-03-12", "12/03/05"),
        *("1er août 2005", "12 mars 2005 à Sfax", "Sfax le 12/03/2005", "12 مارس 2005"),
        *("١٢ مارس ٢٠٠٥", "صفاقس في 12 جانفي 2005", "March 12, 2005", "20050312", "12032005"),
        *("2005-03-12T00:00:00", "12-03-2005 00:00"),
    ],
)
def test_dates_of_birth_are_found_however_they_are_written(cell):
    assert found({"Nom": PEOPLE[:1], "Naissance": [cell]}) == [("birth", "Naissance")]


@pytest.mark.parametrize("cell", ["2005", "Sfax", "3 filles", "12/2005", "avril 2005", "en 2005"])
def test_what_is_no_day_is_no_date_of_birth(cell):
    assert found({"Nom": PEOPLE[:1], "Naissance": [cell]}) == []


@pytest.mark.parametrize(
    "cell",
    [
        *("98 123 456 / 22 333 444", "98123456/22333444", "98.123.456 - 22.333.444"),
        *("71 123 456 / 98 123 456", "+216 98 123 456 ou 71 123 456", "98 123 456\n22 333 444"),
        *("00216 98 123 456", "٩٨ ١٢٣ ٤٥٦", "21 612 345", "98/123/456", "98 123 456 22 333 444"),
        *("98123456 و 22333444", "98 123 456 (Ali)"),
    ],
)
def test_mobiles_are_found_however_many_a_cell_has(cell):
    assert found({"GSM": [cell]}) == [("phone", "GSM")]


@pytest.mark.parametrize(
    "cell",
    [
        "71 123 456 / 71 222 333",
        "71 123 456/73 222 333",
        "71123456",
        "+216 71 222 345",
        "981234567",
    ],
)
def test_fixed_numbers_are_no_mobiles(cell):
    assert found({"GSM": [cell], "Prénom": ["Ali"], "Tél": [cell]}) == []


ACCOUNTS = [
    *(TUNIS, TUNIS.lower(), "TN59\xa01000\xa06035\xa01835\xa09847\xa08831"),
    *("TN59-1000-6035-1835-9847-8831", "TN59 10 006 0351835984788 31", f"payé sur {TUNIS}, merci"),
    *(PARIS, "FR76 3000 6000 0112 3456 7890 189", f"AB12 DE12 IBAN: {TUNIS} de la BIAT"),
    *("NO9386011117947", "GB29 NWBK 6016 1331 9268 19", "MT84MALT011000012345MTLCAST001S"),
]


@pytest.mark.parametrize("cell", ACCOUNTS)
def test_account_numbers_are_found_anywhere(cell):
    assert found({"Remarque": ["néant", cell, "x"]}) == [("account", "Remarque")]


@pytest.mark.parametrize(
    "cell",
    [
        TUNIS[:-1] + "2",  # another checksum
        TUNIS + "0",
        "X" + TUNIS,
        "ZZ" + TUNIS[2:],
        "de12 lots pour la commune de Sfax",
        "be12abcd-1234-1234-1234-123456789abc",
    ],
)
def test_what_only_looks_like_an_account_is_none(cell):
    assert found({"Remarque": [cell]}) == []


@pytest.mark.parametrize("prefix", ["DG20240000", "DE2024000000", "TN202400000000"])
def test_of_many_references_some_have_the_checksum_and_are_no_accounts(prefix):
    length = personal.LENGTHS.get(prefix[:2], 18)
    cells = [f"{prefix}{number:0{length - len(prefix)}}" for number in range(500)]

    assert found({"N° décision": cells}) == []


@pytest.mark.parametrize("label", ["RIB", "R.I.B.", "Compte", "N° de compte", "الحساب البنكي"])
@pytest.mark.parametrize(
    "cell",
    [
        "10006035183598478831",
        "10.006.0351835984788.31",
        "10 006 0351835984788 31",
        "10-006-03518359847-88-31",
    ],
)
def test_national_accounts_are_found_under_each_name(label, cell):
    assert found({label: [cell]}) == [("account", label)]


def test_numbers_of_twenty_digits_are_no_accounts():
    numbers = [f"2024{number:016}" for number in range(500)]

    assert found({"Compte": numbers}) == []
    assert found({"Référence": ["10006035183598478831"]}) == []


def test_an_exam_list_is_personal():
    table = {
        "Matricule": ["1001", "1002", "1003"],
        "Nom et prénom": PEOPLE,
        "Né(e) le": DAYS,
        "C.I.N.": CARDS,
        "Moyenne": ["12,5", "13,25", "9,75"],
    }

    assert found(table) == [("birth", "Né(e) le"), ("card", "C.I.N.")]


@pytest.mark.parametrize("label", ["Circonscription", "الدائرة", "Matière", "Commune"])
def test_pupils_hold_no_office(label):
    table = {"Nom": PEOPLE, "Prénom": PEOPLE, "Date de naissance": DAYS, label: ["a", "b", "c"]}

    assert found(table) == [("birth", "Date de naissance")]


@pytest.mark.parametrize(
    "label", ["Parti", "Mandat", "Député", "MINISTRE", "Élu(e)", "الحزب", "النّائب", "Suffrages"]
)
def test_who_holds_an_office_is_known_with_their_birthday(label):
    table = {
        "Nom": PEOPLE,
        "Date de naissance": DAYS,
        label: ["a", "b", "c"],
        "Circonscription": ["x", "y", "z"],
    }

    assert found(table) == []


SEVEN = ["1234567", "2345678", "3456789"]


@pytest.mark.parametrize(
    "table",
    [
        {"الشركة": ["أ", "ب", "ج"], "رقم التعريف الجبائي": ["1234567", "2345678", "0456789"]},
        {"الاسم": ["أ", "ب", "ج"], "رقم التعريف الجبائي": CARDS},
        {"الاسم": ["أ", "ب", "ج"], "رقم بطاقة التعريف الجبائية": CARDS},
        {"المدرسة": ["أ", "ب", "ج"], "رقم التعريف": CARDS},
        {"المدرسة": ["أ", "ب", "ج"], "رقم التعريف": SEVEN},
        {"Nom": PEOPLE, "رقم التعريف": SEVEN},
        {"CIN": SEVEN},
        {"Médecin": CARDS},
        {"Matricule": CARDS, "Nom": PEOPLE},
        {"Nombre de CIN": ["120", "3400", "15"]},
    ],
)
def test_numbers_of_other_things_are_no_cards(table):
    assert found(table) == []


def test_an_identifier_beside_a_name_is_a_card():
    assert found({"الاسم": PEOPLE, "رقم التعريف": CARDS}) == [("card", "رقم التعريف")]


def test_cards_that_lost_their_zero_are_found_beside_whole_ones():
    assert found({"CIN": [*SEVEN, "11234567"]}) == [("card", "CIN")]


COMMUNES = ["Sfax", "Tunis", "Sousse"]


@pytest.mark.parametrize(
    "beside",
    [
        {"Nom": PEOPLE, "Métier": ["potier", "tapis", "bois"], "Commune": COMMUNES},
        {"Nom": ["Ali", "Mona", "Hédi"], "Commune": COMMUNES},
        {"Noms": PEOPLE, "École": COMMUNES},
        {"الاسم الكامل": ["علي بن صالح", "منى الطرابلسي", "الهادي الغربي"], "البلدية": COMMUNES},
        {"Prénom": PEOPLE, "Direction": COMMUNES},
        {"Nom du candidat": PEOPLE, "Commune": COMMUNES},
        {"Métier": ["potier", "tapis", "bois"]},
    ],
)
def test_private_mail_beside_people_is_theirs(beside):
    assert found({**beside, "Email": PRIVATE}) == [("mail", "Email")]


@pytest.mark.parametrize(
    "beside",
    [
        {"Commune": COMMUNES},
        {"Nom de l'école": COMMUNES, "Commune": COMMUNES},
        {"Nom": ["Association Amal", "Les amis de Sfax", "A.S.S.O. Nour"], "Commune": COMMUNES},
        {"Nom": ["S.A.R.L. Nour", "Sté Amal", "Café des arts"], "Commune": COMMUNES},
        {"الاسم": ["جمعيّة الأمل", "الجمعية الخيرية", "نادي المسرح"], "البلدية": COMMUNES},
        {"Nom": ["Ibn Sina", "Les Orangers", "Amal"], "Type d'établissement": ["a", "b", "c"]},
        {"الهيكل": COMMUNES},
    ],
)
def test_private_mail_of_bodies_is_theirs(beside):
    assert found({**beside, "Email": PRIVATE}) == []


@pytest.mark.parametrize(
    "cell", ["hassouna@gmail.com", "massoudi.a@yahoo.fr", "abdelkadir@gmail.com"]
)
def test_words_inside_a_surname_make_no_office(cell):
    assert found({"Prénom": ["x"], "Email": [cell]}) == [("mail", "Email")]


@pytest.mark.parametrize("cell", ["asso.amal@gmail.com", "dir_sfax.dir@gmail.com", "crda@yahoo.fr"])
def test_an_office_has_its_mail_with_a_private_provider(cell):
    assert found({"Prénom": ["x"], "Email": [cell]}) == []


@pytest.mark.parametrize(
    "cell",
    [
        *("a" * 10**6 + "@ x", "a." * 500_000 + "@", "a@" * 500_000, "x@" + "a." * 500_000),
        *("x@" + "a-" * 500_000, "1" * 10**6, "1 " * 500_000, "0 8 " * 250_000, "1/" * 500_000),
        *("12 mars " * 100_000, "12 " + "a " * 500_000, "TN59" * 250_000, "TN59 " * 200_000),
        *("TN59-" * 200_000, "DE12abcd" * 100_000, "'" * 10**6, " " * 10**6, "٣" * 10**6),
        *("et" * 500_000, "ou " * 300_000, "C.I.N." * 150_000, "aB" * 500_000),
    ],
    ids=lambda cell: cell[:9],
)
def test_a_hostile_cell_is_read_in_one_pass(cell):
    # A million signs that are read over and over would take hours.
    columns = ["CIN", "GSM", "Né le", "RIB", "Email", "Prénom", "Nom", "رقم التعريف", "Commune"]

    assert found({name: [cell] for name in columns}) in ([], [("birth", "Né le")])
