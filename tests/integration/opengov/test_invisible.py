"""What is not published does not exist for outsiders: the same answers as for a made-up id."""

import itertools
import uuid

import pytest

from ckan import logic, model

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


@pytest.fixture
def hidden(portal):
    body = portal.body("meteo", amel="editor", sami="admin")
    portal.body("roads", rima="admin")
    return portal.draft("amel", body, name=SECRET, title=SECRET, tags=[{"name": SECRET}])


@pytest.mark.parametrize("outsider", [None, "rima"])
def test_no_action_tells_an_outsider_of_a_draft(portal, hidden, outsider):
    made_up = str(uuid.uuid4())
    known = [hidden["id"], hidden["name"], hidden["resources"][0]["id"]]

    telling = {}
    for action, more in itertools.product(every_action(), (arguments, ids_only)):
        expected = portal.call(outsider, action, **more(made_up))
        for id_ in known:
            status, answer = portal.call(outsider, action, **more(id_))
            text = str(answer).replace(id_, made_up)
            if status != expected[0] or SECRET in text.replace(made_up, ""):
                telling.setdefault(action, []).append((known.index(id_), status, expected[0]))

    assert telling == {}, "\n".join(f"{k}: {v}" for k, v in telling.items())
    assert model.Package.get(hidden["id"]).state == "draft"


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
    }
    return rule.build({name: values[name] for name in rule.arguments})[1]


@pytest.mark.parametrize("outsider", [None, "rima"])
def test_no_page_tells_an_outsider_of_a_draft(portal, hidden, outsider):
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
            if status != expected or SECRET in said.replace(id_, ""):
                telling[rule.rule] = (status, expected)

    assert walked > 50
    assert telling == {}, "\n".join(f"{k}: {v}" for k, v in telling.items())
