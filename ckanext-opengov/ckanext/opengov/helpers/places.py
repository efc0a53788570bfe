"""Where the pages of other plugins are reached from."""

from __future__ import annotations

from flask import request

from ckanext.opengov.shared import places


def opengov_doors() -> list[places.Door]:
    """Return the doors beside those of the data and of the public bodies."""
    return list(places.registered(places.Door))


def opengov_is_behind(door: places.Door) -> bool:
    """Tell whether the page that is shown lies behind this door."""
    return request.blueprint in door.blueprints


def opengov_origins(dataset_id: str) -> list[tuple[str, str, str]]:
    """Return what a dataset comes from: the kind, as a text of ours, its title and its address."""
    found = ((each.title, each.find(dataset_id)) for each in places.registered(places.Origin))
    return [(title, *place) for title, place in found if place]


def opengov_body_pages() -> list[places.BodyPage]:
    """Return the pages about a body beside that of its data."""
    return list(places.registered(places.BodyPage))
