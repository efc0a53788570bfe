"""Whatever is sent to the addresses of complaints, as a form or as JSON: no page breaks."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.common import junk
from tests.integration.complaints.test_filing import Citizen
from tests.integration.complaints.test_junk import World

from ckan import model

import ckanext.complaints
from ckanext.complaints.logic import action as actions
from ckanext.complaints.views import api, staff_api

TEMPLATES = Path(ckanext.complaints.__file__).parent / "templates"
NAMES = re.compile(r'name="([a-z_]+(?:-[a-z]+)*)"')
SENT = {
    "nul": "zqjunk%00",
    "half a sign": "%ED%A0%80zqjunk",
    "no sign": "%FF%FE",
    "turned around": quote("\u202ezqjunk\u2066"),
    "html": quote("<script>zqjunk</script>{{7*7}}"),
    "huge number": "9" * 40,
    "last day": "9999-12-31",
    "arabic number": quote("٣"),
}
"""As it stands in the body of a form."""
PEOPLE = {"complaints_network": "steward", "complaints_catalogue": "steward"}
PEOPLE |= {"complaints_overview": "supervisor", "complaints_holds": "supervisor"}
PEOPLE |= {"complaints_intake": "clerk", "complaints_requests": "asked"}
BROKEN = {
    "not a number": b'{"%s": NaN}',
    "infinite": b'{"%s": -Infinity}',
    "half a sign": b'{"%s": "\\ud800"}',
    "nul": b'{"%s": "\\u0000zqjunk"}',
    "no text": b'{"%s": "\xff\xfe"}',
    "huge": b'{"%s": 1e400}',
    "huge number": b'{"%s": ' + b"9" * 400 + b"}",
    "more digits than are read": b'{"%s": ' + b"9" * 5000 + b"}",
    "deep": b'{"%s": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "deep objects": b'{"%s": ' + b'{"a":' * 20 + b"1" + b"}" * 21,
    "a list": b"[1]",
    "a text": b'"zqjunk"',
    "nothing": b"",
    "half": b'{"%s',
}


@pytest.fixture(scope="module")
def world(shared_portal, shared_clock):
    return World(shared_portal, shared_clock)


def fields():
    """Return the names of all fields of our forms."""
    found = {name for page in TEMPLATES.rglob("*.html") for name in NAMES.findall(page.read_text())}
    return sorted(found - {"_csrf_token", "viewport"} | {"label-fr", "text-ar", "route-region-1"})


def forms(world):
    """Yield each address that takes a form, with whose it is, wherever a choice leads."""
    app = world.portal.client.flask_app
    asked = {
        "org_id": world.names["ORG"],
        "unit_id": world.names["UNIT"],
        "template_id": world.names["TEMPLATE"],
        "id": world.asked,
        "id_": "1",
        "reference": world.reference,
        "number": world.reference,
        "question": "happened",
    }
    codes = {"complaints_catalogue.policy": "standard"}
    for rule in app.url_map.iter_rules():
        blueprint = rule.endpoint.split(".")[0]
        if "POST" not in rule.methods or not blueprint.startswith("complaints"):
            continue
        if blueprint in ("complaints_api", "complaints_staff_api"):
            continue
        values = {**asked, "code": codes.get(rule.endpoint, "roads")}
        given = {each: values.get(each, "") for each in rule.arguments}
        choices = [
            (each, sorted(converter.items))
            for each, converter in rule._converters.items()
            if hasattr(converter, "items")
        ]
        name, offered = choices[0] if choices else ("", [""])
        for choice in offered:
            filled = {**given, name: choice} if name else given
            yield PEOPLE.get(blueprint, "lead"), rule.build(filled)[1]


def posted(world, citizen, who, path, body):
    """Send a form; return its status."""
    is_citizens = path.startswith("/complaints")
    person = world.people[who]
    client, token = (
        (citizen.client, citizen.token) if is_citizens else (person.client, person.token())
    )
    answer = client.post(
        f"/en{path}",
        data=f"_csrf_token={quote(token)}&{body}".encode(),
        content_type="application/x-www-form-urlencoded",
    )
    model.Session.remove()
    return answer.status_code


@pytest.fixture
def citizen(world):
    person = Citizen(world.portal)
    page = person.get("/complaints/track").text
    person.token = re.search(r'name="_csrf_token" value="([^"]+)"', page)[1]
    person.client.set_cookie("complaint_visit", world.names["VISIT"])
    person.client.set_cookie("complaint_draft", world.names["DRAFT"])
    return person


def test_no_junk_breaks_a_page(world, citizen):
    pages, names, broken, seen = list(forms(world)), fields(), {}, set()
    assert len(pages) > 50
    with junk.nothing_stays() as undone:
        for number, (who, path) in enumerate(pages):
            kinds = list(SENT) if junk.IS_WHOLE else [*SENT, *SENT][number % 8 : number % 8 + 3]
            for kind in kinds:
                body = "&".join(f"{each}={SENT[kind]}" for each in names)
                with undone.once():
                    status = posted(world, citizen, who, path, body)
                seen.add(status)
                if status >= 500 or status in (400, 401):
                    broken[path, kind] = status
    assert broken == {}
    assert {302, 404, 422} <= seen


@pytest.mark.parametrize("piece", ["%00", "%ED%A0%80", "9" * 300, "zqjunk%0D%0A"])
def test_no_junk_in_an_address_breaks_a_page(world, piece):
    broken = {}
    for path in (
        "/dashboard/complaints/{}",
        "/dashboard/complaints/{}/file/{}",
        "/dashboard/complaints/requests/{}",
        "/dashboard/complaints/network/body/{}",
        "/dashboard/complaints/network/unit/{}/edit",
        "/dashboard/complaints/network/category/{}",
        "/dashboard/complaints/network/calendar?year={}&org={}",
        "/dashboard/complaints/overview/{}?number={}&which={}&cursor={}",
        "/dashboard/complaints/?state={}&assigned={}&cursor={}&unit_id={}",
        "/dashboard/complaints/slow?cursor={}",
        "/dashboard/complaints/holds/?cursor={}",
        "/dashboard/complaints/templates/{}/edit",
        "/complaints/new/{}",
        "/complaints/case/file/{}",
        "/complaints/statistics?quarter={}",
        "/complaints/statistics.csv?quarter={}",
    ):
        for who in ("lead", "steward"):
            answer = world.people[who].get(path.replace("{}", piece))
            if answer.status_code >= 500:
                broken[path, who] = answer.status_code
    assert broken == {}


def test_no_json_breaks_an_address(world):
    client = world.portal.client.flask_app.test_client(use_cookies=False)
    headers = {"X-Complaints-Token": world.names["TOKEN"]}
    paths = [f"/complaints/api/{name}" for name in api.ACTIONS]
    paths += [f"/complaints/api/staff/{name}" for name in staff_api.CALLS]
    broken = {}
    with junk.nothing_stays() as undone:
        for path in paths:
            for kind, body in BROKEN.items():
                for field in (b"reference", b"text"):
                    with undone.once():
                        answer = client.post(
                            path,
                            data=body.replace(b"%s", field),
                            headers=headers,
                            content_type="application/json",
                        )
                    is_refusal = not answer.json or not answer.json.get("success")
                    if answer.status_code >= 500 or (is_refusal and "zqjunk" in answer.text):
                        broken[path, kind] = answer.status_code
    assert broken == {}


def test_no_json_breaks_the_action_api(world):
    """Of actions without content, which are called there as all others."""
    broken = {}
    plain = [n for n in actions.__all__ if not getattr(actions.__dict__[n], "has_content", False)]
    person = world.people["steward"]
    headers = {"Content-Type": "application/json", "X-CSRFToken": person.token()}
    with junk.nothing_stays() as undone:
        for name in plain:
            for kind in ("not a number", "half a sign", "nul", "huge number", "deep objects"):
                field = b"org" if b"org" in kind.encode() else b"id"
                with undone.once():
                    answer = person.client.post(
                        f"/api/3/action/{name}",
                        data=BROKEN[kind].replace(b"%s", field),
                        headers=headers,
                    )
                if answer.status_code >= 500 or "zqjunk" in answer.text:
                    broken[name, kind] = answer.status_code
    assert broken == {}
