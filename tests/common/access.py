"""Whether people can use a page: what axe-core finds wrong with it, at a width and in a scheme.

All rules of axe are asked, of every level of WCAG (A, AA and AAA), the best practices and the
experimental ones; only its obsolete ones are not.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass
from importlib.resources import files

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
WIDTHS = (320, 360, 1280)
SCHEMES = ("light", "dark")
# Neighbours differ in both.
SETTINGS = (
    (320, "light"),
    (1280, "dark"),
    (360, "light"),
    (320, "dark"),
    (1280, "light"),
    (360, "dark"),
)
HEIGHT = 800

FAULTS = """async () => {
  const values = axe.getRules().filter(r => !r.tags.includes('obsolete')).map(r => r.ruleId);
  const found = await axe.run(
    document, {runOnly: {type: 'rule', values}, resultTypes: ['violations']});
  return found.violations.flatMap(v => v.nodes.map(
    n => [v.id, n.html.slice(0, 160), n.failureSummary.slice(0, 240)]));
}"""

# In a page from right to left what is too wide grows towards the left: the sum tells both.
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

USE = """() => {
  for (const details of document.querySelectorAll('details')) details.open = true;
  for (const opener of document.querySelectorAll(
      '[data-bs-toggle=dropdown], [data-bs-toggle=modal], [data-module~=confirm-action]'))
    opener.click();
  const field = document.querySelector(
    'main :is(input:not([type=hidden]), select, textarea, summary)');
  if (field) field.focus();
}"""
"""Opens whatever opens, and puts the focus into the first field."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that shuts people out, and where."""

    rule: str
    element: str
    reason: str
    place: str


def look(page, place, settings):
    """Yield what is wrong with a page at each of the settings: width and scheme."""
    for width, scheme in settings:
        yield from too_wide(page, place, width)
        page.emulate_media(color_scheme=scheme)
        for rule, element, reason in page.evaluate(FAULTS):
            yield Fault(rule, element, reason, f"{place} {width} {scheme}")


def too_wide(page, place, width):
    """Yield a fault if the page is wider than its window."""
    page.set_viewport_size({"width": width, "height": HEIGHT})
    if (pixels := page.evaluate(TOO_WIDE)) > 0:
        yield Fault("wider than the window", "html", f"by {pixels} px", f"{place} {width}")


def look_before_and_after(page, place, before, after):
    """Yield what is wrong with a page when it comes, and once whatever opens is open."""
    yield from look(page, place, before)
    page.evaluate(USE)
    for width in WIDTHS:
        yield from too_wide(page, f"{place} opened", width)
    yield from look(page, f"{place} opened", after)


def assert_usable(page, place):
    """Fail if anything is wrong with an open page, at any setting."""
    # An element may be there before the styles are.
    page.wait_for_load_state("load")
    page.evaluate(AXE)
    faults = list(look(page, place, SETTINGS))
    assert faults == [], told(faults)


def told(faults):
    """Return the faults as a text: each once, with how often and where it was met first."""
    groups = defaultdict(list)
    for fault in faults:
        groups[fault.rule, fault.element if fault.element != "html" else fault.reason].append(fault)
    ordered = sorted(groups.values(), key=lambda group: (group[0].rule, -len(group)))
    return "\n".join(
        f"{first.rule}, {len(group)} times, first on {first.place}\n"
        f"    {' '.join(first.element.split())}\n    {' '.join(first.reason.split())}"
        for group in ordered
        for first in itertools.islice(group, 1)
    )
