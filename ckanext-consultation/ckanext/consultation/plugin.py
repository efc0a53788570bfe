"""Registers the consultation plugin with CKAN."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.lib.plugins import DefaultTranslation

from ckanext.consultation import guest_messages as _links  # noqa: F401 - registers messages
from ckanext.consultation import jobs as _handlers  # noqa: F401 - registers the kinds of jobs
from ckanext.consultation import kept as _pages  # noqa: F401 - registers the pages that are kept
from ckanext.consultation import messages as _messages  # noqa: F401 - registers messages
from ckanext.consultation import places as _places  # noqa: F401 - registers the ways in
from ckanext.consultation import ranks as _sweeper  # noqa: F401 - registers its sweeper
from ckanext.consultation import reminders as _reminders  # noqa: F401 - registers its sweeper
from ckanext.consultation import text_messages as _letters  # noqa: F401 - registers messages
from ckanext.consultation import texts_kept as _texts  # noqa: F401 - registers pages that are kept
from ckanext.opengov.shared.requirements import require_plugins


@tk.blanket.actions
@tk.blanket.auth_functions
@tk.blanket.blueprints
@tk.blanket.cli
@tk.blanket.config_declarations
@tk.blanket.helpers
class ConsultationPlugin(p.SingletonPlugin, DefaultTranslation):
    """Public bodies consult the public: texts, comments, replies and results."""

    p.implements(p.IConfigurer)
    p.implements(p.ITranslation)

    def update_config(self, config: Any) -> None:
        """Refuse to start without the code and tables of the base plugin; add the pages."""
        require_plugins("consultation", "opengov")
        tk.add_template_directory(config, "templates")
