"""What can go wrong on a machine, said so that a person knows what to do."""

from __future__ import annotations


class Problem(Exception):
    """Something outside the program is in the way. ``advice`` says what to do about it."""

    def __init__(self, what: str, advice: str) -> None:
        super().__init__(what)
        self.what = what
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.what}\n{self.advice}"
