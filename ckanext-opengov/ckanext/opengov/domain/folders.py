"""A folder with data files as a dataset: described by a Data Package, or by nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import yaml

Fields = dict[str, object]

DESCRIPTORS = ("datapackage.json", "datapackage.yaml", "datapackage.yml")
LARGEST_DESCRIPTOR = 4 << 20
"""In bytes: aliases in a larger one could fill the memory."""


class UnusableFolder(ValueError):
    """The folder is no dataset; the message says why."""


@dataclass(frozen=True, slots=True)
class File:
    """One file, and what the descriptor says of it in CKAN's fields."""

    path: Path
    fields: Fields


@dataclass(frozen=True, slots=True)
class Folder:
    """A dataset in CKAN's fields; ``licences`` are the descriptor's names for them."""

    fields: Fields
    licences: tuple[str, ...]
    files: tuple[File, ...]


def read(folder: Path) -> Folder:
    """Read the folder as a Frictionless Data Package; without a descriptor, all files in it.

    Raises:
        UnusableFolder: the descriptor cannot be read, or names a file that is not in the folder.
    """
    descriptor = _descriptor(folder)
    if "resources" not in descriptor:
        paths = (path for path in sorted(folder.iterdir()) if path.is_file())
        plain = (path.name for path in paths if path.name not in DESCRIPTORS)
        descriptor["resources"] = [{"path": name} for name in plain if name[0] != "."]
    files = tuple(_file(folder, each) for each in _listed(descriptor, "resources"))
    if not files:
        raise UnusableFolder(f"There is no file in {folder}")
    licences = tuple(
        str(each["name"]) for each in _listed(descriptor, "licenses") if "name" in each
    )
    keywords = descriptor.pop("keywords", None)
    name = descriptor.get("name") or folder.resolve().name
    fields = {**descriptor, "name": name, "title": descriptor.get("title") or name}
    if "description" in descriptor:
        fields["notes"] = descriptor["description"]
    if isinstance(keywords, list):
        fields["tags"] = [{"name": str(word)} for word in keywords]
    return Folder(fields, licences, files)


def _listed(descriptor: Fields, field: str) -> list[Fields]:
    """Take a list of objects out of the descriptor."""
    found = descriptor.pop(field, None) or []
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise UnusableFolder(f"{field} in the descriptor is not a list of objects")
    return found


def _descriptor(folder: Path) -> Fields:
    found = [folder / name for name in DESCRIPTORS if (folder / name).is_file()]
    if not found:
        return {}
    if found[0].stat().st_size > LARGEST_DESCRIPTOR:
        raise UnusableFolder(f"{found[0]} is too large")
    return _mapping(found[0])


def _mapping(path: Path) -> Fields:
    try:
        text = path.read_text(encoding="utf-8-sig")
        content = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise UnusableFolder(f"{path} cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise UnusableFolder(f"{path} is not a descriptor")
    return content


def _file(folder: Path, resource: Fields) -> File:
    named = resource.get("path")
    if not isinstance(named, str):
        raise UnusableFolder("Each resource needs one path: data in parts or inline cannot be read")
    path = _inside(folder, named)
    schema = resource.get("schema")
    if isinstance(schema, str):
        schema = _mapping(_inside(folder, schema))
    fields = {
        "name": resource.get("title") or resource.get("name") or path.name,
        "description": resource.get("description"),
        "format": resource.get("format") or path.suffix[1:].upper(),
        "schema": schema,
    }
    return File(path, {name: value for name, value in fields.items() if value})


def _inside(folder: Path, name: str) -> Path:
    """Return the path of a file of the folder: descriptors come from strangers."""
    path, root = (folder / name).resolve(), folder.resolve()
    if not path.is_relative_to(root) or not path.is_file():
        raise UnusableFolder(f"{name} is not a file in {folder}")
    return path
