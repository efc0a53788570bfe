"""Looks at a file and proposes repairs, each with what it would change in the first rows."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TypedDict

from ckanext.opengov.validation.repairs import columns, looking, making, values
from ckanext.opengov.validation.repairs.making import Schema
from ckanext.opengov.validation.repairs.originals import (
    BOOKS,
    CannotRepair,
    Original,
    Record,
    Source,
    joined,
)
from ckanext.opengov.validation.repairs.steps import (
    DELIMITERS,
    ENCODINGS,
    KeptStep,
    Kind,
    Step,
    in_order,
)
from ckanext.opengov.validation.totals import TOTALS

SHOWN_ROWS, SHOWN_COLUMNS, SHOWN_CELL = 5, 8, 80
"""Kept of a preview."""
FIRST_ROWS, EVERY, MAX_ROWS = 1_000, 97, 3_000
"""Rows that are looked at: the first, then some of all others."""
REMEMBERED = 20_000
"""Cells of a column."""
HEAD_BYTES = 64 << 10
MAX_PROPOSALS = 200
MAX_TOTALS = 20
NUMBERS = ("integer", "number")
DAYS = ("date", "datetime")


Change = tuple[int, str, str]
"""Row, and a cell of it before and after."""


class PreviewRow(TypedDict):
    """A row before and after; without ``after`` it is left out."""

    row: int
    before: list[str] | None
    after: list[str] | None


class Preview(TypedDict):
    """What a repair would change, in the first rows that it changes."""

    columns: list[str]
    rows: list[PreviewRow]


class KeptProposal(TypedDict):
    """A :class:`Proposal` as it is stored."""

    id: str
    step: KeptStep
    is_safe: bool
    choice: str | None
    needs: list[KeptStep]
    count: int | None
    preview: Preview


@dataclass(frozen=True, slots=True)
class Proposal:
    """A repair that its publisher may accept."""

    step: Step
    preview: Preview
    is_safe: bool = True
    """Nothing is lost, and nothing else can have been meant."""
    choice: str | None = None
    """Of the proposals with the same choice only one can be right."""
    needs: tuple[Step, ...] = ()
    """Without these the table is another one."""
    count: int | None = None
    """Cells or rows that it changes; None: more than were looked at."""

    def as_dict(self) -> KeptProposal:
        """Return the proposal to be stored."""
        return {
            "id": self.step.id,
            "step": self.step.as_dict(),
            "is_safe": self.is_safe,
            "choice": self.choice,
            "needs": [step.as_dict() for step in self.needs],
            "count": self.count,
            "preview": self.preview,
        }


@dataclass(frozen=True)
class Past:
    """A file as it was sent, how it is read, and the repairs that were accepted."""

    path: Path
    source: Source
    steps: tuple[Step, ...] = ()

    @cached_property
    def original(self) -> Original:
        """The file, read as its publisher has chosen."""
        return Original(self.path, self.source.read_by(self.steps))


@dataclass(frozen=True, slots=True)
class Doubts:
    """What the check cannot tell, so that no repair that rests on it is safe."""

    letters: bool = False
    mixed: Collection[int] = ()
    """Columns with numbers or days written in two ways, by place."""


NO_DOUBTS = Doubts()


@dataclass(slots=True)
class _Look:
    """What one reading of the table brought."""

    labels: list[str]
    rows: list[Record] = field(default_factory=list)
    totals: list[Record] = field(default_factory=list)
    blank: list[Record] = field(default_factory=list)
    number: int = 0
    blank_rows: int = 0
    trimmed_blanks: int = 0
    """Cells of blank rows in which there are blanks."""
    nameless: set[int] = field(default_factory=set)
    """Columns with neither a name nor a value."""

    @property
    def is_whole(self) -> bool:
        """Tell whether every row was looked at."""
        return self.number == len(self.rows) + self.blank_rows


def propose(
    past: Past,
    schema: Schema | None,
    wrong: Iterable[str | None] = (),
    doubts: Doubts = NO_DOUBTS,
) -> tuple[Proposal, ...]:
    """Return the repairs that would still do the file good.

    ``wrong`` has the columns in which the check found values of another type than ``schema`` says.
    """
    try:
        structural = tuple(_structural(past, doubts))
        doubtful = [each.step for each in structural if not each.is_safe]
        needs = tuple(
            each.step for each in structural if each.step.kind is Kind.HEADER or not each.is_safe
        )
        steps = in_order((*past.steps, *needs))
        look = _look(making.repaired(past.original, steps))
        found = (
            *structural,
            *_of_rows(look, needs),
            *_of_columns(look, needs, schema, frozenset(wrong)),
        )
        decided = {step.place for step in past.steps}
        # What makes another step necessary is as safe as that one.
        weighed = [
            replace(each, is_safe=each.is_safe and not any(s in doubtful for s in each.needs))
            for each in found
            # What was decided is not asked again.
            if each.step.place not in decided
        ]
        refuted = _refuted(weighed, look, making.repaired(past.original, steps), doubts)
    except CannotRepair:
        return ()
    return tuple(
        replace(each, is_safe=each.is_safe and each.step.id not in refuted)
        for each in weighed[:MAX_PROPOSALS]
    )


def _refuted(
    proposals: Iterable[Proposal], look: _Look, table: making.Table, doubts: Doubts
) -> set[str]:
    """Return the ids of those steps that a row which was not looked at, or the check, refutes."""
    names = [values.trimmed(label) for label in table.labels]
    left = {
        each.step.id: (names.index(each.step.field), _refuting(each.step))
        for each in proposals
        if each.is_safe and each.step.kind in (Kind.NUMBER, Kind.DATE) and each.step.field
    }
    refuted = {id for id, (place, _) in left.items() if place in doubts.mixed}
    for _, cells in () if look.is_whole else table.rows:
        if refuted == {*left}:
            break
        for id, (place, refutes) in left.items():
            cell = cells[place] if place < len(cells) else ""
            if not isinstance(cell, values.Typed) and refutes(cell):
                refuted.add(id)
    return refuted


def _refuting(step: Step) -> Callable[[str], bool]:
    contradicts = columns.contradicting(step)

    # The cells of a column repeat.
    @lru_cache(REMEMBERED)
    def refutes(cell: str) -> bool:
        plain = values.in_plain_digits(values.trimmed(cell))
        return not isinstance(plain, values.Typed) and contradicts(plain)

    return refutes


def _structural(past: Past, doubts: Doubts) -> Iterator[Proposal]:
    """Yield what must be right before anything else can be seen."""
    source, chosen = past.original.source, {step.kind for step in past.steps}
    head = list(itertools.islice(past.original.records(), looking.HEAD_ROWS))
    letters: tuple[Step, ...] = ()
    """What all others need: every repair writes the letters anew, as they are read."""
    if source.format not in BOOKS:
        # That there will be commas and UTF-8 is said once: any repair writes the file so.
        preview = _of_head(head[1 if source.named else 0 :])
        for step in () if past.steps else _of_encoding(source):
            yield Proposal(step, preview, is_safe=not doubts.letters)
            letters = (step,) if doubts.letters else ()
        for step in () if past.steps else _of_delimiter(source):
            yield Proposal(step, preview, needs=letters)
    if Kind.HEADER not in chosen:
        place = looking.header_of([cells for _, cells in head])
        header = making.header_of(source, past.steps)
        # Of a workbook, the check knows which cells are merged.
        is_known = source.header is not None and header != (1, 1)
        if place and place != header and not is_known:
            yield replace(_header(head, *place), needs=letters)


def _of_encoding(source: Source) -> list[Step]:
    encoding = source.encoding or ""
    if encoding in ENCODINGS and encoding != "utf-8":
        return [Step(Kind.ENCODING, None, {"encoding": encoding})]
    return []


def _of_delimiter(source: Source) -> list[Step]:
    delimiter = source.delimiter or ","
    if delimiter in DELIMITERS and delimiter != ",":
        return [Step(Kind.DELIMITER, None, {"delimiter": delimiter})]
    return []


def _of_head(head: Sequence[Record]) -> Preview:
    rows = [each for each in head if any(each[1])][: SHOWN_ROWS + 1]
    return {
        "columns": cut(rows[0][1]) if rows else [],
        "rows": [{"row": n, "before": None, "after": cut(cells)} for n, cells in rows[1:]],
    }


def _header(head: Sequence[Record], row: int, number: int) -> Proposal:
    step = Step(Kind.HEADER, None, {"row": row, "rows": number})
    labels = joined([cells for _, cells in head[row - 1 : row - 1 + number]], row)
    above = [(n, cells) for n, cells in head[: row - 1 + number]]
    kept: list[PreviewRow] = [
        {"row": n, "before": cut(cells), "after": None} for n, cells in above[-SHOWN_ROWS:]
    ]
    # A title of several cells may be a table of its own: only its publisher knows.
    fills = [sum(not values.is_blank(c) for c in cells) for _, cells in head[: row - 1]]
    lines = [cells for _, cells in head]
    is_header = not any(fills) or looking.differing(lines, row - 1, row) > 0
    return Proposal(
        step,
        {"columns": cut(labels), "rows": kept},
        is_safe=number == 1 and all(fill <= 1 for fill in fills) and is_header,
    )


def _look(table: making.Table) -> _Look:
    nameless = {at for at, label in enumerate(table.labels) if values.is_blank(label)}
    look = _Look(table.labels, nameless=nameless)
    for number, cells in table.rows:
        look.number += 1
        if all(map(values.is_blank, cells)):
            look.blank_rows += 1
            look.trimmed_blanks += sum(map(_is_to_trim, cells))
            if len(look.blank) < SHOWN_ROWS:
                look.blank.append((number, cells))
            continue
        look.nameless -= making.filled(look.nameless, cells)
        if len(look.totals) < MAX_TOTALS and _is_total(cells):
            look.totals.append((number, cells))
        if look.number <= FIRST_ROWS or (look.number % EVERY == 0 and len(look.rows) < MAX_ROWS):
            look.rows.append((number, cells))
    return look


def _is_to_trim(cell: str) -> bool:
    return not isinstance(cell, values.Typed) and values.trimmed(cell) != cell


def _is_total(cells: Sequence[str]) -> bool:
    first = next((cell for cell in cells if not values.is_blank(cell)), "")
    return values.trimmed(first).rstrip(": ").casefold() in TOTALS


def _of_rows(look: _Look, needs: tuple[Step, ...]) -> Iterator[Proposal]:
    names = cut(look.labels)
    if look.blank_rows:
        preview: Preview = {"columns": names, "rows": [_left_out(each) for each in look.blank]}
        yield Proposal(Step(Kind.BLANK_ROWS), preview, needs=needs, count=look.blank_rows)
    for number, cells in look.totals:
        step = Step(Kind.TOTALS, None, {"row": number})
        row = _left_out((number, cells))
        yield Proposal(step, {"columns": names, "rows": [row]}, is_safe=False, needs=needs, count=1)
    if look.nameless and look.rows:
        shown: list[PreviewRow] = [
            {
                "row": number,
                "before": cut(cells),
                "after": cut([cell for at, cell in enumerate(cells) if at not in look.nameless]),
            }
            for number, cells in look.rows[:2]
        ]
        count = len(look.nameless)
        preview = {"columns": names, "rows": shown}
        yield Proposal(Step(Kind.BLANK_COLUMNS), preview, needs=needs, count=count)
    yield from _trims(look, needs)


def _left_out(record: Record) -> PreviewRow:
    return {"row": record[0], "before": cut(record[1]), "after": None}


def cut(cells: Sequence[str]) -> list[str]:
    """Return the first cells, the long ones cut, as people are shown them."""
    return [cell[:SHOWN_CELL] for cell in cells[:SHOWN_COLUMNS]]


def _trims(look: _Look, needs: tuple[Step, ...]) -> Iterator[Proposal]:
    changed = [
        (number, place)
        for number, cells in look.rows
        for place, cell in enumerate(cells)
        if _is_to_trim(cell)
    ]
    is_in_names = any(values.trimmed(label) != label for label in look.labels)
    if changed or is_in_names:
        rows = dict(look.rows)
        preview: Preview = {
            "columns": [],
            "rows": [
                {
                    "row": number,
                    "before": cut([rows[number][place]]),
                    "after": cut([values.trimmed(rows[number][place])]),
                }
                for number, place in changed[:SHOWN_ROWS]
            ],
        }
        if not changed:
            names = [label for label in look.labels if values.trimmed(label) != label]
            preview = {
                "columns": [],
                "rows": [
                    {"row": 1, "before": cut([name]), "after": cut([values.trimmed(name)])}
                    for name in names[:SHOWN_ROWS]
                ],
            }
        count = len(changed) + look.trimmed_blanks if look.is_whole else None
        yield Proposal(Step(Kind.TRIM), preview, needs=needs, count=count)


def _of_columns(
    look: _Look,
    needs: tuple[Step, ...],
    schema: Schema | None,
    wrong: frozenset[str | None],
) -> Iterator[Proposal]:
    types = None if schema is None else _types(schema)
    names = [values.trimmed(label) for label in look.labels]
    for place, name in enumerate(names):
        # A step names its column: of two with one name nobody could tell which is meant.
        if not name or names.count(name) > 1:
            continue
        column = _Column(look, place, name, needs)
        if types is None:
            yield from column.proposals(None)
        elif name in wrong:
            found = list(column.proposals(types.get(name)))
            yield from found or column.as_text()


def _types(schema: Schema) -> dict[str, str]:
    fields = schema.get("fields")
    listed = fields if isinstance(fields, list) else []
    return {str(each.get("name")): str(each.get("type", "any")) for each in listed}


@dataclass(frozen=True, slots=True)
class _Column:
    """One column, as the first rows show it."""

    look: _Look
    place: int
    name: str
    needs: tuple[Step, ...]

    @property
    def cells(self) -> list[Record]:
        """Its texts that are not empty, each alone in its row."""
        rows = ((n, cells[self.place]) for n, cells in self.look.rows if self.place < len(cells))
        found = (
            (n, values.trimmed(cell)) for n, cell in rows if not isinstance(cell, values.Typed)
        )
        return [(number, [cell]) for number, cell in found if cell]

    def proposals(self, type: str | None) -> Iterator[Proposal]:
        """Yield what would make this a column of that type; None: of the type that it seems."""
        cells, needs = self.cells, self.needs
        if columns.digits(cell for _, (cell,) in cells):
            step = Step(Kind.DIGITS, self.name)
            yield self._changing(cells, step, needs)
            needs = (*needs, step)
            read = ((number, values.in_plain_digits(cell)) for number, (cell,) in cells)
            cells = [(n, [cell]) for n, cell in read if not isinstance(cell, values.Typed)]
        texts = [cell for _, (cell,) in cells]
        meant: list[Step] = []
        if type is None or type in NUMBERS:
            meant = columns.numbers(self.name, texts)
        if not meant and type in (None, "integer"):
            meant = columns.points(self.name, texts)
        if not meant and (type is None or type in DAYS):
            meant = columns.days(self.name, texts)
        choice = f"{meant[0].kind}/{self.name}" if len(meant) > 1 else None
        undecided = columns.undecided(meant, texts)
        for step in meant:
            proposal = self._changing(cells, step, needs, undecided)
            is_safe = choice is None and columns.is_certain(step, texts)
            yield replace(proposal, is_safe=is_safe, choice=choice)

    def as_text(self) -> Iterator[Proposal]:
        """Yield that the schema says too much of this column."""
        step = Step(Kind.TYPE, self.name, {"type": "string"})
        rows: list[PreviewRow] = [
            {"row": number, "before": None, "after": cut(cells)}
            for number, cells in self.cells[:SHOWN_ROWS]
        ]
        preview: Preview = {"columns": [self.name], "rows": rows}
        yield Proposal(step, preview, is_safe=False, needs=self.needs)

    def _changing(
        self,
        cells: Sequence[Record],
        step: Step,
        needs: tuple[Step, ...],
        undecided: Collection[str] = (),
    ) -> Proposal:
        change = making.change_of(step)
        assert change is not None  # noqa: S101 - a step that changes cells
        read = [(n, cell, change(cell)) for n, (cell,) in cells]
        changed = [each for each in read if each[1] != each[2]]
        told = changed or [each for each in read if each[1] in undecided]
        rows: list[PreviewRow] = [
            {"row": number, "before": cut([before]), "after": cut([after])}
            for number, before, after in _telling(told, step, undecided)
        ]
        return Proposal(
            step,
            {"columns": [self.name], "rows": rows},
            needs=needs,
            count=len(changed) if self.look.is_whole else None,
        )


def _telling(changed: Sequence[Change], step: Step, undecided: Collection[str]) -> list[Change]:
    """Return the changes to be shown: what others would make otherwise, and each century."""
    first = [each for each in changed if each[1] in undecided][:SHOWN_ROWS]
    if "pivot" in step.params:
        whole = making.change_of(Step(step.kind, step.field, {"order": step.params["order"]}))
        assert whole is not None  # noqa: S101 - a step that changes cells
        short = [each for each in changed if whole(each[1]) == each[1]]
        centuries = {after[:2]: (n, before, after) for n, before, after in reversed(short)}
        first = [*centuries.values(), *first]
    shown = dict.fromkeys((*first, *changed))
    return sorted(itertools.islice(shown, SHOWN_ROWS))
