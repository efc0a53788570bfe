"""``python -m ckanext.opengov.validation FILE``: the check of a portal, without one."""

from __future__ import annotations

import argparse
import gettext
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from ckanext.opengov.validation import Options, heap, validate
from ckanext.opengov.validation.formats.tables import Hints
from ckanext.opengov.validation.report import Verdict, is_readable, printed, written

DOMAIN = "ckanext-opengov"
CATALOGUES = Path(__file__).parents[1] / "i18n"
CLEAN, BLOCKED, UNREADABLE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the file, print the report; return 0 clean or warned, 1 blocked, 2 not readable."""
    given = _parser().parse_args(arguments)
    try:
        schema = json.loads(given.schema.read_text()) if given.schema else None
        given.file.open("rb").close()
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return UNREADABLE
    # Slow to import: not for a misspelt name, and not for --help.
    from ckanext.opengov.validation.repairs import reporting  # noqa: PLC0415

    options = Options(format=given.format or "", hints=Hints(given.sheet))
    checked = validate(given.file, schema, options)
    kept = reporting.completed(checked.as_dict(), given.file, schema)
    catalogue = gettext.translation(DOMAIN, CATALOGUES, [given.lang], fallback=True)
    report = written(kept, catalogue.gettext, given.lang)
    text = printed(report, catalogue.gettext, catalogue.ngettext, as_json=given.json)
    sys.stdout.write(text + "\n")
    if not is_readable(kept):
        return UNREADABLE
    return BLOCKED if checked.verdict is Verdict.BLOCKED else CLEAN


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ckanext.opengov.validation",
        description="Check a table (CSV, XLSX, XLS, ODS, JSON, GeoJSON, Parquet) as the portal "
        "does. Exit status: 0 clean or warned, 1 blocked, 2 not readable.",
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--schema", type=Path, help="a Table Schema (JSON); else it is inferred")
    parser.add_argument("--format", help="what it is called; else told from the file's name")
    parser.add_argument("--sheet", help="of a workbook: its name or number; else the first table")
    parser.add_argument("--lang", choices=("ar", "fr", "en"), default="en")
    parser.add_argument("--json", action="store_true", help="print the whole report")
    return parser


if __name__ == "__main__":
    heap.share()
    sys.exit(main())
