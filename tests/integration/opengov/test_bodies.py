"""Public bodies: their names in three languages, wherever a body is named."""

import pytest

from ckan import model

TITLES = {"ar": "وزارة النقل", "fr": "Ministère du Transport", "en": "Ministry of Transport"}
WEATHER = {"ar": "المعهد الوطني للرصد الجوي", "fr": "Météorologie", "en": "Weather institute"}


@pytest.fixture
def bodies(portal):
    """A ministry and an institute under it, which has a published dataset."""
    portal.body("other", amel="editor", sami="admin")
    made = {}
    for name, titles in (("ministry", TITLES), ("weather", WEATHER)):
        parent = {"groups": [{"name": "ministry"}]} if name == "weather" else {}
        fields = {"name": name, "title_translated": titles, "kind": "ministry", **parent}
        made[name] = portal.ok("operator", "organization_create", **fields)
        for user, role in (("amel", "editor"), ("sami", "admin")):
            member = {"id": name, "username": user, "role": role}
            portal.ok("operator", "organization_member_create", **member)
    portal.published("amel", "sami", made["weather"])
    return made


def read(portal, path):
    return portal.client.get(path).text


def signed_in(portal, name):
    client = portal.client.flask_app.test_client()
    fields = {"login": name, "password": "correct-horse-battery"}
    portal.fill_in("/user/login", client, **fields)
    return client


def in_language(portal, language, action, **data):
    answer = portal.client.post(f"/{language}/api/3/action/{action}", json=data)
    model.Session.remove()
    return answer.json["result"]


def test_the_api_shows_all_languages_and_the_first_as_title(portal, bodies):
    shown = portal.ok(None, "organization_show", id="weather")

    assert shown["title_translated"] == WEATHER
    assert shown["title"] == WEATHER["fr"]
    assert [each["title_translated"] for each in shown["groups"]] == [TITLES]


def test_the_display_name_is_in_the_callers_language(portal, bodies):
    assert in_language(portal, "ar", "organization_show", id="weather")["title"] == WEATHER["fr"]
    shown = in_language(portal, "ar", "organization_show", id="weather")

    assert shown["display_name"] == WEATHER["ar"]
    assert shown["groups"][0]["display_name"] == TITLES["ar"]


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/dataset/",
        "/dataset/rainfall",
        "/organization/",
        "/organization/weather",
        "/organization/about/weather",
    ],
)
def test_pages_name_a_body_in_the_readers_language(portal, bodies, language, path):
    page = read(portal, f"/{language}{path}")

    assert WEATHER[language] in page
    assert not [each for each in WEATHER.values() if each != WEATHER[language] and each in page]


def test_facets_and_datasets_name_the_body(portal, bodies):
    asked = {"facet.field": ["organization"]}
    found = in_language(portal, "en", "package_search", **asked)

    (facet,) = found["search_facets"]["organization"]["items"]
    assert facet["display_name"] == WEATHER["en"]
    assert found["results"][0]["organization"]["title_translated"] == WEATHER
    assert portal.ok(None, "package_show", id="rainfall")["organization"]["title"] == WEATHER["fr"]


def test_a_new_name_reaches_the_datasets(portal, bodies):
    renamed = {**WEATHER, "en": "Institute of Meteorology"}
    portal.ok("sami", "organization_patch", id="weather", title_translated=renamed)
    portal.work()

    found = portal.ok(None, "package_search")["results"][0]
    assert found["organization"]["title_translated"] == renamed


@pytest.mark.parametrize(
    ("language", "order"),
    [
        ("ar", ["other", "weather", "ministry"]),
        ("fr", ["weather", "ministry", "other"]),
        ("en", ["ministry", "other", "weather"]),
    ],
)
def test_bodies_are_listed_by_title_in_the_readers_language(portal, bodies, language, order):
    portal.ok(
        "operator",
        "organization_patch",
        id="other",
        title_translated={"en": "Office", "ar": "إدارة"},
    )

    assert in_language(portal, language, "organization_list") == order
    pages = [
        in_language(portal, language, "organization_list", limit=1, offset=place)
        for place in range(4)
    ]
    assert [name for page in pages for name in page] == order
    backwards = in_language(portal, language, "organization_list", sort="title desc")
    assert backwards == order[::-1]


@pytest.mark.parametrize("query", ["النقل", "TRANSPORT", "ministry of"])
def test_a_body_is_found_by_its_name_in_any_language(portal, bodies, query):
    found = portal.ok(None, "organization_list", q=query, all_fields=True)

    assert [each["name"] for each in found] == ["ministry"]
    assert portal.ok(None, "organization_list", q=query, sort="name") == ["ministry"]
    assert portal.ok(None, "organization_list", q="fr:") == []


@pytest.mark.parametrize("page", [{"limit": "many"}, {"offset": -1}])
def test_a_page_of_bodies_that_is_none_is_refused(portal, bodies, page):
    status, error = portal.call(None, "organization_list", **page)

    assert status == 409
    assert set(error) - {"__type", "__codes"} == set(page)


def test_a_change_keeps_what_it_does_not_name(portal, bodies):
    said = {"description_translated": {"ar": "وصف", "fr": "Description"}}
    portal.ok("sami", "organization_patch", id="weather", **said)
    portal.ok("sami", "organization_update", id="weather", name="weather", title="Nouveau")

    shown = portal.ok(None, "organization_show", id="weather")
    assert shown["title_translated"] == {**WEATHER, "fr": "Nouveau"}
    assert shown["description_translated"] == said["description_translated"]
    assert shown["description"] == "Description"

    portal.ok("sami", "organization_patch", id="weather", description_translated={})
    assert portal.ok(None, "organization_show", id="weather")["description"] == ""


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        ({"title_translated": {"xx": "?"}}, {"title_translated": ["no-texts"]}),
        ({"title_translated": {}}, {"title_translated": ["required"]}),
        ({"title_translated": {"en": "x" * 301}}, {"title_translated": ["too-long"]}),
        ({"title": "x", "website": "javascript:alert(1)"}, {"website": ["invalid"]}),
        ({"title": "x", "contact_email": "nobody"}, {"contact_email": ["invalid"]}),
        ({"title": "x", "kind": "circus"}, {"kind": ["invalid"]}),
        ({"title": ["x"]}, {"title_translated": ["required"]}),
        ({"name": ["x"]}, {"name": ["no-text"]}),
    ],
)
def test_what_a_body_cannot_be_is_refused(portal, bodies, fields, codes):
    status, error = portal.call("operator", "organization_create", **{"name": "new-one", **fields})

    assert status == 409
    assert error["__codes"] == codes


def test_a_body_without_a_name_is_called_after_its_title(portal, bodies):
    latin = portal.ok("operator", "organization_create", title="Office of Works")
    arabic, year = (
        portal.ok("operator", "organization_create", title_translated={"ar": title})
        for title in ("ديوان", "ديوان 2025")
    )

    assert latin["name"] == "office-of-works"
    assert arabic["name"].startswith("body-")
    assert year["name"].startswith("body-2025-")
    assert portal.ok("operator", "organization_create", name="only")["title"] == "only"


def test_a_stranger_changes_no_body(portal, bodies):
    portal.user("nour")

    assert portal.call("nour", "organization_patch", id="weather", title="Mine")[0] == 403
    assert portal.call("nour", "organization_create", title="Mine")[0] == 403


def test_the_form_has_a_field_for_each_language(portal, bodies):
    client = signed_in(portal, "sami")
    page = client.get("/en/organization/edit/weather").text
    for language, title in WEATHER.items():
        assert f'name="title_translated-{language}"' in page
        assert title in page

    typed = {f"title_translated-{language}": title for language, title in TITLES.items()}
    fields = {"name": "weather", "kind": "institute", "website": "https://example.org/", **typed}
    portal.fill_in("/en/organization/edit/weather", client, **fields)

    shown = portal.ok(None, "organization_show", id="weather")
    assert (shown["title_translated"], shown["kind"]) == (TITLES, "institute")
    assert [each["name"] for each in shown["groups"]] == ["ministry"]
    about = read(portal, "/ar/organization/about/weather")
    assert "معهد" in about
    assert 'href="https://example.org/"' in about


def test_the_form_of_a_dataset_offers_bodies_in_the_readers_language(portal, bodies):
    client = signed_in(portal, "amel")

    page = client.get("/ar/dataset/new").text
    assert TITLES["ar"] in page
    assert TITLES["fr"] not in page


@pytest.mark.parametrize("name", ["é", "x", "météo", "وزارة"])
def test_a_web_address_that_is_none_is_refused_in_words(portal, name):
    portal.body("other")
    form = {"title_translated-fr": "Transport", "name": name, "save": "save"}

    status, error = portal.call("operator", "organization_create", name=name, title="Transport")
    page = portal.fill_in("/fr/organization/new", signed_in(portal, "operator"), **form).text

    assert (status, error["__codes"]) == (409, {"name": ["invalid"]})
    said = '<span class="visually-hidden">Erreur\u00a0:</span> '
    assert f'id="error-field-name">{said}{error["name"][0]}' in page
    assert f'value="{name}"' in page
    assert [group.name for group in model.Session.query(model.Group)] == ["other"]


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_what_happened_names_bodies_and_datasets_in_the_readers_language(portal, bodies, language):
    titles = {"ar": "الأمطار", "fr": "Pluie", "en": "Rain"}
    portal.published(
        "amel", "sami", bodies["weather"], name="rain", title_translated=titles, title=""
    )
    headers = {"Authorization": portal.tokens["operator"]}

    for path, title in (
        ("/organization/activity/weather", WEATHER),
        ("/user/activity/operator", WEATHER),
        ("/dataset/activity/rain", titles),
    ):
        page = portal.client.get(f"/{language}{path}", headers=headers).text
        stream = page.split('class="activity')[1].split("</ul>")[0]
        assert title[language] in stream, path
        assert not [each for each in title.values() if each != title[language] and each in stream]


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_bodies_are_offered_by_any_of_their_names_in_the_readers_language(portal, bodies, language):
    for query in ("للرصد", "meteo", "weather"):
        found = in_language(portal, language, "organization_autocomplete", q=query)
        assert [each["title"] for each in found] == [WEATHER[language]], query

    assert portal.call(None, "organization_autocomplete", q="weather", limit="x")[0] == 409
    assert len(portal.ok(None, "organization_autocomplete", q="e", limit=1)) == 1
