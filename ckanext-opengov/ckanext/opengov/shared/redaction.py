"""Words that must go from published files at once, whoever wrote them and whoever is away.

A plugin that publishes people's words as data says here which of them are no longer to be
public. It asks for the work by a job of kind ``REDACT`` on the dataset, in the transaction of the
change that takes the words away; the base plugin takes them out of everything that it keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ckan.types import AlchemySession

from ckanext.opengov.shared.domain.redaction import Plan

REDACT = "opengov.redact"
FORGET = "opengov.forget-bytes"
"""Its subject is a SHA-256: the bytes go from the disk, unless something serves them."""


Source = Callable[[AlchemySession, str], Mapping[str, Plan]]
"""Returns the plans for the files of a dataset by resource id; of others, nothing."""

_sources: list[Source] = []


def source(function: Source) -> Source:
    """Register where the words of some datasets come from."""
    if function not in _sources:
        _sources.append(function)
    return function


def plans_of(session: AlchemySession, dataset_id: str) -> dict[str, Plan]:
    """Return the plans for the files of a dataset, by resource id."""
    return {id: plan for each in _sources for id, plan in each(session, dataset_id).items()}
