"""Registers the complaints plugin with CKAN."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p

from ckanext.opengov.shared.requirements import require_plugins


class ComplaintsPlugin(p.SingletonPlugin):
    """The complaints plugin."""

    p.implements(p.IConfigurer)

    def update_config(self, _config: Any) -> None:
        """Refuse to start without the code and tables of the base plugin."""
        require_plugins("complaints", "opengov")
