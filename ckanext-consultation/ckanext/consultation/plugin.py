"""Registers the consultation plugin with CKAN."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p

from ckanext.opengov.shared.requirements import require_plugins


class ConsultationPlugin(p.SingletonPlugin):
    """The consultation plugin."""

    p.implements(p.IConfigurer)

    def update_config(self, _config: Any) -> None:
        """Refuse to start without the code and tables of the base plugin."""
        require_plugins("consultation", "opengov")
