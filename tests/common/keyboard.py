"""Whether a page can be used by the keyboard alone: reached, seen and large enough to hit."""

from __future__ import annotations

from tests.common.access import Fault

LEAST, DESIGNED = 24, 44
"""Pixels of a target. Source: WCAG 2.2, 2.5.8; and the design: every control of a form."""

WATCH = """([least, designed]) => {
  document.activeElement.blur();
  const all = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]';
  const shown = e => e.checkVisibility({visibilityProperty: true}) && !e.disabled &&
    e.getAttribute('tabindex') !== '-1';
  const seen = e => [e, e.parentElement, ...(e.labels || [])].map(each => {
    const s = getComputedStyle(each);
    return [s.outlineStyle, s.outlineWidth, s.outlineColor, s.boxShadow, s.backgroundColor,
      s.borderColor, s.textDecoration].join();
  }).join(';');
  const group = e => e.type === 'radio' && e.name
    ? document.querySelector(`[type=radio][name="${CSS.escape(e.name)}"]`) : e;
  const size = e => {
    const boxes = [e, ...(e.labels || [])].map(each => each.getBoundingClientRect());
    return Math.min(Math.max(...boxes.map(b => b.width)), Math.max(...boxes.map(b => b.height)));
  };
  const inSentence = e => getComputedStyle(e).display === 'inline' && e.tagName === 'A';
  const state = {all: [...document.querySelectorAll(all)].filter(shown), reached: new Set(),
    unseen: new Set(), before: new Map()};
  for (const e of state.all) state.before.set(e, seen(e));
  document.addEventListener('focusin', ({target}) => {
    state.reached.add(group(target));
    if (state.before.get(target) === seen(target)) state.unseen.add(target);
  });
  const say = e => e.outerHTML.slice(0, 160);
  window.ogKeyboard = () => [
    ...state.all.filter(e => !state.reached.has(group(e))).map(e => ['not reached by Tab', say(e)]),
    ...[...state.unseen].map(e => ['focus that nobody sees', say(e)]),
    ...state.all.filter(e => !inSentence(e) && size(e) < (
      e.matches('.btn:not(.btn-sm, .btn-link), .form-control, .form-select') ? designed : least))
      .map(e => [`target of ${size(e).toFixed(1)} px`, say(e)]),
  ];
  // A date has a stop for each of its parts, one with a time some more.
  return state.all.length + 4 * document.querySelectorAll('[type=date]').length
    + 7 * document.querySelectorAll('[type=datetime-local]').length;
}"""


def keyboard_faults(page, place):
    """Yield what cannot be reached, seen or hit; the focus goes once through the page."""
    stops = page.evaluate(WATCH, [LEAST, DESIGNED])
    for _ in range(stops + 5):
        page.keyboard.press("Tab")
    for rule, element in page.evaluate("window.ogKeyboard()"):
        yield Fault(rule, element, "", place)


SKIP = """() => {
  const link = document.activeElement, box = link.getBoundingClientRect();
  return link.matches('.og-skip a') && box.width > 44 && box.height > 24 && box.top >= 0;
}"""


def skip_link_faults(page, place):
    """Yield a fault unless the first Tab on a fresh page shows a link past its header."""
    if page.locator("header").count() == 0:
        return
    page.keyboard.press("Tab")
    if not page.evaluate(SKIP):
        first = page.evaluate("document.activeElement.outerHTML")
        yield Fault("no link past the header comes first", first, "", place)
        return
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    if page.evaluate("document.activeElement.closest('header, .og-skip') !== null"):
        yield Fault("the link past the header leads nowhere", "a", "", place)
