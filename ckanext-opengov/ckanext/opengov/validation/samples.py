"""Whether a schema can be used, and whether the samples beside it are what they say."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from ckanext.opengov.validation import apart, schema
from ckanext.opengov.validation.reading import Unreadable
from ckanext.opengov.validation.report import Severity

SAMPLE, BROKEN, EXPECTED = "valid.csv", "broken.csv", "expected.json"

Descriptor = Mapping[str, object]
Found = tuple[object, ...]


def check(descriptor: Descriptor) -> None:
    """See that files can be held against the descriptor.

    Raises:
        ValueError: they cannot.
    """
    try:
        schema.read(descriptor)
    except Unreadable as error:
        raise ValueError(str(error.finding.params["note"])) from error


def faults(descriptor: Descriptor, folder: Path) -> Iterator[str]:
    """Yield what the check finds in the samples of a schema other than they say themselves."""
    yield from sample_faults(descriptor, folder)
    expected = folder / EXPECTED
    if not expected.exists():
        return
    wanted = [
        (each["row"], each["field"], each["code"], each.get("rule", ""))
        for each in json.loads(expected.read_text(encoding="utf-8"))
    ]
    found = _errors(descriptor, folder / BROKEN)
    for each in sorted({*wanted} ^ {*found}, key=str):
        yield f"{BROKEN}: {'not found' if each in wanted else 'not expected'}: {each}"


def sample_faults(descriptor: Descriptor, folder: Path) -> Iterator[str]:
    """Yield what is wrong with the sample of a schema, or of an older version of it."""
    sample = folder / SAMPLE
    if sample.exists() and (found := _errors(descriptor, sample)):
        yield f"{SAMPLE}: {found[0]}"


def _errors(descriptor: Descriptor, path: Path) -> list[Found]:
    report = apart.check_file(
        path, name=path.name, format="csv", schema=descriptor, progress=lambda _share: None
    )
    return [
        (each["row"], each["field"], each["code"], each["params"].get("rule", ""))
        for each in report["findings"]
        if each["severity"] == Severity.ERROR
    ]
