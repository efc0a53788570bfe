"""Checks a signed acknowledgement without the service: no CKAN, no database, no network.

``python -m ckanext.complaints.verify FILE --keys KEYS.json``; the keys are what the service
gives out at ``/complaints/api/keys``. It ends with 0 if the file is genuine.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ckanext.complaints.domain import acknowledgements
from ckanext.complaints.domain.acknowledgements import STATED, NotGenuine

GENUINE, NOT_GENUINE, NOT_READ = 0, 1, 2


def main(given: Sequence[str] | None = None) -> int:
    """Say whether a file is genuine, and what it states."""
    asked = _parser().parse_args(given)
    try:
        keys = read_keys(Path(asked.keys).read_bytes())
        paper = Path(asked.file).read_bytes()
    except (OSError, ValueError):
        sys.stderr.write("One of the files cannot be read.\n")
        return NOT_READ
    try:
        stated = acknowledgements.check(paper, keys)
    except NotGenuine:
        sys.stderr.write("NOT GENUINE: none of these keys signed this file as it is.\n")
        return NOT_GENUINE
    sys.stdout.write("Genuine.\n")
    for name in STATED:
        sys.stdout.write(f"{name}: {stated[name]}\n")
    return GENUINE


def written(keys: Mapping[str, bytes]) -> dict[str, str]:
    """Return public keys as they are given out: base64, by their ids."""
    return {id: base64.b64encode(key).decode() for id, key in keys.items()}


def read_keys(document: bytes) -> dict[str, bytes]:
    """Return public keys from a file: what ``written`` returns, or the service's whole answer.

    Raises:
        ValueError: these are no keys.
    """
    found = json.loads(document.decode("utf-8-sig"))
    if isinstance(found, dict) and isinstance(found.get("result"), dict):
        found = found["result"].get("keys", found["result"])
    if not isinstance(found, dict) or not all(isinstance(each, str) for each in found.values()):
        raise ValueError
    return {id: base64.b64decode(key, validate=True) for id, key in found.items()}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ckanext.complaints.verify")
    parser.add_argument("file", help="the acknowledgement, a JSON file")
    parser.add_argument("--keys", required=True, help="the public keys of the service")
    return parser


if __name__ == "__main__":
    sys.exit(main())
