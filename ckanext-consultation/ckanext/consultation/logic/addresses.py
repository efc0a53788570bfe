"""The name that a consultation has in addresses, where nobody chose one."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from ckan.lib.munge import munge_title_to_name
from ckan.types import AlchemySession

from ckanext.consultation.model import consultations

LATIN = ("fr", "en")
MOST, LEAST = 60, 4
"""Letters of a title in a name; with fewer it says nothing."""


def name_from(session: AlchemySession, titles: object) -> str:
    """Return a free name like a title, where one has Latin letters."""
    found = titles if isinstance(titles, Mapping) else {}
    wished = next((found[each] for each in LATIN if found.get(each)), "")
    name = munge_title_to_name(str(wished))[:MOST].strip("-_")
    suffix = uuid.uuid4().hex[:6]
    if sum(sign.isalnum() for sign in name) < LEAST:
        return f"consultation-{suffix}"
    return f"{name}-{suffix}" if consultations.find(session, name) else name
