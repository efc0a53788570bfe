"""In Arabic and in French nobody meets English: all pages, errors, mails and scripts."""

import contextlib
import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
from babel import UnknownLocaleError
from babel.messages.pofile import read_po
from tests.common.filled import EDITOR, FORMS, OPERATOR, REVIEWER, fill
from tests.common.pages import pages
from tests.common.portal import Portal
from tests.common.speech import English
from tests.integration.conftest import empty_tables
from werkzeug.exceptions import default_exceptions

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib import mailer, search
from ckan.lib.i18n import build_js_translations
from ckan.lib.redis import connect_to_redis
from ckan.tests.helpers import CKANTestApp

import ckanext.consultation
import ckanext.opengov
from ckanext.opengov import config
from ckanext.opengov.naming import ERRORS

LANGUAGES = ("ar", "fr")
SEEN = (200, 302, 400, 403, 404, 410)
ALLOWED = {"input[placeholder]: Username": "CKAN's page of administrators, where nobody else goes"}


@pytest.fixture(scope="module")
def filled(site):
    """A filled portal, for tests that only read; and its objects."""
    model.Session.remove()
    empty_tables()
    search.clear_all()
    connect_to_redis().flushdb()
    portal = Portal(CKANTestApp(site))
    may_register = tk.config["ckan.auth.create_user_via_web"]
    tk.config["ckan.auth.create_user_via_web"] = True
    yield portal, fill(portal)
    tk.config["ckan.auth.create_user_via_web"] = may_register
    model.Session.remove()


def catalogues(language):
    """Return the paths of CKAN's catalogue and of ours."""
    core = Path(next(iter(find_spec("ckan").submodule_search_locations))) / "i18n"
    yield core / language / "LC_MESSAGES" / "ckan.po"
    for plugin in (ckanext.opengov, ckanext.consultation):
        ours = Path(plugin.__file__).parent / "i18n" / language / "LC_MESSAGES"
        yield ours / f"{plugin.__name__.replace('.', '-')}.po"


@contextlib.contextmanager
def spoken(filled, language):
    """Be in a request in a language; give the helpers."""
    portal, _cases = filled
    environ = {"CKAN_LANG": language}
    with portal.client.flask_app.test_request_context("/", environ_overrides=environ):
        yield tk.h


@cache
def english(language):
    """Return what tells English from the language, by all catalogues, the last wins."""
    texts = {}
    for path in catalogues(language):
        with path.open("rb") as stream:
            for message in read_po(stream, locale=language):
                ids = message.id if isinstance(message.id, tuple) else (message.id,)
                strings = message.string if isinstance(message.id, tuple) else (message.string,)
                if ids[0] and all(strings):
                    texts |= dict.fromkeys(ids, " ".join(strings))
    return English(texts)


def read(portal, language, path, who=None, **options):
    headers = {"Authorization": portal.tokens[who]} if who else {}
    return portal.client.get(
        f"/{language}{path}", headers=headers, follow_redirects=False, **options
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_says_anything_in_english(filled, language):
    portal, cases = filled
    statuses, faults = defaultdict(set), defaultdict(list)

    for page in pages(portal.client.flask_app.url_map, cases):
        answer = read(portal, language, page.path, page.who)
        statuses[page.endpoint].add(answer.status_code)
        if answer.status_code not in SEEN:
            faults[f"answers {answer.status_code}"].append(str(page))
        if answer.status_code != 302 and answer.mimetype == "text/html":
            for fault in english(language).faults(answer.text, language):
                faults[fault].append(f"{page.endpoint} {page.path} ({page.who})")

    found = [
        f"{fault}  <- {places[0]} +{len(places) - 1}"
        for fault, places in faults.items()
        if fault not in ALLOWED
    ]
    assert found == [], "\n".join(found)
    assert sorted(each for each, codes in statuses.items() if 200 not in codes) == []


def send(portal, language, path, who=None, **fields):
    """Open a page, send its form, and follow where that leads; return the last answer."""
    client = portal.client.flask_app.test_client()
    headers = {"Authorization": portal.tokens[who]} if who else {}
    base_url = tk.config["ckan.site_url"]
    page = client.get(f"/{language}{path}", headers=headers, base_url=base_url).text
    fields["_csrf_token"] = page.split('name="_csrf_token" value="')[-1].split('"')[0]
    options = {"headers": headers, "follow_redirects": True, "base_url": base_url}
    answer = client.post(f"/{language}{path}", data=fields, **options)
    model.Session.remove()
    return answer


def heard(answer, language):
    return list(english(language).faults(answer.text, language))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("path", "who", "fields"), FORMS)
def test_a_form_sent_wrong_is_answered_in_the_readers_language(filled, language, path, who, fields):
    portal, _cases = filled

    answer = send(portal, language, path, who, **fields)

    assert answer.status_code < 500
    assert heard(answer, language) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["/dataset/?q=zzz", "/organization/?q=zzz", "/group/?q=zzz"])
def test_a_search_without_a_hit_says_so_in_the_readers_language(filled, language, path):
    portal, _cases = filled

    assert heard(read(portal, language, path), language) == []


ACTS = [
    ("/dataset/follow/harara", REVIEWER, {}),
    ("/dataset/unfollow/harara", REVIEWER, {}),
    ("/group/follow/climat", EDITOR, {}),
    ("/group/unfollow/climat", EDITOR, {}),
    ("/user/follow/sami", EDITOR, {}),
    ("/user/unfollow/sami", EDITOR, {}),
    ("/user/edit/amel", EDITOR, {"fullname": "أمل", "email": "amel@example.org", "save": ""}),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("path", "who", "fields"), ACTS)
def test_what_was_done_is_said_in_the_readers_language(filled, language, path, who, fields):
    portal, _cases = filled

    answer = send(portal, language, path, who, **fields)

    assert answer.status_code < 500
    assert heard(answer, language) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("package_create", {}),
        ("organization_create", {"name": "A B"}),
        ("resource_create", {"package_id": "nothing"}),
        ("user_create", {"name": "é", "email": "no", "password": "a"}),
        ("package_show", {"id": "nothing"}),
        ("organization_member_create", {"id": "rasd", "username": "nobody", "role": "king"}),
    ],
)
def test_the_api_says_errors_in_the_callers_language(filled, language, action, fields):
    portal, _cases = filled
    headers = {"Authorization": portal.tokens[OPERATOR], "Content-Type": "application/json"}

    answer = portal.client.post(
        f"/api/3/action/{action}?lang={language}", data=json.dumps(fields), headers=headers
    )

    assert answer.status_code in (403, 404, 409)
    said = answer.json["error"]
    sentences = [said.get("message", "")] + [
        sentence
        for field, each in said.items()
        if not field.startswith("__") and isinstance(each, list)
        for sentence in each
    ]
    assert [each for each in sentences if english(language).is_english(each, language)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_ckans_mails_are_in_the_readers_language(filled, language):
    with spoken(filled, language):
        user, body = model.User.get(EDITOR), model.Group.get("rasd")
        mailer.create_reset_key(user)
        group = {"id": body.id, "title": body.title, "is_organization": True}
        mails = mailer.get_reset_link_body(user), mailer.get_invite_body(user, group, "editor")

    for mail in mails:
        assert "\n\n" in mail
        assert [
            line for line in mail.splitlines() if english(language).is_english(line, language)
        ] == []


@pytest.mark.parametrize(
    ("language", "moment"),
    [
        ("ar", "5 جويلية 2026، 14:03 (UTC)"),
        ("fr", "5 juillet 2026 à 14:03 (UTC)"),
        ("en", "July 5, 2026, 14:03 (UTC)"),
    ],
)
def test_moments_are_written_as_in_the_country(filled, language, moment):
    with spoken(filled, language) as h:
        assert h.render_datetime("2026-07-05T14:03:00", with_hours=True) == moment
        assert h.render_datetime("2026-07-05T14:03:00") == moment[: moment.index("2026") + 4]
        assert h.render_datetime("2026-07-05T14:03:00", date_format="%Y-%m") == "2026-07"
        assert h.render_datetime("yesterday") == ""


def test_french_counts_the_first_of_a_month(filled):
    with spoken(filled, "fr") as h:
        assert h.render_datetime("2026-01-01") == "1er janvier 2026"
        assert h.render_datetime("2026-01-11") == "11 janvier 2026"


def test_how_long_ago_is_said_with_the_right_plural(filled):
    now = datetime.now(UTC)
    said = {}
    with spoken(filled, "ar") as h:
        for days in (1, 2, 3, 11):
            said[days] = h.time_ago_from_timestamp(now - timedelta(days=days, minutes=1))

    assert said == {1: "قبل يوم واحد", 2: "قبل يومين", 3: "قبل 3 أيام", 11: "قبل أسبوعين"}


@pytest.mark.parametrize(
    ("language", "thousands", "part", "size"),
    [
        ("ar", "1\u00a0234\u00a0567", "1\u00a0248,5", "1,5\u00a0ميغابايت"),  # noqa: RUF001
        ("fr", "1\u00a0234\u00a0567", "1\u00a0248,5", "1,5\u00a0Mo"),
        ("en", "1,234,567", "1,248.5", "1.5 MB"),
    ],
)
def test_numbers_are_grouped_as_the_language_does(filled, language, thousands, part, size):
    with spoken(filled, language) as h:
        assert h.localised_number(1234567) == h.opengov_number(1234567) == thousands
        assert h.localised_number(1248.5) == part
        assert h.localised_filesize(1_500_000) == size
        assert h.SI_number_span(1234567) == f"<span>{thousands}</span>"


@pytest.mark.parametrize(
    ("count", "sentence"),
    [
        (0, "لا توجد مجموعات بيانات"),
        (1, "مجموعة بيانات واحدة"),
        (2, "مجموعتا بيانات"),
        (3, "3 مجموعات بيانات"),
        (11, "11 مجموعة بيانات"),
        (100, "100 مجموعة بيانات"),
        (103, "103 مجموعات بيانات"),
    ],
)
def test_arabic_counts_in_six_forms(filled, count, sentence):
    with spoken(filled, "ar"):
        said = tk.ungettext("{number} dataset found", "{number} datasets found", count)

    assert said.format(number=count) == sentence


@pytest.mark.parametrize("language", LANGUAGES)
def test_ckans_catalogue_and_ours_count_alike(language):
    """The rule of the last catalogue counts for the sentences of all."""
    core, *ours = (read_po(path.open("rb"), locale=language) for path in catalogues(language))

    for each in ours:
        assert (each.num_plurals, each.plural_expr) == (core.num_plurals, core.plural_expr)


@pytest.mark.parametrize("language", LANGUAGES)
def test_scripts_speak_the_readers_language(filled, language):
    portal, _cases = filled
    build_js_translations()
    template = Path(ckanext.opengov.__file__).parent / "i18n" / "ckanext-opengov.pot"
    said_by_scripts = [
        message.id if isinstance(message.id, str) else message.id[0]
        for message in read_po(template.open("rb"))
        if any(file.endswith(".js") for file, _line in message.locations)
    ]

    served = portal.client.get(f"/api/i18n/{language}").json

    assert len(said_by_scripts) > 40
    assert [each for each in said_by_scripts if each not in served] == []
    same = [each for each in said_by_scripts if served[each][1] == each]
    assert same in ([], ["Image"])


@pytest.mark.parametrize("code", [400, 401, 403, 404, 405, 409, 410, 413, 415, 429])
def test_every_error_has_its_words_in_the_list(code):
    error = default_exceptions[code]()

    assert error.name in ERRORS
    assert code == 404 or error.description in ERRORS


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_form_from_elsewhere_is_refused_in_the_readers_language(filled, language):
    portal, _cases = filled

    answer = portal.client.flask_app.test_client().post(f"/{language}/user/register", data={})

    assert answer.status_code == 400
    assert heard(answer, language) == []


def test_a_locale_that_there_is_not_stops_the_start(filled, monkeypatch):
    monkeypatch.setitem(tk.config, "ckanext.opengov.locale_variants", ["ar=ar_ZZZ"])

    with pytest.raises((UnknownLocaleError, ValueError)):
        config.locale_variants()
