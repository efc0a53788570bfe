"""A country's colours, and what people can read of them."""

import re
from pathlib import Path

import pytest

from ckanext.opengov.domain import brand

TOKENS = Path(brand.__file__).parents[1] / "public/opengov/tokens.css"
BLOCKS = {
    "light": r":root \{\n  --og-paper(.*?)\n\}",
    "dark": r'data-og-theme="dark"\] \{(.*?)\n\}',
}
STATES = ("ok", "info", "warn", "bad", "quiet")
DOORS = ("data", "consult", "complain")
TEXTS = ("ink", "muted", "link", "visited", "brand")
# Of text, and of edges that mean something. Source: WCAG 2.2, 1.4.6 and 1.4.11.
AAA, LARGE = 7.0, 3.0


def tokens(scheme):
    block = re.search(BLOCKS[scheme], TOKENS.read_text(), re.S).group(0)
    return dict(re.findall(r"--og-([a-z0-9-]+):\s*(#[0-9a-f]{6})", block))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_defaults_are_those_of_the_sheet(scheme):
    found = {**tokens("light"), **tokens(scheme)}

    assert {name: found[name] for name in brand.DEFAULTS[scheme]} == brand.DEFAULTS[scheme]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_of_the_theme_can_be_read_on_its_ground(scheme):
    colours = {**tokens("light"), **tokens(scheme)}
    grounds = (
        "paper",
        "surface",
        "sand",
        "mark",
        "brand-soft",
        *(f"{each}-soft" for each in STATES),
    )
    pairs = [*brand.READ_TOGETHER, *((f"{state}", f"{state}-soft") for state in STATES)]
    pairs += [(f"door-{door}", f"door-{door}-soft") for door in DOORS]
    pairs += [(text, ground) for text in TEXTS for ground in grounds]
    pairs += [("bad", "surface")]

    faint = {pair: brand.contrast(*(colours[name] for name in pair)) for pair in pairs}
    assert {pair: ratio for pair, ratio in faint.items() if ratio < AAA} == {}
    for edge in ("edge", *(f"{state}-edge" for state in STATES)):
        assert brand.contrast(colours[edge], colours["paper"]) >= LARGE, edge


def test_a_country_sets_its_colours():
    schemes = brand.parse(["brand=#7A1F3D", "brand-strong=#551029", "dark-brand=#f0a8c0"])

    sheet = brand.sheet(schemes)
    assert "--og-brand:#7a1f3d;--og-brand-strong:#551029;" in sheet
    assert '[data-og-theme="dark"]{--og-brand:#f0a8c0;}' in sheet
    assert brand.sheet(brand.parse([])) == ""


@pytest.mark.parametrize("written", ["brand=red", "paper=#000000", "brand", "brand=#12345", "x"])
def test_what_is_no_colour_of_a_country_is_refused(written):
    with pytest.raises(brand.NotAColour):
        brand.parse([written])


@pytest.mark.parametrize("written", ["brand=#ffe680", "link=#cccccc", "dark-brand=#123456"])
def test_a_colour_in_which_a_text_could_not_be_read_is_refused(written):
    with pytest.raises(brand.TooFaint):
        brand.parse([written])


def test_black_on_white_has_the_greatest_contrast():
    assert brand.contrast("#000000", "#ffffff") == pytest.approx(21)
