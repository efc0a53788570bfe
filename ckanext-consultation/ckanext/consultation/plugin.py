"""Registers the consultation plugin with CKAN."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.lib.plugins import DefaultTranslation

from ckanext.opengov.shared.requirements import require_plugins


@tk.blanket.actions
@tk.blanket.auth_functions
@tk.blanket.config_declarations
class ConsultationPlugin(p.SingletonPlugin, DefaultTranslation):
    """Public bodies consult the public: texts, comments, replies and results."""

    p.implements(p.IConfigurer)
    p.implements(p.ITranslation)

    def update_config(self, _config: Any) -> None:
        """Refuse to start without the code and tables of the base plugin."""
        require_plugins("consultation", "opengov")
