"""Schemas of tables that many bodies publish: versions that never change, and what fits which."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

from ckanext.opengov.domain.words import folded
from ckanext.opengov.shared.domain.texts import as_texts

NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")
VERSION = re.compile(r"(0|[1-9]\d{0,3})\.(0|[1-9]\d{0,3})\.(0|[1-9]\d{0,3})")
BRACKETS = re.compile(r"\([^()]*\)")
NOT_WORDS = re.compile(r"[\W_]+")
TEXTS = frozenset({"title_translated", "description_translated", "message_translated"})
SCHEMA, SAMPLE = "schema.json", "valid.csv"
SHIPPED = Path(__file__).parents[1] / "catalogue"
"""What comes with the suite."""

FAULTS = (AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError)
"""What may come of reading a file in which anything may stand."""


class Column(TypedDict, total=False):
    """A field of a Table Schema, with what the catalogue adds to it."""

    name: str
    type: str
    title: str
    title_translated: dict[str, str]
    constraints: dict[str, object]
    codelist: str
    enum_translated: dict[str, dict[str, str]]
    aliases: list[str]
    """Headers that people give it."""


class Standard(TypedDict, total=False):
    """Where columns come from."""

    title: str
    licence: str


class Descriptor(TypedDict, total=False):
    """A Table Schema, with what the catalogue adds to it."""

    name: str
    version: str
    title_translated: dict[str, str]
    fields: list[Column]
    rules: list[dict[str, object]]
    maps_to: list[Standard]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a schema, with its code lists written out."""

    name: str
    version: str
    descriptor: Descriptor
    folder: Path
    sha256: str
    """What changes when anything in it does."""
    columns: Mapping[str, str] = field(repr=False)
    """The column by each of the names that people give it, as :func:`key` writes them."""

    @property
    def ref(self) -> str:
        """How files refer to it."""
        return f"{self.name}@{self.version}"

    @property
    def is_shipped(self) -> bool:
        """Whether it comes with the suite, and so was published with it."""
        return self.folder.is_relative_to(SHIPPED)

    @property
    def order(self) -> tuple[int, ...]:
        """Its place among the versions."""
        return tuple(map(int, self.version.split(".")))

    @property
    def fields(self) -> list[Column]:
        """Its columns."""
        return list(self.descriptor["fields"])


@dataclass(frozen=True, slots=True)
class Fault:
    """A folder that holds no version, and why."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class Match:
    """How well the columns of a file fit a version."""

    version: Version
    mapping: dict[str, str]
    """The column of the schema by the label in the file."""
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    score: float
    """0 to 1: twice what fits, in the columns of both."""


def hash_of(descriptor: Mapping[str, object]) -> str:
    """Return what stands for a descriptor, however it is written."""
    text = json.dumps(descriptor, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def read(
    folders: Iterable[Path], check: Callable[[Descriptor], None]
) -> tuple[dict[str, Version], list[Fault]]:
    """Return the versions in these folders by their reference, and what is none.

    Each has ``tables/NAME/VERSION/schema.json`` and ``codelists/NAME/VERSION.csv``; lists of an
    earlier folder serve the later ones, and no folder takes a version from an earlier one.
    ``check`` raises ``ValueError`` for a descriptor that no file could be held against.
    """
    versions: dict[str, Version] = {}
    faults: list[Fault] = []
    lists: list[Path] = []
    for root in folders:
        lists.append(root / "codelists")
        for path in sorted(root.glob("tables/*/*")):
            place = f"{path.parent.name}@{path.name}"
            try:
                found = _version(path, lists)
                check(found.descriptor)
                if found.ref in versions:
                    raise ValueError("another folder has this version")
            except FAULTS as error:
                faults.append(Fault(place, str(error) or type(error).__name__))
                continue
            versions[found.ref] = found
    return versions, faults


def _version(path: Path, lists: Sequence[Path]) -> Version:
    name, version = path.parent.name, path.name
    if not NAME.fullmatch(name) or not VERSION.fullmatch(version):
        raise ValueError("its folders are not named NAME/1.0.0")
    descriptor: Descriptor = json.loads((path / SCHEMA).read_text(encoding="utf-8"))
    if (descriptor.get("name"), descriptor.get("version")) != (name, version):
        raise ValueError("its folders say another name or version than schema.json")
    for each in descriptor["fields"]:
        if each.get("codelist"):
            _write_out(each, lists)
    _check_words(descriptor)
    hashed = hash_of({**descriptor})
    return Version(name, version, descriptor, path, hashed, _columns(descriptor))


def _check_words(descriptor: Descriptor) -> None:
    """See that pages can show what the schema says to people."""
    rules, standards = descriptor.get("rules", []), descriptor.get("maps_to", [])
    parts: dict[str, Mapping[str, object]] = {"": descriptor}
    parts |= {each["name"]: each for each in descriptor["fields"]}
    parts |= {f"rules {each.get('id')}": each for each in rules}
    texts = [(place, name, part[name]) for place, part in parts.items() for name in TEXTS & {*part}]
    for each in descriptor["fields"]:
        values = each.get("enum_translated", {}).items()
        texts += [(each["name"], str(value), found) for value, found in values]
    for place, name, found in texts:
        if as_texts(found) is None or isinstance(found, str):
            raise ValueError(f"{place}: {name} has no texts by language")
    if not all(isinstance(each["title"], str) for each in standards):
        raise ValueError("maps_to: a list of standards with their titles")


def _write_out(column: Column, lists: Sequence[Path]) -> None:
    """Put the codes of a list into the column that names it, in the place of a pattern."""
    name, _, version = str(column["codelist"]).partition("@")
    if not NAME.fullmatch(name) or not VERSION.fullmatch(version):
        raise ValueError(f"{column['name']}: codelist is not NAME@1.0.0")
    path = next((each for root in lists if (each := root / name / f"{version}.csv").exists()), None)
    if path is None:
        raise ValueError(f"{column['name']}: there is no list {column['codelist']}")
    with path.open(encoding="utf-8", newline="") as stream:
        rows = {row.pop("code"): row for row in csv.DictReader(stream)}
    others = {key: each for key, each in column.get("constraints", {}).items() if key != "pattern"}
    column["constraints"] = {**others, "enum": list(rows)}
    column["enum_translated"] = rows


def _columns(descriptor: Descriptor) -> dict[str, str]:
    """Return the column by its names: where two share one, the stronger kind of name wins."""
    found: dict[str, str] = {}
    kinds: tuple[Callable[[Column], Iterable[str]], ...] = (
        lambda each: [each["name"]],
        lambda each: [each.get("title", ""), *each.get("title_translated", {}).values()],
        lambda each: each.get("aliases", []),
    )
    for names in kinds:
        for column in descriptor["fields"]:
            for name in names(column):
                for each in _keys(str(name)):
                    found.setdefault(each, column["name"])
    return found


def key(label: str) -> str:
    """Return a header without case, accents, vowel marks, blanks and ways to write a letter."""
    return NOT_WORDS.sub("", folded(label))


def _keys(label: str) -> Iterator[str]:
    """Yield the forms of a header: whole, and without what stands in brackets."""
    for text in (label, BRACKETS.sub("", label)):
        if written := key(text):
            yield written


def match(version: Version, labels: Sequence[str]) -> Match:
    """Return how the labels of a file fit a version; a column is given away once."""
    return _match(version, [(label, list(_keys(label))) for label in labels])


def _match(version: Version, labels: Sequence[tuple[str, list[str]]]) -> Match:
    """Return the same for labels whose keys are known."""
    mapping: dict[str, str] = {}
    taken: set[str] = set()
    for label, keys in labels:
        column = next((version.columns[each] for each in keys if each in version.columns), None)
        if column and column not in taken and label not in mapping:
            mapping[label] = column
            taken.add(column)
    names = [each["name"] for each in version.fields]
    return Match(
        version,
        mapping,
        tuple(name for name in names if name not in taken),
        tuple(label for label, _keys_of_it in labels if label not in mapping),
        2 * len(mapping) / (len(names) + len(labels)) if labels else 0.0,
    )


def newest(versions: Iterable[Version]) -> dict[str, Version]:
    """Return the newest version of each schema by its name."""
    found: dict[str, Version] = {}
    for each in sorted(versions, key=lambda each: (each.name, each.order)):
        found[each.name] = each
    return found


def takes_files_of(version: Version, versions: Iterable[Version]) -> list[Version]:
    """Return the older versions whose every file a version must take: those of its major one."""
    return [
        each
        for each in versions
        if each.name == version.name
        and each.order[0] == version.order[0]
        and each.order < version.order
    ]


def best(versions: Iterable[Version], labels: Sequence[str], least: float) -> list[Match]:
    """Return the schemas, in their newest versions, that fit best, down to this score."""
    keyed = [(label, list(_keys(label))) for label in labels]
    found = (_match(each, keyed) for each in newest(versions).values())
    good = (each for each in found if each.mapping and each.score >= least)
    return sorted(good, key=lambda each: (-each.score, each.version.name))
