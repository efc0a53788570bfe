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


def opengov_body_pages() -> list[places.BodyPage]:
    """Return the pages about a body beside that of its data."""
    return list(places.registered(places.BodyPage))
