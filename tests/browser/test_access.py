"""Every page of the map of addresses can be used by everyone: axe, widths and schemes.

The pages come from the portal's own map, with objects in every state, and the answers to forms
that were sent wrong. Seeing each of them in three languages, at three widths, in two schemes,
before and after use takes most of an hour; so by default each endpoint is seen, for visitors and
for those who are signed in, in every language, at every width and in every scheme, and each of its
pages is seen at least once before and once after use. ``OPENGOV_ACCESS=whole`` sees everything.
One page of each endpoint is also gone through by keyboard: everything is reached, seen and large
enough, and the link past the header leads past it.
"""

import itertools
import json
import os
import subprocess
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from playwright.sync_api import sync_playwright
from tests.browser.conftest import Portal, launch
from tests.common.access import AXE, SETTINGS, Fault, look_before_and_after, told
from tests.common.keyboard import keyboard_faults, skip_link_faults
from tests.common.running import change_settings, running_portal

LANGUAGES = ("ar", "fr", "en")
WHOLE = os.environ.get("OPENGOV_ACCESS") == "whole"
WALKERS = 2
FILL = (sys.executable, "-W", "ignore", "-m", "tests.common.fill_running")

# Pages that a visitor may not see answer alike: looking at one of each kind is enough.
REFUSED = (401, 403, 404)
LEADS_ELSEWHERE = (301, 302, 303)

SEND = """([path, fields]) => {
  const form = Object.assign(document.createElement('form'), {method: 'post', action: path});
  const token = document.querySelector('[name=_csrf_token]');
  fields._csrf_token = token.value || token.content;
  for (const [name, value] of Object.entries(fields))
    form.append(Object.assign(document.createElement('input'), {type: 'hidden', name, value}));
  document.body.append(form);
  form.submit();
}"""


@dataclass(frozen=True, slots=True)
class Visit:
    """A page to be seen by one person in one language, and at which settings."""

    who: str | None
    language: str
    endpoint: str
    path: str
    before: tuple
    after: tuple
    fields: dict | None = None
    by_keyboard: bool = False

    @property
    def place(self):
        sent = "" if self.fields is None else f" sent {self.fields}"
        return f"/{self.language}{self.path} ({self.endpoint}, {self.who or 'a visitor'}){sent}"


def visits(pages, forms):
    """Return all visits that the walk makes."""
    groups = defaultdict(list)
    for page in pages:
        groups[page["endpoint"], page["who"] is None].append((page["who"], page["path"], None))
    for path, who, fields in forms:
        groups["form", path, str(fields)].append((who, path, fields))
    every = _all_of if WHOLE else _some_of
    return [
        Visit(who, language, key[0], path, before, after, fields, by_keyboard=number == 0)
        for key, group in groups.items()
        for number, ((who, path, fields), language, before, after) in enumerate(every(group))
    ]


def _all_of(group):
    for one, language in itertools.product(group, LANGUAGES):
        yield one, language, SETTINGS, SETTINGS


def _some_of(group):
    for number in range(max(len(group), len(LANGUAGES))):
        one, language = group[number % len(group)], LANGUAGES[number % len(LANGUAGES)]
        first, second = (SETTINGS[(2 * number + step) % len(SETTINGS)] for step in (0, 1))
        yield one, language, (first,), (second,)


@pytest.fixture(scope="module")
def filled():
    """A running portal with something on every page; its pages and forms."""
    with running_portal() as (folder, address):
        change_settings(folder, {"ckan.auth.create_user_via_web": "true"})
        environment = {**os.environ, "CKAN_INI": str(folder / "ckan.ini")}
        done = subprocess.run(FILL, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        yield folder, address, json.loads(done.stdout)


class Walker:
    """One person who sees pages in one language."""

    def __init__(self, portal, who, language):
        self.portal, self.who, self.language = portal, who, language
        self.faults, self.seen, self.refused = [], 0, set()
        self.page = portal.sign_in(who) if who else portal.visit()
        self.context = self.page.context
        self.context.add_init_script(AXE)

    def see(self, visit):
        """Look at the page of a visit, unless it leads elsewhere or is refused as others were."""
        address = f"{self.portal.address}/{self.language}{visit.path}"
        if self.who is None and visit.fields is None and self._is_shut(address):
            return
        answer = self.page.goto(address)
        if visit.fields is not None:
            self._send(visit)
        elif answer.request.redirected_from is not None:
            return
        self.seen += 1
        if visit.by_keyboard:
            if visit.fields is None:  # Else the summary of what is wrong has the focus.
                self.faults += skip_link_faults(self.page, visit.place)
            self.faults += keyboard_faults(self.page, visit.place)
        self.faults += look_before_and_after(self.page, visit.place, visit.before, visit.after)

    def _is_shut(self, address):
        status = self.context.request.get(address, max_redirects=0).status
        is_known = status in REFUSED and status in self.refused
        self.refused.add(status)
        return is_known or status in LEADS_ELSEWHERE

    def _send(self, visit):
        if self.page.locator("[name=_csrf_token]").count() == 0:
            self.page.goto(f"{self.portal.address}/{self.language}/user/login")
        with self.page.expect_navigation():
            self.page.evaluate(SEND, [f"/{self.language}{visit.path}", visit.fields])


def walk(folder, address, who, language, planned):
    """See all pages of one person in one language; return the faults and how many were seen."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        portal = Portal(folder, address, browser)
        walker = Walker(portal, who, language)
        for visit in planned:
            walker.see(visit)
        browser.close()
    broken = [Fault("error of a script", text, "", str(who)) for text in portal.complaints]
    return walker.faults + broken, walker.seen


def test_no_page_shuts_anyone_out(filled):
    folder, address, found = filled
    walks = defaultdict(list)
    for visit in visits(**found):
        walks[visit.who, visit.language].append(visit)
    longest_first = sorted(walks.items(), key=lambda each: -len(each[1]))

    with ThreadPoolExecutor(WALKERS) as pool:
        done = list(pool.map(lambda each: walk(folder, address, *each[0], each[1]), longest_first))

    faults = [fault for each, _seen in done for fault in each]
    seen = sum(number for _faults, number in done)
    assert seen > len({page["endpoint"] for page in found["pages"]}) * len(LANGUAGES)
    assert faults == [], told(faults)
