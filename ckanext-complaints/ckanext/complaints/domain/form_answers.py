"""Answers to a form's questions as pages have them: lists of codes or texts, whatever the kind."""

from __future__ import annotations

YES, NO = "yes", "no"


def typed(answer: object) -> list[str]:
    """Return an answer as it is typed, whether it was read already or not; of none, nothing.

    A page sends ``yes``, and the rules keep ``True`` of it: here both are ``yes``.
    """
    if isinstance(answer, bool):
        return [YES if answer else NO]
    if isinstance(answer, list | tuple):
        return [str(each) for each in answer]
    return [] if answer is None or answer == "" else [str(answer)]
