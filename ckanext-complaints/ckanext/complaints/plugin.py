"""Registers the complaints plugin with CKAN."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.exceptions import CkanConfigurationException
from ckan.lib.plugins import DefaultTranslation

from ckanext.complaints import config as options
from ckanext.complaints import evidence, intake
from ckanext.complaints import jobs as _handlers  # noqa: F401 - registers the kinds of jobs
from ckanext.complaints import kept as _kept  # noqa: F401 - registers the pages that are kept
from ckanext.complaints import places as _places  # noqa: F401 - registers the ways in
from ckanext.complaints.domain import clamd
from ckanext.opengov.shared.requirements import require_plugins


@tk.blanket.actions
@tk.blanket.auth_functions
@tk.blanket.blueprints
@tk.blanket.cli
@tk.blanket.config_declarations
@tk.blanket.helpers
class ComplaintsPlugin(p.SingletonPlugin, DefaultTranslation):
    """Complaints: one network of bodies, one thread for the citizen."""

    p.implements(p.IConfigurable)
    p.implements(p.IConfigurer)
    p.implements(p.IMiddleware, inherit=True)
    p.implements(p.ITranslation)

    def update_config(self, config: Any) -> None:
        """Refuse to start without the code and tables of the base plugin; add the pages."""
        require_plugins("complaints", "opengov")
        tk.add_template_directory(config, "templates")
        evidence.set_defaults(config)

    def configure(self, _config: Any) -> None:
        """Refuse to start with a scanner that no file would ever reach."""
        address = options.scanner()
        if address is not None:
            try:
                clamd.place_of(address)
            except ValueError as error:
                raise CkanConfigurationException(f"ckanext.complaints.scanner: {error}") from error

    def make_middleware(self, app: Any, _config: Any) -> Any:
        """Seal evidence as it comes, before anything reads a form."""
        intake.guard(app)
        return app
