"""What is not published does not exist for outsiders: the same answers as for a made-up id."""

import itertools
import uuid

import pytest
import sqlalchemy as sa

from ckan import authz, logic, model
from ckan.lib import search
from ckan.logic.auth import get as core

from ckanext.opengov.logic import visibility

SECRET = "zanzibar-rainfall"


def every_action():
    logic.get_action("status_show")
    return sorted(logic._actions)


def ids_only(id_):
    names = ("id", "resource_id", "package_id", "object", "subject", "table", "ref", "name_or_id")
    return dict.fromkeys(names, id_)


def arguments(id_):
    """Give an id under every name by which actions take one."""
    return {
        **ids_only(id_),
        "object_type": "package",
        "capacity": "public",
        "match": {"id": id_},
        "update": {},
        "datasets": [id_],
        "order": [id_],
        "q": SECRET,
        "query": f"name:{SECRET}",
        "sql": f'SELECT * FROM "{id_}"',
        "activity_type": "new resource view",
        "view_type": "text_view",
        "title": "x",
        "type": "links_to",
    }


def bodies(portal):
    body = portal.body("meteo", amel="editor", sami="admin")
    portal.body("roads", rima="admin")
    return body


FIELDS = {"name": SECRET, "title": SECRET, "tags": [{"name": SECRET}]}


def drafted(portal, body):
    return portal.draft("amel", body, **FIELDS)


def withdrawn(portal, body):
    dataset = portal.published("amel", "sami", body, **FIELDS)
    portal.ok("sami", "opengov_dataset_withdraw", id=dataset["id"], reason="Wrong station")
    portal.work()
    return dataset


def thrown_away(portal, body):
    dataset = drafted(portal, body)
    portal.ok("amel", "package_delete", id=dataset["id"])
    return dataset


def kept_private(portal, body):
    """As the sites have them that took the suite in later."""
    dataset = portal.published("amel", "sami", body, **FIELDS)
    activities = ("activity_detail", "activity")
    for change in ("UPDATE package SET private = true", *map("DELETE FROM {}".format, activities)):
        model.Session.execute(sa.text(change))
    model.Session.commit()
    with portal.client.flask_app.test_request_context():
        search.rebuild(dataset["id"])
    return dataset


@pytest.fixture(params=[drafted, withdrawn, thrown_away, kept_private])
def hidden(request, portal):
    """A dataset that outsiders may not know of, with a view of its file."""
    return request.param(portal, bodies(portal))


def known_ids(hidden):
    """Return the dataset's id and name, its file's id, and the id of a view of that."""
    resource_id = hidden["resources"][0]["id"]
    views = model.Session.query(model.ResourceView).filter_by(resource_id=resource_id)
    ids = [hidden["id"], hidden["name"], resource_id, *(view.id for view in views)]
    model.Session.remove()
    return ids


def told_by_actions(portal, hidden, outsider):
    """Return the actions whose answer is not that for a made-up id."""
    made_up, known = str(uuid.uuid4()), known_ids(hidden)
    telling = {}
    for action, more in itertools.product(every_action(), (arguments, ids_only)):
        expected = portal.call(outsider, action, **more(made_up))
        for id_ in known:
            status, answer = portal.call(outsider, action, **more(id_))
            text = str(answer).replace(id_, made_up)
            if status != expected[0] or SECRET in text.replace(made_up, ""):
                telling.setdefault(action, []).append((known.index(id_), status, expected[0]))
    return telling


@pytest.mark.parametrize("outsider", [None, "rima"])
def test_no_action_tells_an_outsider(portal, hidden, outsider):
    telling = told_by_actions(portal, hidden, outsider)

    assert telling == {}, "\n".join(f"{k}: {v}" for k, v in telling.items())
    package = model.Package.get(hidden["id"])
    assert package.private or package.state != "active"


def test_without_the_guard_many_actions_tell(portal, monkeypatch):
    hidden = drafted(portal, bodies(portal))
    monkeypatch.setattr(visibility, "may_see", lambda *_: True)
    monkeypatch.setitem(authz._AuthFunctions._functions, "package_show", core.package_show)

    assert len(told_by_actions(portal, hidden, None)) > 10


LISTS = (
    ("recently_changed_packages_activity_list", {}),
    ("organization_activity_list", {"id": "meteo"}),
    ("user_activity_list", {"id": "amel"}),
    ("dashboard_activity_list", {}),
    ("current_package_list_with_resources", {}),
    ("package_list", {}),
    ("package_search", {"q": "*:*", "include_drafts": True, "include_private": True}),
    ("organization_show", {"id": "meteo", "include_datasets": True}),
    ("organization_list", {"all_fields": True, "include_dataset_count": True}),
    ("user_show", {"id": "amel", "include_datasets": True}),
    ("tag_list", {}),
    ("member_list", {"id": "meteo", "object_type": "package"}),
    ("datastore_search", {"resource_id": "_table_metadata"}),
)


@pytest.mark.parametrize(("action", "data"), LISTS)
@pytest.mark.parametrize("outsider", [None, "rima"])
def test_no_list_tells_an_outsider(portal, hidden, action, data, outsider):
    answer = str(portal.call(outsider, action, **data)[1])

    assert not [id_ for id_ in known_ids(hidden) if id_ in answer]
    assert "'package_count': 1" not in answer


TAG_FEED = f"/feeds/tag/{SECRET}.atom"
FEEDS = ("/feeds/dataset.atom", "/feeds/organization/meteo.atom", TAG_FEED)
PAGES = ("/", "/dataset/", "/organization/meteo", "/user/amel", "/organization/activity/meteo")


@pytest.mark.parametrize("path", [*FEEDS, *PAGES, "/user/activity/amel", "/activity"])
def test_no_feed_or_common_page_tells(portal, hidden, path):
    said = portal.client.get(path).text

    assert "<entry>" not in said
    assert SECRET not in said or path == TAG_FEED


@pytest.mark.parametrize("make", [drafted, withdrawn])
def test_its_own_people_still_see_it(portal, make):
    hidden = make(portal, bodies(portal))

    assert portal.ok("sami", "package_show", id=hidden["id"])["name"] == SECRET


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("ar", "سُحبت مجموعة البيانات"), ("fr", "a été retiré"), ("en", "was withdrawn")],
)
def test_the_page_of_a_withdrawn_dataset_says_so(portal, language, sentence):
    withdrawn(portal, bodies(portal))

    answer = portal.client.get(f"/{language}/dataset/{SECRET}")

    assert answer.status_code == 410
    assert sentence in answer.text
    assert "Wrong station" in answer.text
    assert portal.client.get(f"/{language}/dataset/nothing").status_code == 404


def test_nobody_takes_the_name_of_a_withdrawn_dataset(portal):
    withdrawn(portal, bodies(portal))
    roads = portal.ok("rima", "organization_show", id="roads")

    fields = {"name": SECRET, "title": "x", "license_id": "cc-by", "owner_org": roads["id"]}
    assert portal.call("rima", "package_create", **fields)[0] == 409


def pages(site):
    """Return every address that can be read and takes a dataset or file."""
    for rule in site.flask_app.url_map.iter_rules():
        if "GET" in rule.methods and rule.arguments & {"id", "resource_id", "pkg_id", "package_id"}:
            yield rule


def fill(rule, dataset_id, resource_id):
    values = dict.fromkeys(rule.arguments, "x") | {
        "id": dataset_id,
        "pkg_id": dataset_id,
        "package_id": dataset_id,
        "resource_id": resource_id,
        "ver": 3,
        "package_type": "dataset",
        "organization_type": "organization",
        "group_type": "group",
        "format": "report.json" if rule.endpoint == "opengov_findings.report" else "csv",
        "step": "withdraw",
    }
    return rule.build({name: values[name] for name in rule.arguments})[1]


@pytest.mark.parametrize("outsider", [None, "rima"])
def test_no_page_tells_an_outsider(portal, hidden, outsider):
    headers = {"Authorization": portal.tokens[outsider]} if outsider else {}
    resource_id = hidden["resources"][0]["id"]
    made_up = str(uuid.uuid4())

    def get(path):
        try:
            answer = portal.client.get(path, headers=headers, follow_redirects=False)
        except (logic.NotFound, logic.NotAuthorized, KeyError) as error:
            # CKAN's own page stumbles: a visitor gets the error page.
            return type(error).__name__, ""
        finally:
            model.Session.remove()
        is_text = not answer.mimetype.startswith("image/")
        return answer.status_code, answer.text if is_text else ""

    telling, walked = {}, 0
    for rule in pages(portal.client):
        expected, _ = get(fill(rule, made_up, made_up))
        for id_ in (hidden["id"], hidden["name"]):
            status, said = get(fill(rule, id_, resource_id))
            walked += 1
            is_notice = status == 410 and rule.endpoint == "dataset.read"
            if not is_notice and (status != expected or SECRET in said.replace(id_, "")):
                telling[rule.rule] = (status, expected)

    assert walked > 50
    assert telling == {}, "\n".join(f"{k}: {v}" for k, v in telling.items())
