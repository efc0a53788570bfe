"""Which cells of a column something is true of, and what a test says of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from frictionless import Field

Mask = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Signs = npt.NDArray[np.uint8]


@dataclass(slots=True)
class Accepted:
    """Which cells of a column are surely right."""

    good: Mask | None
    """None: all."""
    values: Integers | None = None
    """What the good cells are, where they are whole numbers; 0 elsewhere."""


Test = Callable[[pa.StringArray, Mask], Accepted]
"""Given the cells, and those of them that stand for nothing."""


def limits_of(field: Field) -> set[str]:
    """Return the constraints of a field that its values must be compared with."""
    return {
        name
        for name, limit in field.constraints.items()
        if name not in ("required", "unique") and limit is not None
    }


def numpy_mask(found: pa.BooleanArray) -> Mask:
    """Return a mask of Arrow without gaps as numpy's."""
    mask: Mask = found.to_numpy(zero_copy_only=False)
    return mask


def lengths(cells: pa.StringArray) -> npt.NDArray[np.int32]:
    """Return the length of each cell, in bytes."""
    ends = np.frombuffer(cells.buffers()[1], np.int32)[cells.offset :][: len(cells) + 1]
    return np.diff(ends)


def matching(pattern: str) -> Test:
    """Return the test whether cells match a pattern of RE2."""

    def test(cells: pa.StringArray, _missing: Mask) -> Accepted:
        return Accepted(numpy_mask(pc.match_substring_regex(cells, pattern)))

    return test
