"""What a dataset says about itself: texts in three languages, a licence, its coverage."""

import pytest

from ckan import model

FIELDS = {
    "title_translated": {"ar": "الأمطار", "fr": "Pluie", "en": "Rain"},
    "notes_translated": {"fr": "Relevés quotidiens"},
    "license_id": "cc-by",
    "theme": "ENVI",
    "frequency": "DAILY",
    "temporal_start": "2026-01-01",
    "temporal_end": "2026-06-30",
    "spatial_name": "تونس",
    "contact_name": "Service climat",
    "contact_email": "climat@example.org",
    "conforms_to": "https://example.org/norme",
}

CORE_FIELDS = ("title", "notes", "name", "tags", "extras", "owner_org", "resources")


@pytest.fixture
def body(portal):
    return portal.body(amel="editor", sami="admin")


def create(portal, body, **fields):
    return portal.call("amel", "package_create", **{"owner_org": body["id"], **FIELDS, **fields})


def refused(portal, body, **fields):
    """Return the codes with which a dataset is refused."""
    status, error = create(portal, body, **fields)
    assert status == 409, error
    return error["__codes"]


def test_every_field_comes_back_as_it_was_given(portal, body):
    status, dataset = create(portal, body)

    assert status == 200, dataset
    assert {name: dataset[name] for name in FIELDS} == FIELDS
    assert (dataset["title"], dataset["name"]) == ("Pluie", "pluie")
    assert dataset["notes"] == "Relevés quotidiens"


def test_who_knows_only_ckans_fields_says_them_in_the_sites_language(portal, body):
    status, dataset = portal.call(
        "amel", "package_create", title="Neige", owner_org=body["id"], license_id="cc-by"
    )

    assert (status, dataset["title_translated"]) == (200, {"fr": "Neige"})
    patched = portal.ok("amel", "package_patch", id=dataset["id"], title="Grêle")
    assert patched["title_translated"] == {"fr": "Grêle"}


def test_a_keyword_that_ckan_does_not_take_is_refused_in_words(portal, body):
    status, error = create(portal, body, tags=[{"name": "a/b"}])

    assert (status, error["__codes"]["tags"]) == (409, ["invalid"])
    assert "a/b" in error["tags"][0]


def test_an_arabic_title_alone_makes_a_name(portal, body):
    names = {create(portal, body, title_translated={"ar": "الأمطار"})[1]["name"] for _ in range(2)}

    assert len(names) == 2
    assert all(name.startswith("dataset-") for name in names)


def test_two_datasets_may_have_one_title(portal, body):
    first, second = (create(portal, body)[1]["name"] for _ in range(2))

    assert first == "pluie"
    assert second.startswith("pluie-")


def test_a_form_sends_one_field_for_each_language(portal, body):
    fields = {
        "title_translated-ar": "مطر",
        "title_translated-fr": "",
        "title_translated-en": "Rain",
    }
    status, dataset = create(portal, body, **fields)

    assert (status, dataset["title_translated"]) == (200, {"ar": "مطر", "en": "Rain"})
    assert dataset["title"] == "مطر"


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        ({"title_translated": {}}, {"title_translated": ["required"]}),
        ({"title_translated": {"de": "Regen"}}, {"title_translated": ["no-texts"]}),
        ({"title_translated": "Regen"}, {"title_translated": ["no-texts"]}),
        ({"title_translated": {"fr": ["Pluie"]}}, {"title_translated": ["no-texts"]}),
        ({"title_translated": {"fr": "x" * 301}}, {"title_translated": ["too-long"]}),
        (
            {"title_translated": {"fr": "exe.\u202etxt"}},
            {"title_translated": ["hidden-characters"]},
        ),
        ({"title_translated": {"fr": "a\0b"}}, {"title_translated": ["unreadable-text"]}),
        ({"title_translated": '{"fr": "a\\u0000"}'}, {"title_translated": ["hidden-characters"]}),
        ({"title_translated": '{"fr": "\\ud800"}'}, {"title_translated": ["hidden-characters"]}),
        ({"author": "a\0b"}, {"author": ["unreadable-text"]}),
        ({"spatial_name": ["Tunis"]}, {"spatial_name": ["no-text"]}),
        ({"license_id": ""}, {"license_id": ["licence-required"]}),
        ({"license_id": "mine"}, {"license_id": ["unknown-licence"]}),
        ({"license_id": ["cc-by"]}, {"license_id": ["unknown-licence"]}),
        ({"theme": "WEATHER"}, {"theme": ["invalid"]}),
        ({"frequency": "HOURLY"}, {"frequency": ["invalid"]}),
        ({"temporal_end": "2025-01-01"}, {"temporal_end": ["period-reversed"]}),
        ({"temporal_start": "yesterday"}, {"temporal_start": ["invalid"]}),
        ({"contact_email": "nobody"}, {"contact_email": ["invalid"]}),
    ],
)
def test_a_wrong_field_is_named(portal, body, fields, codes):
    assert refused(portal, body, **fields) == codes


@pytest.mark.parametrize("field", [*FIELDS, *CORE_FIELDS])
def test_no_value_is_an_internal_error(portal, body, field):
    for value in (7, True, {"a": 1}, ["x"], [["x"]], "\ud800", "<b>x</b>", ""):
        status, answer = create(portal, body, **{field: value})

        assert status in (200, 400, 403, 404, 409), (value, answer)


@pytest.mark.parametrize(
    ("schema", "code"),
    [
        ("{", "no-table-schema"),
        ("[]", "no-table-schema"),
        ({"fields": 3}, "no-table-schema"),
        ('{"fields": [{"name": "\\ud800"}]}', "hidden-characters"),
    ],
)
def test_a_schema_that_is_none_is_refused(portal, body, schema, code):
    codes = refused(
        portal, body, resources=[{"url": "https://example.org/a.csv", "schema": schema}]
    )

    assert codes["resources"][0]["schema"] == [code]


def test_what_the_suite_computes_nobody_says(portal, body):
    forged = {"url": "https://example.org/a", "sha256": "0" * 64, "validation_status": "clean"}
    status, dataset = create(portal, body, resources=[forged], publication_state="published")

    assert (status, dataset["publication_state"]) == (200, "draft")
    resource = dataset["resources"][0]
    assert (resource["sha256"], resource["validation_status"]) == (None, None)


def test_a_published_file_shows_its_hash_and_verdict(portal, body):
    dataset = portal.published("amel", "sami", body)

    resource = portal.ok(None, "package_show", id=dataset["id"])["resources"][0]

    assert len(resource["sha256"]) == 64
    assert resource["validation_status"] == "clean"
    found = portal.ok(None, "package_search", q="Rainfall")["results"][0]
    assert found["resources"][0]["sha256"] == resource["sha256"]


@pytest.mark.parametrize("words", ["الأمطار", "Pluie", "Rain", "quotidiens"])
def test_a_dataset_is_found_in_each_of_its_languages(portal, body, words):
    portal.published("amel", "sami", body, **FIELDS)

    assert portal.ok(None, "package_search", q=words)["count"] == 1


@pytest.mark.parametrize(
    ("language", "title"), [("ar", "الأمطار"), ("fr", "Pluie"), ("en", "Rain")]
)
@pytest.mark.parametrize("page", ["/dataset/rainfall", "/dataset/"])
def test_readers_see_their_language(portal, body, language, title, page):
    portal.published("amel", "sami", body, **FIELDS)

    assert title in portal.client.get(f"/{language}{page}").body


def test_the_register_speaks_three_languages(portal):
    register = portal.ok(None, "opengov_licence_list")["results"]

    assert {entry["id"] for entry in register if entry["status"] == "active"} >= {
        "cc-by",
        "cc-zero",
    }
    assert all(set(entry["title_translated"]) == {"ar", "fr", "en"} for entry in register)
    assert portal.ok(None, "license_list")[0]["id"] == register[0]["id"]


@pytest.mark.parametrize(
    ("sources", "candidate", "codes"),
    [
        (["cc-zero", "cc-by"], "cc-by", []),
        (["cc-by"], "cc-zero", ["attribution"]),
        (["cc-by-sa"], "cc-by", ["share-alike"]),
        (["cc-by-sa"], "cc-by-sa", []),
        (["cc-nc"], "cc-by", ["non-commercial"]),
        (["notspecified", "mine"], "cc-by", ["not-licensed", "unknown-licence"]),
    ],
)
def test_sources_allow_a_licence_or_say_why_not(portal, sources, candidate, codes):
    answer = portal.ok(None, "opengov_licence_check", sources=sources, candidate=candidate)

    assert answer["compatible"] is (codes == [])
    assert [reason["code"] for reason in answer["reasons"]] == codes


def test_an_old_dataset_without_a_licence_is_not_submitted(portal, body):
    dataset = portal.draft("amel", body)
    portal.work()
    model.Session.get_one(model.Package, dataset["id"]).license_id = None
    model.Session.commit()

    status, error = portal.call("amel", "opengov_dataset_submit", id=dataset["id"])

    assert (status, error["__codes"]) == (409, {"license_id": ["licence-required"]})
