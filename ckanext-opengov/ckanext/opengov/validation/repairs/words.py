"""What each repair does, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.validation.repairs.steps import ENCODINGS, FORMATS, KeptStep

if TYPE_CHECKING:
    from ckanext.opengov.validation.repairs.proposing import KeptProposal

# The value of a step, where it has one, chooses among sentences of the same kind.
CHANGES = {
    "format": N_("Call the file {format}, which it is. The file itself stays as it is."),
    "encoding": N_("Read the letters as {encoding}, and write the file as UTF-8."),
    "delimiter": N_("Part the cells at commas alone."),
    "delimiter/;": N_("Part the cells at semicolons, and write commas instead."),
    "delimiter/\t": N_("Part the cells at tabs, and write commas instead."),
    "delimiter/|": N_("Part the cells at upright lines, and write commas instead."),
    "sheet": N_("Read the sheet “{sheet}”."),
    "header": N_("Take the names of the columns from row {row}, and leave out what is above."),
    "header/groups": N_(
        "Join rows {row} to {last} to the names of the columns, and leave out what is above."
    ),
    "blank-rows": N_("Leave out the empty rows."),
    "totals": N_("Leave out row {row}: it sums other rows up."),
    "blank-columns": N_("Leave out the columns that have neither a name nor a value."),
    "trim": N_("Take blanks away at both ends of all cells and names."),
    "trim/column": N_("Take blanks away at both ends of the cells in column “{field}”."),
    "digits": N_("Write the numbers and dates in column “{field}” in the digits 0 to 9."),
    "number/,": N_(
        "Read the numbers in column “{field}” with a decimal comma: they become such as 1234.5."
    ),
    "number/,/grouped": N_(
        "Read the numbers in column “{field}” with a decimal comma and with marks between"
        " thousands: they become such as 1234.5."
    ),
    "number/.": N_(
        "Take the marks between thousands in column “{field}” away: its numbers become such as"
        " 1234.5."
    ),
    "number/./plain": N_(
        "Read the points in column “{field}” as decimal points: its numbers stay as they are."
    ),
    "date/dmy": N_(
        "Read the dates in column “{field}” with the day first: they become such as 2026-01-31."
    ),
    "date/mdy": N_(
        "Read the dates in column “{field}” with the month first: they become such as 2026-01-31."
    ),
    "date/ymd": N_("Write the dates in column “{field}” such as 2026-01-31."),
    "date/pivot": N_("Years of two digits are taken for {first} to {last}."),
    "type": N_("Change the schema: column “{field}” may hold any text."),
    "type/other": N_("Change the schema: column “{field}” is of the type {type}."),
}
Translate = Callable[[str], str]


def change(step: KeptStep, translate: Translate) -> str:
    """Return the sentence of a kept step."""
    kind, params = step["kind"], step["params"]
    variant: str | None = params.get("delimiter") or params.get("decimal") or params.get("order")
    last = params.get("row", 0) + params.get("rows", 1) - 1
    if variant == "," and params.get("group") in (".", "'"):
        variant = ",/grouped"
    elif variant == "." and not params.get("group"):
        variant = "./plain"
    elif kind == "header" and params["rows"] > 1:
        variant = "groups"
    elif kind == "trim" and step["field"]:
        variant = "column"
    elif kind == "type" and params["type"] != "string":
        variant = "other"
    template = CHANGES.get(f"{kind}/{variant}") or CHANGES[kind]
    encoding = ENCODINGS.get(params.get("encoding", ""), "")
    named = {"encoding": encoding, "format": FORMATS.get(params.get("format", ""), "")}
    given = {**params, **named, "field": step["field"], "last": last}
    sentence = translate(template).format_map(given)
    if pivot := params.get("pivot"):
        years = translate(CHANGES["date/pivot"])
        sentence += " " + years.format(first=1900 + pivot, last=1999 + pivot)
    return sentence


def written_step(step: KeptStep, id: str, translate: Translate) -> dict[str, object]:
    """Return an accepted step as the API tells of it."""
    return {
        "id": id,
        "code": step["kind"],
        "field": step["field"],
        "change": change(step, translate),
        "step": step,
    }


def written_proposal(kept: KeptProposal, translate: Translate) -> dict[str, object]:
    """Return a proposal as the API tells of it."""
    return {
        **written_step(kept["step"], kept["id"], translate),
        "safe": kept["is_safe"],
        "choice": kept["choice"],
        "count": kept["count"],
        "preview": kept["preview"],
    }


def written_proposals(
    kept: Sequence[KeptProposal], translate: Translate
) -> list[dict[str, object]]:
    """Return the proposals of a report as the API tells of them."""
    return [written_proposal(each, translate) for each in kept]
