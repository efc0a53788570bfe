"""Pages for everyone are kept: never past a change, never for someone else."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from redis import Redis
from redis.exceptions import OutOfMemoryError
from werkzeug.test import create_environ
from werkzeug.wrappers import Response

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib.redis import connect_to_redis
from ckan.lib.search import SearchError

from ckanext.opengov.shared.web import generations, pages, store

TOLD = "X-Opengov-Cache"
KEPT = (
    "/",
    "/ar/",
    "/dataset/",
    "/fr/dataset/?q=rain&sort=title_string+asc",
    "/dataset/rainfall",
    "/en/dataset/rainfall/resource/{file}",
    "/organization/",
    "/organization/meteo",
    "/organization/about/meteo",
    "/page/privacy",
)
PASSWORD = "correct-horse-battery"


@pytest.fixture
def body(portal):
    return portal.body("meteo", amel="editor", sami="admin")


@pytest.fixture
def others(portal):
    """Another body, with an editor."""
    return portal.body("finance", omar="editor")


@pytest.fixture
def dataset(portal, body):
    return portal.published("amel", "sami", body)


@pytest.fixture
def paths(dataset):
    return [path.format(file=dataset["resources"][0]["id"]) for path in KEPT]


@pytest.fixture
def cache(portal):
    """The cache before the application under test."""
    app = portal.client.flask_app.wsgi_app
    while not isinstance(app, pages.PageCache):
        app = getattr(app, "app", None) or app.__closure__[0].cell_contents
    return app


def read(portal, path, **headers):
    """Read a page as someone whom nobody knows."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = portal.client.flask_app.test_client(use_cookies=False).get(path, headers=names)
    model.Session.remove()
    return answer


def told(portal, path, **headers):
    return read(portal, path, **headers).headers.get(TOLD)


def test_pages_for_everyone_are_made_once(portal, paths):
    for path in paths:
        first, second = read(portal, path), read(portal, path)

        assert (first.status_code, first.headers[TOLD]) == (200, "miss"), path
        assert (second.status_code, second.headers[TOLD]) == (200, "hit"), path
        assert second.data == first.data
        assert "Set-Cookie" not in second.headers
        assert second.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
        assert {"Authorization", "Cookie"} <= set(second.headers["Vary"].split(", "))
        assert "frame-ancestors" in second.headers["Content-Security-Policy"]


def test_head_is_answered_without_the_page(portal, dataset):
    whole = read(portal, "/dataset/rainfall")

    answer = portal.client.flask_app.test_client().head("/dataset/rainfall")

    assert answer.headers[TOLD] == "hit"
    assert answer.data == b""
    assert answer.headers["Content-Length"] == str(len(whole.data))


def test_whoever_has_the_page_is_told_so_without_a_query(portal, paths):
    asked = []

    def note(*_):
        asked.append(True)

    for path in paths:
        etag = read(portal, path).headers["ETag"]
        sa.event.listen(sa.Engine, "before_cursor_execute", note)
        answers = [
            read(portal, path, If_None_Match=f'"other", {prefix}{etag}') for prefix in ("", "W/")
        ]
        sa.event.remove(sa.Engine, "before_cursor_execute", note)

        for answer in answers:
            assert (answer.status_code, answer.data) == (304, b""), path
            assert answer.headers["ETag"] == etag
            assert "Content-Length" not in answer.headers
    assert asked == []


def test_addresses_languages_and_hosts_have_pages_of_their_own(portal, dataset):
    found = {
        read(portal, path, **host).data
        for path in ("/fr/dataset/rainfall", "/ar/dataset/rainfall", "/dataset/rainfall")
        for host in ({}, {"Host": "other.example.org"})
        for _ in range(2)
    }

    assert len(found) >= 3
    assert told(portal, "/dataset/?q=a&sort=score+desc") == "miss"
    assert told(portal, "/dataset/?sort=score+desc&q=a") == "hit"
    assert told(portal, "/dataset/?q=b&sort=score+desc") == "miss"
    assert told(portal, "/dataset/", Host="other.example.org") == "miss"


PERSONAL = [
    ("/dataset/rainfall?utm_source=x", {}),
    ("/dataset/?q=" + "a" * 600, {}),
    ("/dataset/rainfall", {"Cookie": "anything=1"}),
    ("/dataset/rainfall", {"Authorization": "no-such-token"}),
    ("/dataset/rainfall", {"Origin": "https://example.org"}),
    ("/dataset/", {"HX_Request": "true"}),
    ("/dataset/rainfall", {"Accept": "text/turtle"}),
    ("/dataset/nothing", {}),
    ("/user/login", {}),
    ("/user/register", {}),
    ("/user/reset", {}),
    ("/health", {}),
    ("/api/3/action/package_show?id=rainfall", {}),
    ("/api/3/action/package_search", {}),
    ("/dataset/rainfall/resource/{file}/download/rainfall.csv", {}),
    ("/datastore/dump/{file}", {}),
    ("/dashboard/review", {}),
]
"""Addresses that no cache may answer, with headers of the request."""


def test_whatever_may_be_personal_is_never_kept(portal, dataset):
    for plain in ("/dataset/rainfall", "/dataset/"):
        read(portal, plain)

    for address, headers in PERSONAL:
        path = address.format(file=dataset["resources"][0]["id"])
        assert [told(portal, path, **headers) for _ in range(2)] == [None, None], (path, headers)


def test_another_name_of_the_token_header_counts_too(portal, dataset, cache, monkeypatch):
    monkeypatch.setitem(tk.config, "apitoken_header_name", "X-Our-Token")
    again = pages.PageCache(portal.client.flask_app, tk.config)

    assert "HTTP_X_OUR_TOKEN" in again.personal


# Nobody sees what was made for another.


def clients(portal):
    """Return a client for each kind of reader, each signed in by the form, and one by token."""
    found = {}
    for name in ("amel", "omar", "operator"):
        client = portal.client.flask_app.test_client()
        portal.fill_in("/user/login", client=client, login=name, password=PASSWORD)
        found[name] = (client, {})
    token = {"Authorization": portal.tokens["amel"]}
    found["token"] = (portal.client.flask_app.test_client(use_cookies=False), token)
    return found


def test_nobody_gets_what_was_made_for_another(portal, body, others, paths):
    portal.draft("amel", body, name="secret", title="Secret plan")
    hidden = ("/dataset/secret", "/en/dataset/secret")
    plain = {path: read(portal, path) for path in (*paths, *hidden)}
    # Everything is made anew, so that whoever comes first could leave something of theirs.
    for who, (client, headers) in clients(portal).items():
        generations.bump(generations.SITE)
        for path in (*paths, *hidden):
            theirs = client.get(path, headers=headers)
            model.Session.remove()
            everyones = read(portal, path)
            again = client.get(path, headers=headers)
            model.Session.remove()

            for answer in (theirs, again):
                assert TOLD not in answer.headers, (who, path)
                assert {"private", "no-store"} <= set(answer.headers["Cache-Control"].split(", "))
                assert "ETag" not in answer.headers
                if answer.status_code == 200:
                    name = "amel" if who == "token" else who
                    assert f"<bdi>{name}</bdi>" in answer.text, (who, path)
            assert everyones.data == plain[path].data, (who, path)
            assert everyones.status_code == plain[path].status_code
        for path in hidden:
            expected = 404 if who == "omar" else 200
            assert client.get(path, headers=headers).status_code == expected
            model.Session.remove()
            assert read(portal, path).status_code == 404


def test_after_signing_out_a_reader_gets_the_page_of_everyone(portal, others, dataset):
    client = clients(portal)["amel"][0]
    assert "<bdi>amel</bdi>" in client.get("/dataset/rainfall").text

    token = client.get("/dataset/rainfall").text.split('name="_csrf_token" value="')[-1]
    client.post("/user/_logout", data={"_csrf_token": token.split('"')[0]})
    model.Session.remove()

    assert "<bdi>amel</bdi>" not in client.get("/dataset/rainfall").text
    model.Session.remove()
    assert "<bdi>amel</bdi>" not in read(portal, "/dataset/rainfall").text


def test_a_message_stays_with_its_reader(portal, dataset):
    app = portal.client.flask_app
    client = app.test_client()
    with client.session_transaction() as session:
        session["_flashes"] = [("alert-info", "Only for me")]

    assert "Only for me" in client.get("/dataset/rainfall").text
    model.Session.remove()
    assert "Only for me" not in read(portal, "/dataset/rainfall").text


class CarelessProxy:
    """A shared cache that believes ``public`` and a lifetime, and knows nothing of Vary.

    As nginx with ``proxy_cache`` before CKAN's ``cache_expires`` (but nginx knows Vary).
    """

    def __init__(self, portal):
        self.portal, self.stored = portal, {}

    def get(self, path, **headers):
        if path in self.stored:
            return self.stored[path]
        answer = read(self.portal, path, **headers)
        control = answer.cache_control
        lifetime = control.s_maxage or control.max_age or 0
        forbidden = control.private or control.no_store or "Set-Cookie" in answer.headers
        if control.public and lifetime > 0 and not forbidden:
            self.stored[path] = answer
        return answer


@pytest.mark.parametrize("is_draft", [True, False])
def test_no_proxy_hands_on_what_a_token_opened(portal, body, monkeypatch, is_draft):
    monkeypatch.setitem(tk.config, "ckan.cache_enabled", True)
    monkeypatch.setitem(tk.config, "ckan.cache_expires", 300)
    dataset = portal.draft("amel", body, name="secret", title="Secret plan", private=not is_draft)
    file = dataset["resources"][0]["id"]
    token, proxy = {"Authorization": portal.tokens["amel"]}, CarelessProxy(portal)

    for path in (
        "/api/3/action/package_show?id=secret",
        "/api/3/action/package_search?include_drafts=true&include_private=true",
        f"/api/3/action/resource_show?id={file}",
        "/dataset/secret",
        f"/dataset/secret/resource/{file}/download/rainfall.csv",
        "/organization/meteo",
    ):
        theirs = proxy.get(path, **token)
        assert theirs.status_code == 200, path
        everyones = proxy.get(path)

        assert path not in proxy.stored or proxy.stored[path] is everyones
        assert "Secret plan" not in everyones.text
        assert "millimetres" not in everyones.text


def test_what_was_not_there_is_not_missing_for_long(portal, body, monkeypatch):
    monkeypatch.setitem(tk.config, "ckan.cache_enabled", True)
    monkeypatch.setitem(tk.config, "ckan.cache_expires", 300)
    portal.submitted("amel", body)
    proxy = CarelessProxy(portal)
    paths = ("/dataset/rainfall", "/api/3/action/package_show?id=rainfall")
    assert {proxy.get(path).status_code for path in paths} == {404}

    portal.ok("sami", "opengov_dataset_publish", id="rainfall")

    assert {proxy.get(path).status_code for path in paths} == {200}


# What was changed is right on the next request.


def test_each_step_shows_at_once(portal, body, paths):
    def shows(path, text):
        read(portal, path)
        return text in read(portal, path).text

    path = "/en/dataset/rainfall"
    assert shows(path, "Rainfall")
    portal.ok("amel", "opengov_revision_create", id="rainfall", title="Rain of today")
    portal.ok("amel", "opengov_dataset_submit", id="rainfall")
    assert not shows(path, "Rain of today")
    portal.ok("sami", "opengov_dataset_publish", id="rainfall")
    assert shows(path, "Rain of today")
    portal.work()
    assert shows("/en/dataset/", "Rain of today")
    assert shows("/en/", "Rain of today")

    portal.ok("sami", "opengov_dataset_withdraw", id="rainfall", reason="Wrong station")
    gone = read(portal, path)
    assert (gone.status_code, TOLD in gone.headers) == (410, False)
    assert read(portal, paths[5]).status_code == 404
    portal.work()
    for each in ("/en/dataset/", "/en/"):
        assert not shows(each, "Rain of today")


def test_a_body_and_its_members_show_at_once(portal, dataset):
    read(portal, "/en/organization/meteo")

    portal.ok("operator", "organization_patch", id="meteo", title="Weather service")

    for path in ("/en/organization/meteo", "/en/organization/", "/en/organization/about/meteo"):
        assert "Weather service" in read(portal, path).text


def test_settings_show_at_once(portal, dataset):
    read(portal, "/en/dataset/rainfall")

    portal.ok("operator", "config_option_update", **{"ckanext.opengov.notice_en": "Back at noon"})
    assert "Back at noon" in read(portal, "/en/dataset/rainfall").text
    portal.ok("operator", "config_option_update", **{"ckanext.opengov.maintenance": True})
    assert read(portal, "/en/dataset/rainfall").status_code == 503
    portal.ok("operator", "config_option_update", **{"ckanext.opengov.maintenance": False})
    portal.ok("operator", "config_option_update", **{"ckanext.opengov.notice_en": ""})
    assert "Back at noon" not in read(portal, "/en/dataset/rainfall").text


def test_a_table_shows_as_soon_as_it_is_loaded(portal, body):
    portal.submitted("amel", body)
    portal.ok("sami", "opengov_dataset_publish", id="rainfall")
    file = portal.ok(None, "package_show", id="rainfall")["resources"][0]["id"]
    path = f"/dataset/rainfall/resource/{file}"
    for _ in range(2):
        assert 'id="table"' not in read(portal, path).text

    portal.work()

    assert 'id="table"' in read(portal, path).text


def test_what_is_published_shows_at_once_however_many_read(portal, body):
    portal.published("amel", "sami", body)
    is_over, failures = threading.Event(), []

    def keep_reading():
        while not is_over.is_set():
            status = read(portal, "/en/dataset/rainfall").status_code
            if status not in (200, 410):
                failures.append(status)

    with ThreadPoolExecutor(3) as readers:
        reading = [readers.submit(keep_reading) for _ in range(3)]
        try:
            for turn in range(8):
                title = f"Rain, take {turn}"
                portal.ok("amel", "opengov_revision_create", id="rainfall", title=title)
                portal.ok("amel", "opengov_dataset_submit", id="rainfall")
                portal.ok("sami", "opengov_dataset_publish", id="rainfall")
                assert title in read(portal, "/en/dataset/rainfall").text
            portal.ok("sami", "opengov_dataset_withdraw", id="rainfall", reason="Wrong station")
            assert read(portal, "/en/dataset/rainfall").status_code == 410
        finally:
            is_over.set()
    for each in reading:
        each.result()
    assert failures == []


def test_what_depends_on_the_clock_changes_with_it(portal, dataset, monkeypatch):
    clock = ["before"]
    page = pages.Page((generations.SITE,), frozenset(), lambda _now: clock[0])
    monkeypatch.setitem(pages._pages, "dataset.read", page)
    assert [told(portal, "/dataset/rainfall") for _ in range(2)] == ["miss", "hit"]

    clock[0] = "after"

    assert told(portal, "/dataset/rainfall") == "miss"


def test_nothing_is_kept_longer_than_a_minute(portal, dataset, monkeypatch):
    monkeypatch.setitem(tk.config, "ckanext.opengov.page_cache_seconds", 3600)
    read(portal, "/dataset/rainfall")

    redis = connect_to_redis()
    lifetimes = [redis.ttl(key) for key in redis.keys(store.key("page", "*"))]
    assert lifetimes
    assert all(0 < seconds <= 60 for seconds in lifetimes)


def test_a_page_that_says_that_the_search_failed_is_not_kept(portal, dataset, monkeypatch):
    monkeypatch.setattr("ckan.lib.search.query.PackageSearchQuery.run", fail)
    answer = read(portal, "/en/dataset/")
    assert "does not work just now" in answer.text
    assert TOLD not in answer.headers


def fail(*_, **__):
    raise SearchError("down")


# One makes a page, the others wait.


def test_a_crowd_has_a_page_made_once(portal, dataset, cache, monkeypatch):
    made, app = [], cache.app

    def slowly(environ, start):
        made.append(environ["PATH_INFO"])
        time.sleep(0.3)
        return app(environ, start)

    monkeypatch.setattr(cache, "app", slowly)
    with ThreadPoolExecutor(8) as crowd:
        answers = list(crowd.map(lambda _: read(portal, "/dataset/rainfall"), range(8)))

    assert len(made) == 1
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.data for answer in answers}) == 1


def test_who_makes_a_page_and_fails_stops_nobody(portal, dataset, cache, monkeypatch):
    app = cache.app

    def fails(_environ, _start):
        raise ConnectionError

    monkeypatch.setattr(cache, "app", fails)
    with pytest.raises(ConnectionError):
        read(portal, "/dataset/rainfall")
    monkeypatch.setattr(cache, "app", app)

    assert told(portal, "/dataset/rainfall") == "miss"


def test_who_dies_while_making_a_page_stops_nobody(portal, dataset, monkeypatch):
    monkeypatch.setattr(pages, "WAIT_SECONDS", 0.1)
    monkeypatch.setattr(pages, "_give_turn", lambda _key: None)
    monkeypatch.setattr(pages, "_may_be_kept", lambda _response: False)
    read(portal, "/dataset/rainfall")

    assert read(portal, "/dataset/rainfall").status_code == 200


# Without Redis there are pages all the same.


@pytest.fixture
def no_redis(monkeypatch):
    """Let Redis be away until it is called back."""
    monkeypatch.setattr(store._Silence, "until", 0.0)
    url = tk.config["ckan.redis.url"]
    monkeypatch.setitem(tk.config, "ckan.redis.url", "redis://127.0.0.1:1/0")

    def call_back():
        monkeypatch.setitem(tk.config, "ckan.redis.url", url)
        monkeypatch.setattr(store._Silence, "until", 0.0)

    yield call_back
    generations._owed.clear()


def test_without_redis_pages_are_made_each_time(portal, dataset, no_redis):
    for _ in range(2):
        answer = read(portal, "/dataset/rainfall")
        assert (answer.status_code, TOLD in answer.headers) == (200, False)


def test_what_changed_while_redis_was_away_shows_when_it_is_back(portal, dataset, request):
    read(portal, "/en/organization/meteo")
    call_back = request.getfixturevalue("no_redis")
    portal.ok("operator", "organization_patch", id="meteo", title="Weather service")

    call_back()

    assert "Weather service" in read(portal, "/en/organization/meteo").text


def test_a_redis_that_is_full_keeps_nothing_wrong(portal, dataset, monkeypatch):
    read(portal, "/en/organization/meteo")

    def refuse(*_, **__):
        raise OutOfMemoryError

    monkeypatch.setattr(Redis, "set", refuse)
    monkeypatch.setattr(store._Silence, "until", 0.0)
    portal.ok("operator", "organization_patch", id="meteo", title="Weather service")

    assert "Weather service" in read(portal, "/en/organization/meteo").text
    monkeypatch.setattr(store._Silence, "until", 0.0)


def test_a_redis_that_lost_its_memory_finds_no_old_page(portal, dataset):
    etag = read(portal, "/dataset/rainfall").headers["ETag"]
    before = generations.current([generations.SITE])

    connect_to_redis().flushdb()

    assert generations.current([generations.SITE]) != before
    assert told(portal, "/dataset/rainfall", If_None_Match='"x"') == "miss"
    assert read(portal, "/dataset/rainfall", If_None_Match=etag).status_code == 304


# Generations.


@pytest.fixture
def tokens(portal):
    """Tell which generations a change begins."""
    names = (generations.SITE, "catalogue")

    def begun(change):
        before = generations.current(names)
        change(model.Session)
        model.Session.remove()
        after = generations.current(names)
        return {name for name, old, new in zip(names, before, after, strict=True) if old != new}

    return begun


def write(statement, *, ends="commit", inside=False):
    def change(session):
        with session.begin_nested() if inside else session.no_autoflush:
            session.execute(sa.text(statement) if isinstance(statement, str) else statement)
        getattr(session, ends)()

    return change


GROUP, USER = sa.update(model.Group), sa.update(model.User)


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (write(GROUP.values(title="x")), {"catalogue"}),
        (write(GROUP.values(title="x"), inside=True), {"catalogue"}),
        (write(GROUP.values(title="x"), ends="rollback"), set()),
        (write(USER.values(about="x")), set()),
        (write(sa.update(sa.table("system_info", sa.column("key"))).values(key="a")), {"site"}),
        (write("UPDATE package SET title = 'x'"), {"site"}),
        (write("SELECT 1"), set()),
        (lambda session: (session.add(model.Tag("x")), session.commit()), {"catalogue"}),
        (lambda session: generations.touch(session, "catalogue"), set()),
        (
            lambda session: (
                generations.touch(session, "catalogue"),
                session.execute(sa.text("SELECT 1")),
                session.commit(),
            ),
            {"catalogue"},
        ),
    ],
)
def test_a_commit_begins_the_generations_of_what_it_changed(tokens, change, names):
    assert tokens(change) == names


def test_every_table_of_the_suite_is_known():
    unknown = {
        name
        for name in model.meta.metadata.tables
        if name.startswith("opengov_") and name not in generations._generation_of
    }

    assert unknown == set()


def test_a_savepoint_that_ends_shows_nothing_yet(portal):
    before = generations.current(["catalogue"])
    with model.Session.begin_nested():
        model.Session.execute(GROUP.values(title="x"))
    during = generations.current(["catalogue"])
    model.Session.commit()

    assert during == before
    assert generations.current(["catalogue"]) != before


def ask(portal, path="/dataset/", query="", **environ):
    """Ask as a client may that sends whatever it likes; return status, headers and body."""
    given = create_environ(path, "http://test.ckan.net", query_string=query)
    return Response.from_app(portal.client.flask_app, {**given, **environ}, buffered=True)


def test_of_two_values_of_one_argument_the_first_counts_for_everyone(portal, dataset):
    ask(portal, query="q=rainfall&q=nothing-like-it")

    other = ask(portal, query="q=nothing-like-it&q=rainfall")

    assert other.headers[TOLD] == "miss"
    assert "/dataset/rainfall" not in other.get_data(as_text=True)


def test_what_is_no_text_is_not_taken_for_something_else_that_is_none(portal, dataset):
    ask(portal, query="q=%fe")

    assert ask(portal, query="q=%ff").headers[TOLD] == "miss"
    assert ask(portal, query="q=%ff").headers[TOLD] == "hit"


def test_nobody_changes_the_addresses_on_the_pages_of_others(portal, dataset):
    prefixed = ask(portal, SCRIPT_NAME="/evil", HTTP_X_FORWARDED_PREFIX="/evil")
    forwarded = {"HTTP_X_FORWARDED_HOST": "evil.example", "HTTP_X_FORWARDED_PROTO": "https"}
    rewritten = {"HTTP_X_ORIGINAL_URL": "/user/login", "HTTP_X_REWRITE_URL": "/user/login"}
    first = ask(portal, "/dataset/rainfall", **forwarded, **rewritten)
    again = ask(portal, "/dataset/rainfall")

    assert prefixed.headers.get(TOLD) != "hit"
    assert ask(portal).headers[TOLD] == "miss"
    assert "evil" not in ask(portal).get_data(as_text=True)
    assert again.headers[TOLD] == "hit"
    assert "evil" not in first.get_data(as_text=True)


@pytest.mark.parametrize("path", ["", "dataset", "dataset/rainfall", "*"])
def test_an_address_without_a_slash_stops_nothing(portal, path):
    assert ask(portal, PATH_INFO=path).status_code < 500


@pytest.mark.parametrize(
    ("accepted", "is_kept"),
    [
        ("", True),
        ("*/*", True),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("text/turtle, text/html;q=0.1", False),
        ("application/rdf+xml;q=0.9, text/html;q=0.5, */*;q=0.1", False),
        ("application/json", False),
    ],
)
def test_who_asks_first_for_another_format_gets_no_kept_page(portal, dataset, accepted, is_kept):
    ask(portal, "/dataset/rainfall")

    answer = ask(portal, "/dataset/rainfall", HTTP_ACCEPT=accepted)

    assert (answer.headers.get(TOLD) == "hit") is is_kept


@pytest.mark.parametrize(
    "secret",
    [
        {"HTTP_COOKIE": "anything=else"},
        {"HTTP_COOKIE": ";"},
        {"HTTP_AUTHORIZATION": "x"},
        {"HTTP_RANGE": "bytes=0-10"},
        {"HTTP_ORIGIN": "https://evil.example"},
        {"HTTP_HX_REQUEST": "true"},
        {"REMOTE_USER": "amel"},
        {"REQUEST_METHOD": "POST"},
        {"REQUEST_METHOD": "OPTIONS"},
    ],
)
def test_requests_that_may_be_somebodys_neither_fill_nor_read_what_is_kept(portal, dataset, secret):
    before = ask(portal, "/dataset/rainfall", **secret)
    made = ask(portal, "/dataset/rainfall")
    after = ask(portal, "/dataset/rainfall", **secret)

    assert (before.headers.get(TOLD), after.headers.get(TOLD)) == (None, None)
    assert made.headers[TOLD] == "miss"


def size_of_kept():
    redis = connect_to_redis()
    return sum(redis.strlen(key) for key in redis.scan_iter("*:page:*") if b":turn" not in key)


def test_asking_for_ever_other_pages_fills_no_memory(portal, dataset, monkeypatch):
    whole = len(ask(portal).get_data())
    connect_to_redis().flushdb()
    monkeypatch.setattr(pages, "MOST_BYTES_A_MINUTE", 5 * whole)
    monkeypatch.setattr(pages.time, "time", lambda: 1_000_000.0)

    for number in range(8):
        assert ask(portal, query=f"q=rain{number}").status_code == 200
        assert ask(portal, HTTP_HOST=f"h{number}.example.org").status_code == 200

    assert 0 < size_of_kept() <= 5 * whole
    # The pages that people read are kept all the same.
    assert (ask(portal).headers[TOLD], ask(portal).headers[TOLD]) == ("miss", "hit")
    assert ask(portal, query="q=" + "x" * 5000).headers.get(TOLD) is None
