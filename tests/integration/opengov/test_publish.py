"""Publishing by the pages: one question after the other, and nothing typed is lost."""

import base64
import io
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from tests.common.portal import BROKEN_CSV, CSV

from ckan import model

from ckanext.opengov import storage
from ckanext.opengov.jobs import forget_uploads
from ckanext.opengov.model import uploads
from ckanext.opengov.shared.domain.moments import utc_now

TITLE = "Rainfall by station"
DESCRIBED = {"title": "Schools", "owner_org": "meteo", "license_id": "cc-by"}


@pytest.fixture
def body(portal):
    return portal.body("meteo", amel="editor", sami="admin")


@pytest.fixture
def amel(portal, body):
    """The author's browser, signed in."""
    return sign_in(portal, "amel")


def sign_in(portal, name, client=None):
    client = client or portal.client.flask_app.test_client()
    form = {"login": name, "password": "correct-horse-battery"}
    answer = portal.fill_in("/user/login", client, **form)
    assert answer.status_code == 302, answer.text
    return client


def send(portal, client, path, **fields):
    """Open a page, send its form with its hidden fields; return the answer."""
    seen = client.get(path).text.split('name="seen" value="')
    if len(seen) > 1 and "seen" not in fields:
        fields["seen"] = seen[1].split('"')[0]
    return portal.fill_in(path, client, **fields)


def start(portal, client, title=TITLE):
    return send(
        portal, client, "/en/dataset/new", **{"title_translated-en": title, "owner_org": "meteo"}
    )


@pytest.fixture
def draft(portal, body):
    return portal.draft("amel", body)


@pytest.fixture
def published(portal, body):
    return portal.published("amel", "sami", body)


def test_keywords_lose_their_vowel_signs_by_page_and_by_api(portal, body, amel, draft):
    typed = {"title_translated-en": TITLE, "name": "rainfall", "tag_string": "صحّة, صحة، ماء"}
    page = send(portal, amel, "/ar/dataset/rainfall/publish/describe", **typed)
    by_page = portal.ok("amel", "package_show", id=draft["id"])["tags"]
    tags = [{"name": "تعليم عالٍ"}, {"name": "تعليم عال"}]
    by_api = portal.ok("amel", "package_patch", id=draft["id"], tags=tags)["tags"]
    as_text = portal.ok("amel", "package_create", **DESCRIBED, tag_string="مَدْرسة, مدرسة")["tags"]

    assert page.status_code == 302
    assert [tag["name"] for tag in by_page] == ["صحة", "ماء"]
    assert [tag["name"] for tag in by_api] == ["تعليم عال"]
    assert [tag["name"] for tag in as_text] == ["مدرسة"]


def test_a_change_brings_keywords_without_vowel_signs(portal, published):
    portal.ok("amel", "opengov_revision_create", id="rainfall", tags=[{"name": "أمطارٌ"}])
    portal.ok("amel", "opengov_dataset_submit", id="rainfall")
    portal.ok("sami", "opengov_dataset_publish", id="rainfall")

    assert [tag["name"] for tag in portal.ok(None, "package_show", id="rainfall")["tags"]] == [
        "أمطار"
    ]
    assert portal.ok(None, "tag_autocomplete", query="أمْط") == ["أمطار"]


def test_a_dataset_is_published_page_by_page(portal, amel):
    place = urlsplit(start(portal, amel).headers["Location"]).path
    described = {"title_translated-en": TITLE, "notes_translated-en": "Daily.", "name": "rainfall"}
    answer = send(portal, amel, place + "/describe", **described, tag_string="rain, water")
    assert answer.headers["Location"].endswith("/en/dataset/rainfall/publish"), answer.text
    place = "/en/dataset/rainfall/publish"
    file = {"upload": (io.BytesIO(CSV.encode()), "rain.csv"), "name_translated-en": "Rain"}
    checked = send(portal, amel, place + "/file", **file)
    assert checked.status_code == 302, checked.text
    portal.work()
    send(portal, amel, place + "/licence", license_id="cc-zero")

    assert "/review/check/" in checked.headers["Location"]
    assert "Submit for review" in amel.get(place + "/submit").text
    done = send(portal, amel, place + "/submit")
    assert done.headers["Location"].endswith("/publish/done")
    assert "It is submitted" in amel.get(place + "/done").text
    dataset = portal.ok("amel", "package_show", id="rainfall")
    assert dataset["publication_state"] == "submitted"
    assert dataset["license_id"] == "cc-zero"
    assert [tag["name"] for tag in dataset["tags"]] == ["rain", "water"]
    assert send(portal, amel, place + "/submit").status_code == 302


def test_a_start_without_a_title_says_so_beside_the_field(portal, amel):
    answer = start(portal, amel, "")

    assert answer.status_code == 422
    assert 'class="og-error" role="alert" tabindex="-1"' in answer.text
    assert 'aria-describedby="hint-title error-title"' in answer.text
    assert "<title>Error:" in answer.text.replace("\n", "").replace("> ", ">")


def test_a_start_sent_twice_makes_one_draft(portal, body):
    def begin(_n):
        return portal.ok(
            "amel",
            "opengov_dataset_start",
            title_translated={"en": TITLE},
            owner_org=body["id"],
        )["id"]

    with ThreadPoolExecutor(4) as threads:
        made = set(threads.map(begin, range(4)))

    assert len(made) == 1
    assert model.Session.query(model.Package).count() == 1


def test_who_belongs_to_no_body_is_told_what_to_do(portal, body):
    portal.user("omar")

    answer = sign_in(portal, "omar").get("/en/dataset/new")

    assert answer.status_code == 403
    assert "make you an editor" in answer.text


def test_a_wrong_field_loses_nothing_that_was_typed(portal, amel, draft):
    typed = {
        "title_translated-en": "Rainfall, all stations",
        "title_translated-ar": "الأمطار",
        "notes_translated-en": "Typed at length.",
        "contact_email": "nobody",
        "tag_string": "rain, water",
        "temporal_start": "2026-13-45",
    }

    answer = send(portal, amel, "/en/dataset/rainfall/publish/describe", **typed)

    assert answer.status_code == 422
    for text in typed.values():
        assert text in answer.text
    assert 'href="#field-contact_email"' in answer.text
    assert 'id="error-field-contact_email"' in answer.text
    assert portal.ok("amel", "package_show", id="rainfall")["title"] == "Rainfall"


def test_what_was_emptied_stays_empty_beside_what_is_wrong(portal, amel, draft):
    texts = {"notes_translated": {"fr": "Ancienne description."}}
    portal.ok("amel", "package_patch", id="rainfall", **texts)
    path = "/fr/dataset/rainfall/publish/describe"

    untitled = send(portal, amel, path, **{"title_translated-fr": "", "notes_translated-fr": "N."})
    emptied = {
        "title_translated-fr": "Pluie",
        "notes_translated-fr": "",
        "contact_email": "nobody",
    }
    undescribed = send(portal, amel, path, **emptied)

    assert (untitled.status_code, undescribed.status_code) == (422, 422)
    form = untitled.text.split('id="field-title_translated"')[1].split("</fieldset>")[0]
    assert "Rainfall" not in form
    assert "Ancienne description." not in undescribed.text.split("data-og-keep")[1]


def test_a_form_says_at_once_that_the_dataset_is_under_review(portal, body, amel):
    file_id = portal.submitted("amel", body)["resources"][0]["id"]

    for page in ("describe", "licence", "file", f"file/{file_id}", f"file/{file_id}/remove"):
        answer = amel.get(f"/en/dataset/rainfall/publish/{page}")
        assert "It is under review, so nobody changes it now." in answer.text
        assert "data-og-once" not in answer.text


def test_who_was_signed_out_finds_what_they_typed_after_signing_in(portal, draft):
    path = "/fr/dataset/rainfall/publish/describe"
    client = portal.client.flask_app.test_client()
    ours = {"Sec-Fetch-Site": "same-origin"}
    typed = {"title_translated-fr": "Une heure de travail"}

    answer = client.post(path, data=typed, headers=ours)
    assert answer.status_code == 302
    assert "/fr/user/login?came_from=/fr/dataset/rainfall/publish/describe" in answer.location
    sign_in(portal, "amel", client)

    assert "Une heure de travail" in client.get(path).text
    assert "Une heure de travail" not in client.get(path).text


@pytest.mark.parametrize("from_where", ["cross-site", "same-site", "none"])
def test_a_form_of_another_site_is_not_kept(portal, draft, from_where):
    path = "/en/dataset/rainfall/publish/describe"
    client = portal.client.flask_app.test_client()
    client.post(
        path, data={"title_translated-en": "Forged"}, headers={"Sec-Fetch-Site": from_where}
    )
    sign_in(portal, "amel", client)

    assert "Forged" not in client.get(path).text


def test_a_page_that_stood_open_for_too_long_comes_back_with_what_was_typed(portal, amel, draft):
    path = "/en/dataset/rainfall/publish/describe"
    fields = {"title_translated-en": "Typed", "_csrf_token": "old"}

    answer = amel.post(path, data=fields, headers={"Sec-Fetch-Site": "same-origin"})

    assert answer.status_code == 302
    again = amel.get(path).text
    assert "Typed" in again
    assert "stood open for long" in again


def test_a_second_tab_overwrites_nothing_unseen(portal, amel, draft):
    path = "/en/dataset/rainfall/publish/describe"
    seen = amel.get(path).text.split('name="seen" value="')[1].split('"')[0]
    portal.ok("amel", "package_patch", id="rainfall", title="Changed elsewhere")
    typed = {"title_translated-en": "Typed here", "seen": seen}

    answer = send(portal, amel, path, **typed)

    assert answer.status_code == 409
    assert "Somebody changed this meanwhile" in answer.text
    assert "Typed here" in answer.text
    assert portal.ok("amel", "package_show", id="rainfall")["title"] == "Changed elsewhere"
    again = answer.text.split('name="seen" value="')[1].split('"')[0]
    assert send(portal, amel, path, **{**typed, "seen": again}).status_code == 302
    assert portal.ok("amel", "package_show", id="rainfall")["title"] == "Typed here"


def test_a_published_dataset_is_changed_by_the_same_pages(portal, amel, published):
    path = "/en/dataset/rainfall/publish"
    resource_id = published["resources"][0]["id"]
    send(portal, amel, path + "/describe", **{"title_translated-en": "Rainfall, corrected"})
    file = {"upload": (io.BytesIO((CSV + "3,2026-01-03,1\n").encode()), "rain.csv")}
    answer = send(portal, amel, f"{path}/file/{resource_id}", **file)
    assert answer.status_code == 302, answer.text
    portal.work()

    assert portal.ok(None, "package_show", id="rainfall")["title"] == "Rainfall"
    assert "Rainfall, corrected" in amel.get(path + "/submit").text
    send(portal, amel, path + "/submit")
    portal.ok("sami", "opengov_dataset_publish", id="rainfall")
    portal.work()
    changed = portal.ok(None, "package_show", id="rainfall")
    assert changed["title"] == "Rainfall, corrected"
    assert changed["resources"][0]["rows"] == 3
    versions = portal.ok(None, "opengov_version_list", id="rainfall")["results"]
    assert [version["number"] for version in versions] == [2, 1]


def test_a_file_is_taken_out_after_a_question(portal, amel, draft):
    path = f"/en/dataset/rainfall/publish/file/{draft['resources'][0]['id']}/remove"

    assert "Take this file out?" in amel.get(path).text
    assert portal.ok("amel", "package_show", id="rainfall")["resources"]
    assert send(portal, amel, path).status_code == 302
    assert portal.ok("amel", "package_show", id="rainfall")["resources"] == []


def test_a_file_without_a_name_is_called_by_its_files(portal, body, amel, draft):
    portal.ok(
        "amel", "resource_create", portal.upload(name="Pluie-2026.csv"), package_id=draft["id"]
    )
    file_id = portal.ok("amel", "package_show", id="rainfall")["resources"][1]["id"]
    path = "/en/dataset/rainfall"

    for page in ("publish", "publish/submit", f"publish/file/{file_id}/remove", "review"):
        text = amel.get(f"{path}/{page}").text
        assert "<bdi>pluie-2026.csv</bdi>" in text, page
        assert "Unnamed" not in text, page


def test_the_pages_are_set_as_french_wants(portal, body, amel, draft):
    portal.ok("amel", "package_patch", id=draft["id"], temporal_start="2026-01-01")
    path = "/fr/dataset/rainfall/publish"

    wrong = send(portal, amel, f"{path}/describe", **{"title_translated-fr": ""}).text
    untitled = start(portal, amel, "").text
    submit = amel.get(f"{path}/submit").text
    work = amel.get("/fr/dashboard/data").text

    assert "Titre</a>\u00a0: " in wrong
    assert 'href="#field-title_translated-en">Title</a>: ' in untitled
    assert "1er janvier 2026" in submit
    assert ">Modifier<" in submit
    assert "<b>1</b>brouillon à finir" in work


def test_the_form_puts_the_readers_language_first_and_says_what_is_required(portal, amel, draft):
    page = amel.get("/ar/dataset/rainfall/publish/describe").text
    names = [each.split('"')[0] for each in page.split('name="title_translated-')[1:]]
    title = page.split('id="field-title_translated"')[1].split("</legend>")[0]
    keywords = page.split('name="tag_string"')[1].split(">")[0]

    assert names[0] == "ar"
    assert sorted(names) == ["ar", "en", "fr"]
    assert "إجباري" in title
    assert page.count("(إجباري)") == 2
    assert 'class="form-control"' in keywords


def test_the_licence_that_nobody_chose_is_named(portal, amel):
    tasks = urlsplit(start(portal, amel).headers["Location"]).path

    assert "Creative Commons Attribution" in amel.get(tasks).text


def test_who_changed_nothing_is_told_what_to_do(portal, amel, published):
    page = amel.get("/en/dataset/rainfall/publish/submit")
    sent = portal.fill_in("/en/dataset/rainfall/publish/submit", amel)
    tasks = portal.ok("amel", "opengov_dataset_tasks", id="rainfall")["tasks"]

    for answer in (page, sent):
        assert "Nothing has changed yet" in answer.text
        assert "opengov_revision_create" not in answer.text
    assert {"name": "submit", "progress": "later"} in tasks


def test_the_tasks_say_why_it_was_returned(portal, body, amel):
    portal.submitted("amel", body, notes="Daily.")
    reasons = ["description-unclear", "wrong-file"]
    portal.ok("sami", "opengov_dataset_return", id="rainfall", reasons=reasons)

    page = amel.get("/en/dataset/rainfall/publish").text
    tasks = portal.ok("amel", "opengov_dataset_tasks", id="rainfall")["tasks"]

    assert "The description is unclear or incomplete" in page
    assert {each["name"]: each["progress"] for each in tasks} == {
        "describe": "problem",
        "files": "problem",
        "check": "done",
        "licence": "done",
        "submit": "to-do",
    }


def order_of(portal, amel):
    """Return the files in the order in which their page lists them."""
    page = amel.get("/en/dataset/rainfall/publish").text
    return [each.split('"')[0] for each in page.split('<li id="file-')[1:]]


def move(portal, amel, resource_id, to):
    """Press a file's button for moving it."""
    path = f"/en/dataset/rainfall/publish/file/{resource_id}/move/{to}"
    answer = portal.fill_in("/en/dataset/rainfall/publish", amel, send_to=path)
    assert answer.status_code == 302, answer.text


def test_the_files_of_a_draft_are_put_in_order(portal, amel, draft):
    first = draft["resources"][0]["id"]
    second = portal.add_file("amel", draft["id"], name="other.csv")["id"]

    move(portal, amel, second, "up")
    moved = portal.ok("amel", "package_show", id="rainfall")["resources"]
    move(portal, amel, second, "up")

    assert [each["id"] for each in moved] == [second, first]
    assert order_of(portal, amel) == [second, first]


def test_the_files_of_a_change_are_put_in_order(portal, body, amel, draft):
    second = portal.add_file("amel", draft["id"], name="other.csv")["id"]
    portal.work()
    portal.ok("amel", "opengov_dataset_submit", id="rainfall")
    portal.ok("sami", "opengov_dataset_publish", id="rainfall")
    portal.work()
    first = draft["resources"][0]["id"]

    move(portal, amel, first, "down")

    assert order_of(portal, amel) == [second, first]
    public = portal.ok(None, "package_show", id="rainfall")["resources"]
    assert [each["id"] for each in public] == [first, second]


def test_a_reviewer_reads_the_new_order_of_the_files(portal, body, amel, draft):
    portal.add_file("amel", draft["id"], name="other.csv")
    portal.work()
    portal.ok("amel", "opengov_dataset_submit", id="rainfall")
    portal.ok("sami", "opengov_dataset_publish", id="rainfall")
    portal.work()
    place = portal.ok("sami", "opengov_review_show", id="rainfall")

    move(portal, amel, draft["resources"][0]["id"], "down")
    fields = portal.ok("sami", "opengov_revision_diff", id="rainfall")["fields"]
    moved = portal.ok("sami", "opengov_review_show", id="rainfall")
    portal.ok("amel", "opengov_dataset_submit", id="rainfall")
    sami = sign_in(portal, "sami")
    review = sami.get("/en/dataset/rainfall/review").text
    queue = sami.get("/en/dashboard/review").text

    assert [(each["before_text"], each["after_text"]) for each in fields] == [
        ("1. rainfall.csv\n2. other.csv", "1. other.csv\n2. rainfall.csv")
    ]
    assert "Order of the files" in review
    for page in (review, queue):
        assert "the files stand in another order" in page
        assert "nothing changes" not in page
    assert place["seen"] != moved["seen"]


def test_a_form_without_a_file_says_what_to_do(portal, amel, draft):
    fields = {"name_translated-en": "Kept name", "url": ""}

    answer = send(portal, amel, "/en/dataset/rainfall/publish/file", **fields)

    assert answer.status_code == 422
    assert "Choose a file" in answer.text
    assert "Kept name" in answer.text


def test_a_licence_against_the_sources_is_told(portal, amel, draft):
    fields = {"license_id": "cc-zero", "sources__0__license_id": "cc-by-sa"}

    answer = send(portal, amel, "/en/dataset/rainfall/publish/licence", **fields)

    assert answer.status_code == 422
    assert "passed on under its own licence" in answer.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CSV, ["done", "done", "done", "to-do"]),
        (BROKEN_CSV, ["done", "problem", "done", "later"]),
    ],
)
def test_the_tasks_say_what_is_left(portal, body, text, expected):
    portal.draft("amel", body, text, notes="Daily.")
    before = portal.ok("amel", "opengov_dataset_tasks", id="rainfall")
    portal.work()
    after = portal.ok("amel", "opengov_dataset_tasks", id="rainfall")

    assert [task["name"] for task in after["tasks"]] == [
        "describe",
        "files",
        "check",
        "licence",
        "submit",
    ]
    assert before["tasks"][2]["progress"] == "running"
    assert [task["progress"] for task in after["tasks"]][1:] == expected
    assert portal.call(None, "opengov_dataset_tasks", id="rainfall")[0] == 404


def tus(portal, method, path, *, user="amel", **headers):
    headers = {"Tus-Resumable": "1.0.0", **{k.replace("_", "-"): v for k, v in headers.items()}}
    data = headers.pop("data", None)
    if user:
        headers["Authorization"] = portal.tokens[user]
    answer = portal.client.flask_app.test_client().open(
        path, method=method, headers=headers, data=data
    )
    model.Session.remove()
    return answer


def begin(portal, size, name="rain.csv", user="amel"):
    metadata = "filename " + base64.b64encode(name.encode()).decode()
    headers = {"Upload_Length": str(size), "Upload_Metadata": metadata}
    return tus(portal, "POST", "/dataset/rainfall/upload", user=user, **headers)


def add(portal, place, offset, text):
    kind = "application/offset+octet-stream"
    return tus(portal, "PATCH", place, Upload_Offset=str(offset), Content_Type=kind, data=text)


def test_a_file_sent_in_pieces_goes_on_after_a_cut(portal, draft):
    whole = (CSV * 3).encode()
    place = begin(portal, len(whole)).headers["Location"]

    assert add(portal, place, 0, whole[:10]).headers["Upload-Offset"] == "10"
    assert add(portal, place, 4, whole[4:]).status_code == 409
    assert tus(portal, "HEAD", place).headers["Upload-Offset"] == "10"
    assert add(portal, place, 10, whole[10:] + b"more than was said").status_code == 204
    upload_id = place.rpartition("/")[2]
    resource = portal.ok(
        "amel", "resource_create", package_id="rainfall", name="Pieces", upload_id=upload_id
    )

    assert resource["size"] == len(whole)
    answer = portal.client.get(resource["url"], headers={"Authorization": portal.tokens["amel"]})
    assert answer.data == whole


def test_half_a_file_is_not_taken(portal, draft):
    place = begin(portal, 100).headers["Location"]
    add(portal, place, 0, b"half")

    status, error = portal.call(
        "amel",
        "resource_create",
        package_id="rainfall",
        name="Half",
        upload_id=place.rpartition("/")[2],
    )
    assert status == 409
    assert "pas arrivé en entier" in error["upload"][0]


def test_an_empty_file_is_said_to_be_empty(portal, draft):
    place = begin(portal, 0).headers["Location"]
    wanted = {"package_id": "rainfall", "upload_id": place.rpartition("/")[2]}

    status, error = portal.call("amel", "resource_create", **wanted)

    assert (status, error["upload"]) == (409, ["Le fichier est vide."])


def test_an_upload_serves_its_author_and_its_dataset_alone(portal, body, draft):
    portal.body("finance", omar="admin")
    portal.draft("amel", body, name="other")
    place = begin(portal, 3).headers["Location"]
    add(portal, place, 0, b"a,b")
    upload_id = place.rpartition("/")[2]

    assert begin(portal, 3, user="omar").status_code == 404
    assert tus(portal, "HEAD", place, user="sami").status_code == 404
    assert begin(portal, 3, user=None).status_code in (400, 404)
    status, _ = portal.call("amel", "resource_create", package_id="other", upload_id=upload_id)
    assert status == 409
    assert portal.call("sami", "opengov_upload_show", id=upload_id)[0] == 404


@pytest.mark.parametrize(
    ("size", "name", "status"), [("-1", "a.csv", 400), (10**13, "a.csv", 413), (5, "", 400)]
)
def test_an_upload_that_cannot_be_taken_is_refused_at_once(portal, draft, size, name, status):
    assert begin(portal, size, name).status_code == status


def test_uploads_that_nobody_ends_are_thrown_away(portal, draft):
    place = begin(portal, 100).headers["Location"]
    add(portal, place, 0, b"half")
    upload_id = place.rpartition("/")[2]
    assert storage.part_of(upload_id).exists()

    assert forget_uploads(model.Session, utc_now()) == 0
    row = uploads.find(model.Session, upload_id)
    row.created_at = row.created_at.replace(year=2020)
    model.Session.commit()
    assert forget_uploads(model.Session, utc_now()) == 1

    assert not storage.part_of(upload_id).exists()
    assert tus(portal, "HEAD", place).status_code == 404


def test_nobody_begins_uploads_without_end(portal, draft):
    for _ in range(20):
        assert begin(portal, 10).status_code == 201
    assert begin(portal, 10).status_code == 400


def test_the_last_page_says_everything_once_more_as_the_reviewer_reads_it(
    portal, body, amel, draft
):
    change = {"theme": "ENVI", "tags": [{"name": "pluie"}], "title_translated": {"fr": "Pluie"}}
    portal.ok("amel", "package_patch", id=draft["id"], **change)

    page = amel.get("/fr/dataset/rainfall/publish/submit").text
    told = portal.ok("amel", "opengov_revision_diff", id=draft["id"])["fields"]

    shown = page.split('class="og-dl"')[1].split("</dl>")[0]
    about_dataset = [each for each in told if each["resource_id"] is None]
    assert {"Pluie", "pluie", "Environnement"} <= {each["after_text"] for each in about_dataset}
    assert all(f">{each['after_text']}</dd>" in shown for each in about_dataset)
