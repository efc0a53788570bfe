"""What every answer has: no cookie without need, the caller's language, safe headers."""

import io
import re
from urllib.parse import urlencode, urlsplit

import pytest
from flask import g

from ckan import model
from ckan.config.middleware.flask_app import csrf as ckan_csrf

from ckanext.opengov.shared.web import proxy

FORMS = ("user.login", "user.register", "user.request_reset")


@pytest.fixture
def body(portal):
    return portal.body(amel="editor", sami="admin")


def anonymous_pages(portal, dataset):
    """Yield the address of each page that anyone may read."""
    values = {
        "id": dataset["name"],
        "resource_id": dataset["resources"][0]["id"],
        "package_type": "dataset",
        "organization_type": "organization",
        "group_type": "group",
    }
    for rule in portal.client.flask_app.url_map.iter_rules():
        if "GET" in rule.methods and rule.arguments <= values.keys():
            path = rule.build({name: values[name] for name in rule.arguments})[1]
            yield rule.endpoint, path.replace("/organization/rainfall", "/organization/meteo")


def test_pages_without_a_form_set_no_cookie(portal, body, monkeypatch):
    dataset = portal.published("amel", "sami", body)

    app, seen, chatty = portal.client.flask_app, 0, {}
    # CKAN's own stumbles are answers too: the error page.
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    for endpoint, path in anonymous_pages(portal, dataset):
        client = app.test_client()
        answer = client.get(path)
        model.Session.remove()
        # A redirect may carry a message to the page where it leads.
        if "<html" in answer.text and answer.status_code != 302:
            seen += 1
            has_form = re.search(r'<form[^>]*method="post"', answer.text, re.IGNORECASE)
            if not has_form and (client.get_cookie("ckan") or "csrf_token" in answer.text):
                chatty[endpoint] = path

    assert seen > 30
    assert chatty == {}


@pytest.mark.parametrize("path", ["/user/login", "/user/reset"])
def test_pages_with_a_form_have_a_token(portal, path):
    answer = portal.client.flask_app.test_client().get(path)

    assert 'name="_csrf_token" value="' in answer.text
    assert "Set-Cookie" in answer.headers


def test_a_session_lasts_hours(portal):
    app = portal.client.flask_app
    assert app.config["PERMANENT_SESSION_LIFETIME"] == app.permanent_session_lifetime.seconds
    assert app.permanent_session_lifetime.total_seconds() == 8 * 3600
    cookie = app.test_client().get("/user/login").headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}


@pytest.mark.parametrize("has_guard", [True, False])
def test_every_form_of_the_suite_needs_a_token(portal, body, monkeypatch, has_guard):
    if not has_guard:
        monkeypatch.setattr(ckan_csrf, "_exempt_views", set())
    dataset = portal.published("amel", "sami", body)
    values = {
        "id": dataset["name"],
        "resource_id": dataset["resources"][0]["id"],
        "step": "publish",
        "to": "up",
        "wish": "undo",
        "standing_id": dataset["id"],
        "name": "rain",
        "version": "1.0.0",
    }
    client, posts = portal.client.flask_app.test_client(), 0

    for rule in portal.client.flask_app.url_map.iter_rules():
        # A mail program leaves a list for its reader without a session; see test_unsubscribe.
        is_ours = rule.endpoint.startswith("opengov_") and "token" not in rule.arguments
        if is_ours and "POST" in rule.methods:
            path = rule.build({name: values[name] for name in rule.arguments})[1]
            answer = client.post(path, data={"reason": "x"})
            # What was typed there is kept until its writer has signed in.
            is_kept = rule.endpoint.startswith("opengov_publish.")
            assert answer.status_code == (302 if is_kept else 400), path
            assert "/user/login" in answer.headers.get("Location", "/user/login"), path
            posts += 1

    assert posts >= 4
    form = {"login": "x", "password": "y"}
    assert (client.post("/user/login", data=form).status_code == 400) is has_guard
    assert client.post("/api/3/action/package_search", json={}).status_code == 200


def address_seen(portal, header, proxies):
    """Return the client's address that CKAN sees behind some proxies."""
    app, seen = portal.client.flask_app, []

    def application(environ, start_response):
        with app.request_context(environ):
            app.preprocess_request()
            seen.append((g.remote_addr, g.author))
        start_response("200 OK", [])
        return [b""]

    environ = {"REMOTE_ADDR": "192.0.2.9", "HTTP_X_FORWARDED_FOR": header}
    with app.test_request_context("/", environ_overrides=environ) as context:
        list(proxy.behind(application, proxies)(context.request.environ, lambda *_: None))
    model.Session.remove()
    return seen[0]


@pytest.mark.parametrize(
    ("header", "proxies", "address"),
    [
        ("203.0.113.7", 0, "192.0.2.9"),
        ("203.0.113.7", 1, "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7", 1, "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7, 10.0.0.1", 2, "203.0.113.7"),
    ],
)
def test_nobody_forges_their_address(portal, header, proxies, address):
    assert address_seen(portal, header, proxies) == (address, address)


def test_the_site_itself_ignores_the_header(portal):
    app = portal.client.flask_app
    seen = []
    app.before_request_funcs.setdefault(None, []).append(lambda: seen.append(g.remote_addr))
    try:
        app.test_client().get("/about", headers={"X-Forwarded-For": "203.0.113.7"})
    finally:
        app.before_request_funcs[None].pop()

    assert seen == ["127.0.0.1"]


@pytest.mark.parametrize(
    ("path", "accepted", "start"),
    [
        ("/api/3/action/package_show", "ar", "غير"),
        ("/api/3/action/package_show", "fr-TN, fr;q=0.9", "Introuvable"),
        ("/api/3/action/package_show?lang=en", "ar", "Not found"),
        ("/en/api/3/action/package_show?lang=ar", "fr", "Not found"),
        ("/api/3/action/package_show?lang=de", "de", "Introuvable"),
    ],
)
def test_the_api_speaks_the_callers_language(portal, path, accepted, start):
    joined = "&" if "?" in path else "?"
    answer = portal.client.get(f"{path}{joined}id=none", headers={"Accept-Language": accepted})

    assert answer.json["error"]["message"].startswith(start)
    assert answer.headers["Vary"]


@pytest.mark.parametrize("name", ["page.html", "drawing.svg"])
def test_an_uploaded_page_does_not_run_on_the_site(portal, body, name):
    fields = {"title": "Page", "license_id": "cc-by", "owner_org": body["id"]}
    dataset = portal.ok("amel", "package_create", **fields)
    files = {"upload": (io.BytesIO(b"<script>alert(1)</script>"), name)}
    resource = portal.ok("amel", "resource_create", files, package_id=dataset["id"])

    path = f"/dataset/{dataset['id']}/resource/{resource['id']}/download/{name}"
    answer = portal.client.get(path, headers={"Authorization": portal.tokens["amel"]})

    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_no_other_site_frames_ours(portal):
    headers = portal.client.get("/about").headers

    assert "frame-ancestors 'self'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_what_one_person_gets_no_cache_keeps(portal, body):
    portal.published("amel", "sami", body)
    headers = {"Authorization": portal.tokens["amel"]}

    for path in ("/dataset/rainfall", "/api/3/action/package_show?id=rainfall"):
        known = portal.client.get(path, headers=headers).headers
        unknown = portal.client.flask_app.test_client().get(path).headers
        assert {"private", "no-store"} <= set(known["Cache-Control"].split(", "))
        assert "no-store" not in unknown["Cache-Control"]
        assert {"Authorization", "Cookie"} <= set(unknown["Vary"].split(", "))


def signed_in(portal, address="/user/login", **more):
    """Sign in by the form; return the answer."""
    portal.user("amel")
    form = {"login": "amel", "password": "correct-horse-battery", **more}
    return portal.fill_in(address, **form)


@pytest.mark.parametrize("remember", ["63072000", "9" * 12, "for ever"])
def test_nobody_is_remembered_for_longer_than_a_session(portal, remember):
    answer = signed_in(portal, remember=remember)

    assert answer.status_code == 302
    assert not [each for each in answer.headers.getlist("Set-Cookie") if "remember" in each]


@pytest.mark.parametrize("target", ["\t//evil.example", "/\t/evil.example", "//evil.example"])
def test_the_sign_in_leads_to_no_other_site(portal, monkeypatch, target):
    monkeypatch.setitem(portal.client.flask_app.config, "PROPAGATE_EXCEPTIONS", False)
    answer = signed_in(portal, f"/user/login?{urlencode({'came_from': target})}")

    # As browsers read an address: without the tab.
    there = urlsplit(answer.headers.get("Location", "").replace("\t", "")).netloc
    assert there in ("", "test.ckan.net")


def test_a_huge_body_is_not_read(portal):
    answer = portal.client.flask_app.test_client().post(
        "/api/3/action/package_search", data=b" " * (17 << 20), content_type="application/json"
    )

    assert answer.status_code == 413
