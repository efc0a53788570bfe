"""What holds for several rows together, signed by a key outside the database.

Rows that say where complaints go give power by being there, or not: one signature covers all of
them, so that one which was added, altered or deleted past the application is seen. What stood
there as a whole before would still hold; the audit log shows it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.exceptions import ServiceUnavailable

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.complaints import keys

PURPOSE = "complaints network"
"""What they are signed for."""


class Altered(ServiceUnavailable):
    """The network was changed past the application. It passes through actions: visitors get 503."""

    def __init__(self) -> None:
        super().__init__(
            tk._(
                "The list of public bodies was changed in a way that this site does not know, so"
                " no complaint is sent anywhere until its operator has checked it. Try again later."
            )
        )


class Seal(tk.BaseModel):
    """The signature over some rows."""

    __tablename__ = "complaints_seal"

    about: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    """``network``, or the id of the category whose routes it covers."""
    key_id: Mapped[str] = mapped_column(sa.Text)
    mac: Mapped[str] = mapped_column(sa.Text)


def holds(about: str, content: Collection[Any], key_id: str | None, mac: str | None) -> bool:
    """Tell whether this is what was signed; nothing at all needs no signature."""
    if not content and mac is None:
        return True
    return keys.ring().holds(PURPOSE, [about, content], key_id, mac)


def put(session: AlchemySession, about: str, content: Collection[Any]) -> None:
    """Sign what there is from now on."""
    key_id, mac = keys.ring().sign(PURPOSE, [about, content])
    signed = {"key_id": key_id, "mac": mac}
    adding = insert(Seal).values(about=about, **signed)
    session.execute(adding.on_conflict_do_update(index_elements=["about"], set_=signed))
