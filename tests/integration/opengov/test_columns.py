"""Describing the columns of a file: in a form, through a revision, for readers of all languages."""

import pytest

from ckan import model

TEXT = "station,day,millimetres\n001,2026-01-02,4.5\n002,2026-01-02,0\n"
STATION = {"ar": "المحطّة", "fr": "Poste", "en": "Station"}
FIELDS = [
    {
        "name": "station",
        "type": "string",
        "title_translated": STATION,
        "description_translated": {"fr": "Numéro du poste"},
        "constraints": {"required": True, "unique": True},
    },
    {"name": "day", "type": "date"},
    {"name": "millimetres", "type": "number", "constraints": {"minimum": 0}},
]


@pytest.fixture
def body(portal):
    portal.user("outsider")
    return portal.body(amel="editor", sami="admin")


@pytest.fixture
def resource_id(portal, body):
    dataset = portal.draft("amel", body, TEXT)
    portal.work()
    return dataset["resources"][0]["id"]


def update(portal, resource_id, fields=FIELDS, user="amel", **more):
    asked = {"resource_id": resource_id, "fields": fields, **more}
    return portal.call(user, "opengov_resource_schema_update", **asked)


@pytest.mark.parametrize(
    ("fields", "more"),
    [
        ([{"name": ""}, {"name": "b"}], {}),
        ([{"name": "a\0"}, {"name": "b"}], {}),
        ([{"name": "a"}, {"name": " a"}], {}),
        ([{"name": "a", "type": "date", "constraints": {"minimum": "2" * 101}}], {}),
        ([{"name": "a", "constraints": {"enum": [float("nan")]}}], {}),
        ([{"name": "a", "unit": float("nan")}], {}),
        ([{"name": "a", "unit": 1e999}], {}),
        ([{"name": "a", "constraints": {"pattern": "\0"}}], {}),
        ([{"name": "a", "type": "list", "constraints": {"unique": True}}], {}),
        ([{"name": "a", "type": "object"}], {"primary_key": ["a"]}),
    ],
)
def test_a_schema_that_no_check_can_use_is_refused(portal, resource_id, fields, more):
    before = stored(portal, resource_id)

    status, error = update(portal, resource_id, fields, **more)

    assert (status, bool(error["__codes"])) == (409, True)
    assert stored(portal, resource_id) == before


@pytest.mark.parametrize("text", ['{"fields": [{"name": "a", "unit": NaN}]}', "[1e999]"])
def test_what_is_no_json_to_all_is_no_schema(portal, resource_id, text):
    assert portal.call("amel", "resource_patch", id=resource_id, schema=text)[0] == 409


def form_page(portal, resource_id, user="amel", language="en", **args):
    path = f"/{language}/dataset/rainfall/publish/file/{resource_id}/columns"
    headers = {"Authorization": portal.tokens[user]}
    return portal.client.get(path, query_string=args, headers=headers)


def send(portal, resource_id, **fields):
    path = f"/en/dataset/rainfall/publish/file/{resource_id}/columns"
    client = portal.client.flask_app.test_client()
    answer = client.post(path, data=fields, headers={"Authorization": portal.tokens["amel"]})
    model.Session.remove()
    return answer


def stored(portal, resource_id):
    return portal.ok("amel", "opengov_resource_schema_show", resource_id=resource_id)


def test_the_description_starts_from_what_the_file_suggests(portal, resource_id):
    found = stored(portal, resource_id)

    assert found["is_inferred"]
    assert [(each["name"], each["type"]) for each in found["schema"]["fields"]] == [
        ("station", "string"),
        ("day", "date"),
        ("millimetres", "number"),
    ]


def test_described_columns_become_the_dictionary_in_the_readers_language(portal, resource_id):
    status, found = update(portal, resource_id, primary_key=["station", "day"])
    assert status == 200, found
    portal.work()
    portal.ok("amel", "opengov_dataset_submit", id="rainfall")
    portal.ok("sami", "opengov_dataset_publish", id="rainfall")
    portal.work()

    for language, title in STATION.items():
        asked = f"/{language}/api/3/action/%s?resource_id={resource_id}"
        rows = portal.client.get(asked % "opengov_row_list").json["result"]["fields"]
        info = portal.client.get(asked % "datastore_info").json["result"]["fields"]
        page = portal.client.get(f"/{language}/dataset/rainfall/resource/{resource_id}").text
        assert rows[0]["label"] == title
        assert info[0]["info"]["label"] == title
        assert title in page
    assert rows[0]["notes"] == "Numéro du poste"
    assert found["schema"]["primaryKey"] == ["station", "day"]


def test_the_file_is_checked_against_what_was_described(portal, resource_id):
    fields = [*FIELDS[:2], {**FIELDS[2], "constraints": {"minimum": 1}}]
    assert update(portal, resource_id, fields)[0] == 200
    portal.work()

    report = portal.ok("amel", "opengov_validation_show", resource_id=resource_id)
    assert [(each["code"], each["field"]) for each in report["counts"]] == [
        ("constraint-error", "millimetres")
    ]


@pytest.mark.parametrize(
    ("fields", "more", "codes"),
    [
        (None, {}, {"fields": ["no-columns"]}),
        ("[", {}, {"fields": ["no-columns"]}),
        (
            [{"name": "a", "type": "money"}, {"name": "b", "constraints": {"minimum": 1}}],
            {},
            {"fields__0__type": ["unknown-type"], "fields__1__minimum": ["no-bounds"]},
        ),
        (
            [{"name": "a", "type": "date", "constraints": {"minimum": "yesterday"}}],
            {},
            {"fields__0__minimum": ["not-a-value"]},
        ),
        (
            [{"name": "a", "constraints": {"pattern": "("}}],
            {},
            {"fields__0__type": ["bad-column"]},
        ),
        (FIELDS, {"primary_key": ["x"]}, {"primary_key": ["unknown-key"]}),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_stored(portal, resource_id, fields, more, codes):
    status, error = update(portal, resource_id, fields, **more)

    assert (status, error["__codes"]) == (409, codes)
    assert stored(portal, resource_id)["is_inferred"]


def test_only_its_people_describe_a_file(portal, resource_id):
    assert update(portal, resource_id, user="outsider")[0] == 404
    assert update(portal, resource_id, user=None)[0] == 404
    assert update(portal, "none")[0] == 404
    assert form_page(portal, resource_id, "outsider").status_code == 404


def test_a_published_file_is_described_through_a_revision(portal, body):
    dataset = portal.published("amel", "sami", body, text=TEXT)
    resource_id = dataset["resources"][0]["id"]

    assert update(portal, resource_id)[0] == 200
    (live,) = portal.ok(None, "package_show", id="rainfall")["resources"]
    revision = portal.ok("amel", "opengov_revision_show", id="rainfall")
    assert not live.get("schema")
    assert revision["changes"]["resources"][0]["schema"]["fields"][0]["title"] == "Poste"

    portal.work()
    portal.ok("amel", "opengov_dataset_submit", id="rainfall")
    assert update(portal, resource_id)[0] == 409
    portal.ok("sami", "opengov_dataset_publish", id="rainfall", without_comparison=True)
    (live,) = portal.ok(None, "package_show", id="rainfall")["resources"]
    assert live["schema"]["fields"][0]["title_translated"] == STATION


def test_a_schema_of_the_catalogue_is_not_edited(portal, resource_id):
    portal.ok("amel", "resource_patch", id=resource_id, schema_ref="budget-execution@1.0.0")
    status, error = update(portal, resource_id)

    assert (status, error["__codes"]) == (409, {"fields": ["schema-declared"]})
    assert "which nobody changes" in form_page(portal, resource_id).text


def test_a_form_describes_columns_and_keeps_what_was_typed_on_an_error(portal, resource_id):
    page = form_page(portal, resource_id).text
    seen = page.split('name="seen" value="')[1].split('"')[0]
    filled_in = {
        "seen": seen,
        "page": "1",
        "fields__0__title_translated-ar": "المحطّة",
        "fields__0__type": "string",
        "fields__0__format": "",
        "fields__0__required": "true",
        "fields__0__key": "true",
        "fields__0__enum": "001\n002\n",
        "fields__1__type": "date",
        "fields__1__title_translated-fr": "Jour",
        "fields__2__type": "number",
    }
    bad = send(portal, resource_id, **{**filled_in, "fields__2__minimum": "nothing"})
    good = send(portal, resource_id, **{**filled_in, "fields__2__minimum": "0"})
    again = send(portal, resource_id, **filled_in)
    schema = stored(portal, resource_id)["schema"]

    assert bad.status_code == 422
    assert "Write it as the cells of this column are written." in bad.text
    assert 'value="nothing"' in bad.text
    assert 'value="Jour"' in bad.text
    assert (good.status_code, again.status_code) == (302, 409)
    assert 'value="Jour"' in again.text
    assert schema["primaryKey"] == ["station"]
    station, day, millimetres = schema["fields"]
    assert station["constraints"] == {"required": True, "enum": ["001", "002"]}
    assert (day["title"], millimetres["constraints"]) == ("Jour", {"minimum": 0})


def test_a_wide_table_is_described_page_by_page(portal, body):
    names = [f"c{number}" for number in range(120)]
    dataset = portal.draft("amel", body, ",".join(names) + "\n" + ",".join("1" * 120) + "\n")
    portal.work()
    resource_id = dataset["resources"][0]["id"]
    last = form_page(portal, resource_id, page=6).text

    done = send(
        portal, resource_id, page="2", next="1", **{"fields__20__title_translated-fr": "Vingt"}
    )
    schema = stored(portal, resource_id)["schema"]

    assert 'id="column-119"' in last
    assert 'id="column-99"' not in last
    assert done.headers["Location"].endswith("page=3")
    assert len(schema["fields"]) == 120
    assert [each["title"] for each in schema["fields"] if each.get("title")] == ["Vingt"]
    assert form_page(portal, resource_id, page=99).text.count('id="column-119"') == 1


@pytest.mark.parametrize(
    ("language", "question"),
    [("ar", "صفوا الأعمدة"), ("fr", "Décrire les colonnes"), ("en", "Describe the columns")],
)
def test_the_form_speaks_the_readers_language(portal, resource_id, language, question):
    assert question in form_page(portal, resource_id, language=language).text
