"""In Arabic and in French nobody meets English: all pages, errors, mails and scripts."""

import json
import os
import re
from collections import defaultdict
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from tests.common.filled import EDITOR, OPERATOR, REVIEWER, fill
from tests.common.pages import pages
from tests.common.portal import Portal
from tests.common.speech import English
from tests.integration.conftest import empty_tables

from ckan import model
from ckan.lib import search
from ckan.lib.redis import connect_to_redis
from ckan.tests.helpers import CKANTestApp

import ckanext.opengov

LANGUAGES = ("ar", "fr")
SEEN = (200, 302, 403, 404, 410)


@pytest.fixture(scope="module")
def filled(site):
    """A filled portal, for tests that only read; and its objects."""
    model.Session.remove()
    empty_tables()
    search.clear_all()
    connect_to_redis().flushdb()
    portal = Portal(CKANTestApp(site))
    site_config = portal.client.flask_app.config
    site_config["ckan.auth.create_user_via_web"] = True
    yield portal, fill(portal)
    site_config["ckan.auth.create_user_via_web"] = False
    model.Session.remove()


@cache
def english(language):
    """Return what tells English from the language, by all catalogues, the last wins."""
    core = Path(next(iter(find_spec("ckan").submodule_search_locations))) / "i18n"
    ours = Path(ckanext.opengov.__file__).parent / "i18n"
    texts = {}
    for folder, domain in ((core, "ckan"), (ours, "ckanext-opengov")):
        with (folder / language / "LC_MESSAGES" / f"{domain}.po").open("rb") as stream:
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
        if answer.status_code != 302:
            for fault in english(language).faults(answer.text, language):
                faults[fault].append(f"{page.endpoint} {page.path} ({page.who})")

    found = [f"{fault}  <- {places[0]} +{len(places) - 1}" for fault, places in faults.items()]
    assert found == [], "\n".join(found)
    assert [each for each, codes in statuses.items() if 200 not in codes] == []
