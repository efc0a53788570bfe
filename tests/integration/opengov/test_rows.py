"""The rows of a published table: searched, narrowed, sorted, in pages."""

import json
import re

import pytest

from ckanext.opengov.model import rows as model

TABLE = "town,people,founded\n" + "".join(
    f"{town},{people},{founded}\n"
    for town, people, founded in [
        ("Tunis", 638845, ""),
        ("Sfax", 272801, "0849-01-01"),
        ("تونس المدينة", 21442, "0698-01-01"),
        ("Sousse", 221530, ""),
        ("Bizerte", 136917, "1881-05-01"),
        ("Gabès", 130984, "1881-05-01"),
    ]
)


@pytest.fixture
def resource_id(portal):
    body = portal.body(amel="editor", sami="admin")
    return portal.published("amel", "sami", body, text=TABLE)["resources"][0]["id"]


def rows(portal, resource_id, **wish):
    return portal.ok(None, "opengov_row_list", resource_id=resource_id, **wish)


def walk(portal, resource_id, **wish):
    """Return the first cell of every row, page by page."""
    found, cursor = [], None
    while True:
        page = rows(portal, resource_id, limit=2, cursor=cursor, **wish)
        found += [row[0] for row in page["results"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def test_a_table_is_read_page_by_page_in_the_order_of_the_file(portal, resource_id):
    assert walk(portal, resource_id)[:3] == ["Tunis", "Sfax", "تونس المدينة"]
    assert len(walk(portal, resource_id)) == 6


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("people", ["تونس المدينة", "Gabès", "Bizerte", "Sousse", "Sfax", "Tunis"]),
        ("people desc", ["Tunis", "Sfax", "Sousse", "Bizerte", "Gabès", "تونس المدينة"]),
        ("founded", ["تونس المدينة", "Sfax", "Bizerte", "Gabès", "Tunis", "Sousse"]),
        ("founded desc", ["Bizerte", "Gabès", "Sfax", "تونس المدينة", "Tunis", "Sousse"]),
    ],
)
def test_sorted_pages_neither_repeat_nor_lose_a_row(portal, resource_id, sort, expected):
    assert walk(portal, resource_id, sort=sort) == expected


def test_words_find_rows_by_their_beginnings(portal, resource_id):
    assert [row[0] for row in rows(portal, resource_id, q="sou")["results"]] == ["Sousse"]
    assert rows(portal, resource_id, q="تونس")["count"] == 1
    assert rows(portal, resource_id, q="nowhere' | !")["count"] == 0


def test_words_are_what_they_are_to_the_database(portal):
    cells = [
        "2026-01-02",
        "covid-19",
        "-57",
        "10.12.2027",
        "www.example.org",
        "مَدرسة",
        "e\u0301lan",
    ]
    cells += ["TN-11", "Béja/Nord", "31/12/2031", "Béja-Sud", "l'eau", "a\\b"]
    body = portal.body(amel="editor", sami="admin")
    text = "v,z\n" + "".join(f"{cell},x{at}\n" for at, cell in enumerate(cells))
    table = portal.published("amel", "sami", body, text=text)["resources"][0]["id"]

    for at, cell in enumerate(cells):
        found = rows(portal, table, q=f"{cell} x")["results"]
        assert [row[1] for row in found] == [f"x{at}"], cell
    for nothing in ("--", "€", "😀", "x3 nothing", f"{'x ' * 20}nothing"):
        assert rows(portal, table, q=nothing)["count"] == 0, nothing
    assert rows(portal, table, q="-- x3 \0")["count"] == 1


def test_a_value_narrows_the_rows(portal, resource_id):
    found = rows(portal, resource_id, field="founded", value="1881-05-01")

    assert [row[0] for row in found["results"]] == ["Bizerte", "Gabès"]
    assert found["count"] == 2


@pytest.mark.parametrize(
    ("wish", "field", "code"),
    [
        ({"sort": "nothing"}, "sort", "no-such-column"),
        ({"sort": '_id"; DROP TABLE x'}, "sort", "no-such-column"),
        ({"field": "_full_text", "value": "x"}, "field", "no-such-column"),
        ({"field": "people", "value": "many"}, "value", "not-a-value"),
        ({"cursor": "x"}, "cursor", "invalid-cursor"),
        ({"sort": "people", "cursor": "WyJ4IiwxXQ"}, "value", "not-a-value"),
        ({"limit": 101}, "limit", "invalid-limit"),
    ],
)
def test_a_wrong_wish_is_told(portal, resource_id, wish, field, code):
    status, error = portal.call(None, "opengov_row_list", resource_id=resource_id, **wish)

    assert status == 409
    assert error["__codes"] == {field: [code]}


def test_the_table_of_a_draft_is_not_found(portal):
    body = portal.body(amel="editor", sami="admin")
    draft = portal.draft("amel", body)

    status, _ = portal.call(None, "opengov_row_list", resource_id=draft["resources"][0]["id"])
    assert status == 404


def test_the_page_of_a_file_shows_sorts_and_searches_its_table(portal, resource_id):
    page = portal.client.get(f"/en/dataset/rainfall/resource/{resource_id}?sort=people&q=s").text

    assert page.index("Sousse") < page.index("Sfax")
    assert "Bizerte" not in page
    assert 'aria-sort="ascending"' in page
    wrong = portal.client.get(f"/en/dataset/rainfall/resource/{resource_id}?sort=nothing")
    assert wrong.status_code == 200
    assert "no such column" in wrong.text


def test_the_page_of_a_dataset_previews_its_only_table(portal, resource_id):
    page = portal.client.get("/en/dataset/rainfall").text

    assert "Sousse" in page
    assert "6 rows" in page
    assert "pd.read_csv(" in page
    assert "First publication" in page


def test_the_digits_of_arabic_find_numbers_and_days(portal, resource_id):
    by_number = rows(portal, resource_id, field="people", value="٢٧٢٨٠١")
    by_day = rows(portal, resource_id, field="founded", value="١٨٨١-٠٥-٠١")  # noqa: RUF001
    by_words = rows(portal, resource_id, q="٢٧٢٨٠١")

    assert [row[0] for row in by_number["results"]] == ["Sfax"]
    assert [row[0] for row in by_words["results"]] == ["Sfax"]
    assert by_day["count"] == 2


def test_a_value_without_a_column_is_not_passed_over(portal, resource_id):
    status, error = portal.call(None, "opengov_row_list", resource_id=resource_id, value="1")

    assert (status, error["__codes"]) == (409, {"field": ["required"]})


def test_a_page_of_long_rows_ends_early_and_its_page_shows_little_of_each(portal):
    body = portal.body(amel="editor", sami="admin")
    text = "a,b\n" + "".join(f"1.5e131000,{n}\n" for n in range(60))
    table = portal.published("amel", "sami", body, text=text)["resources"][0]["id"]

    first = rows(portal, table, limit=100)
    second = rows(portal, table, limit=100, cursor=first["next_cursor"])
    page = portal.client.get(f"/en/dataset/rainfall/resource/{table}")

    assert first["count"] == 60
    assert 10 < len(first["results"]) < 30
    numbers = [row[1] for row in first["results"] + second["results"]]
    assert numbers == [str(n) for n in range(len(numbers))]
    assert f">15{'0' * 497}…</td>" in page.text
    assert len(page.data) < 100_000


def test_a_row_longer_than_a_page_is_a_page(portal, resource_id, monkeypatch):
    monkeypatch.setattr(model, "MOST_BYTES", 1)

    assert len(rows(portal, resource_id)["results"]) == 1
    found = walk(portal, resource_id, sort="founded")
    assert found == ["تونس المدينة", "Sfax", "Bizerte", "Gabès", "Tunis", "Sousse"]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("2026-01-02T10:00:00+01:00", "a"),
        ("2026-01-02T09:00:00Z", "a"),
        ("2026-01-02T10:00:00", "b"),
        ("٢٠٢٦-٠١-٠٢ ١١:٠٠:٠٠+٠١", "b"),  # noqa: RUF001
    ],
)
def test_a_moment_is_found_by_what_the_file_says(portal, value, found):
    body = portal.body(amel="editor", sami="admin")
    text = "k,at\na,2026-01-02T10:00:00+01:00\nb,2026-01-02T10:00:00\n"
    fields = [{"name": "k", "type": "string"}, {"name": "at", "type": "datetime"}]
    dataset = portal.draft("amel", body, text)
    table = dataset["resources"][0]["id"]
    portal.ok("amel", "resource_patch", id=table, schema=json.dumps({"fields": fields}))
    portal.work()
    portal.ok("amel", "opengov_dataset_submit", id=dataset["id"])
    portal.ok("sami", "opengov_dataset_publish", id=dataset["id"])
    portal.work()

    assert [row[0] for row in rows(portal, table, field="at", value=value)["results"]] == [found]


def test_sorting_and_starting_over_stay_at_the_table(portal, resource_id):
    page = portal.client.get(f"/fr/dataset/rainfall/resource/{resource_id}?q=s&value=5").text

    links = re.findall(r'href="[^"]*resource/[^"]*sort=[^"]*"', page)
    assert links
    assert all(link.endswith('#table"') for link in links)
    assert 'role="alert"' in page
