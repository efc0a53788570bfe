"""A country's colours: which may be set, and whether people can read what they make."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ckanext.opengov.shared.domain.errors import DomainError

DEFAULTS = {
    "light": {
        "paper": "#fbfaf6",
        "surface": "#ffffff",
        "ink": "#1a2326",
        "brand": "#0a514e",
        "brand-strong": "#063f3c",
        "brand-soft": "#e0f0ec",
        "on-brand": "#ffffff",
        "on-strong": "#ffffff",
        "link": "#08505d",
    },
    "dark": {
        "paper": "#10181a",
        "surface": "#172123",
        "ink": "#edf1ee",
        "brand": "#94d8cc",
        "brand-strong": "#0d4744",
        "brand-soft": "#163b39",
        "on-brand": "#05302d",
        "on-strong": "#ffffff",
        "link": "#90d7e2",
    },
}
"""Those of public/opengov/tokens.css that meet a country's; a test holds the two equal."""

COLOURS = ("brand", "brand-strong", "brand-soft", "on-brand", "on-strong", "link")
READ_TOGETHER = (
    ("on-brand", "brand"),
    ("on-strong", "brand-strong"),
    ("brand", "paper"),
    ("brand", "surface"),
    ("brand", "brand-soft"),
    ("ink", "brand-soft"),
    ("link", "paper"),
    ("link", "surface"),
)
"""Text, and the ground on which it stands."""

AA = 4.5
"""Least contrast of text to its ground. Source: WCAG 2.2, 1.4.3."""

LINEAR = 0.04045
"""Up to this share of full light sRGB is linear. Source: IEC 61966-2-1."""

_WRITTEN = re.compile(r"(dark-)?([a-z-]+)=(#[0-9a-f]{6})")


class NotAColour(DomainError):
    """A colour is written wrongly, or is none of a country's."""

    code = "not-a-colour"
    field = "ckanext.opengov.colours"
    template = "Cannot read {written!r}: write NAME=#rrggbb, with a NAME of {names}, or dark-NAME."


class TooFaint(DomainError):
    """A text cannot be read on its ground."""

    code = "too-faint"
    field = "ckanext.opengov.colours"
    template = "{text} on {ground} ({scheme}) has a contrast of {ratio:.1f}; it needs {least}."


def luminance(colour: str) -> float:
    """Return how light ``#rrggbb`` is, from 0 to 1. Source: WCAG 2.2, relative luminance."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= LINEAR else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def parse(written: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return the colours that a country sets, by scheme: ``light`` and ``dark``.

    Raises:
        NotAColour: one is written wrongly.
        TooFaint: with the suite's own for the rest, a text could not be read.
    """
    schemes: dict[str, dict[str, str]] = {"light": {}, "dark": {}}
    for each in written:
        match = _WRITTEN.fullmatch(each.lower())
        if match is None or match[2] not in COLOURS:
            raise NotAColour(written=each, names=", ".join(COLOURS))
        schemes["dark" if match[1] else "light"][match[2]] = match[3]
    for scheme, chosen in schemes.items():
        _check(scheme, DEFAULTS[scheme] | chosen)
    return schemes


def _check(scheme: str, colours: Mapping[str, str]) -> None:
    for text, ground in READ_TOGETHER:
        ratio = contrast(colours[text], colours[ground])
        if ratio < AA:
            raise TooFaint(text=text, ground=ground, scheme=scheme, ratio=ratio, least=AA)


def sheet(schemes: Mapping[str, Mapping[str, str]]) -> str:
    """Return a country's colours as CSS, after the suite's own."""
    light, dark = (_rules(schemes[scheme]) for scheme in ("light", "dark"))
    parts = [
        light and f":root{{{light}}}",
        dark
        and f'@media (prefers-color-scheme:dark){{:root:not([data-og-theme="light"]){{{dark}}}}}',
        dark and f':root[data-og-theme="dark"]{{{dark}}}',
    ]
    return "\n".join(part for part in parts if part)


def _rules(colours: Mapping[str, str]) -> str:
    return "".join(f"--og-{name}:{value};" for name, value in colours.items())
