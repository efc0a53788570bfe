"""Registers the base plugin with CKAN."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.lib.plugins import DefaultTranslation
from ckan.types import Context, DataDict

from ckanext.opengov import jobs as _handlers  # noqa: F401 - registers the kinds of jobs
from ckanext.opengov import storage
from ckanext.opengov.logic import recording
from ckanext.opengov.shared import jobs
from ckanext.opengov.shared.requirements import require_order, require_plugins
from ckanext.opengov.shared.web import csrf, proxy, second_step, smtp
from ckanext.opengov.views.sign_in import take_password

LICENCES = Path(__file__).with_name("licenses.json")


@tk.blanket.actions
@tk.blanket.auth_functions
@tk.blanket.blueprints
@tk.blanket.cli
@tk.blanket.config_declarations
@tk.blanket.helpers
@tk.blanket.validators
class OpengovPlugin(p.SingletonPlugin, DefaultTranslation):
    """Publication of datasets, and the code that all three plugins share."""

    p.implements(p.IAuthenticator, inherit=True)
    p.implements(p.IConfigurable)
    p.implements(p.IConfigurer)
    p.implements(p.IMiddleware, inherit=True)
    p.implements(p.IPackageController, inherit=True)
    p.implements(p.ITranslation)
    p.implements(p.IUploader, inherit=True)

    def update_config(self, config: Any) -> None:
        """Put the suite's templates before CKAN's, and its register of licences in their place."""
        require_plugins("opengov", "activity", "datastore", "scheming_datasets")
        require_order("opengov", "scheming_datasets")
        tk.add_template_directory(config, "templates")
        tk.add_public_directory(config, "public")
        tk.add_resource("public/opengov", "opengov")
        if not config.get("licenses_group_url"):
            config["licenses_group_url"] = f"file://{LICENCES}"
        if config["ckan.datastore.public_table_search"] == ["_table_metadata"]:
            # It names the tables of private datasets too.
            config["ckan.datastore.public_table_search"] = []
        seconds = config["ckanext.opengov.session_hours"] * 3600
        config["PERMANENT_SESSION_LIFETIME"] = config["REMEMBER_COOKIE_DURATION"] = seconds

    def configure(self, _config: Any) -> None:
        """Wake workers for what each commit asks for; mend what CKAN 2.12.0 leaves open."""
        csrf.guard()
        smtp.guard()
        jobs.listen(ckan_model.meta.Session)

    def make_middleware(self, app: Any, config: Any) -> Any:
        """Take the client's address from the configured proxies alone."""
        app.wsgi_app = proxy.behind(app.wsgi_app, config["ckanext.opengov.proxies"])
        return app

    def login(self) -> Any:
        """Check the password, and lead who has a second factor to the second step."""
        return take_password()

    def logout(self) -> None:
        """Let the next sign-in from this browser take both steps again."""
        second_step.forget()

    def identify_user(self, user_id: str | None = None) -> Any:
        """Take whoever skipped the second step for nobody, whichever way they came."""
        return second_step.identify(user_id)

    def get_resource_uploader(self, data_dict: DataDict) -> storage.ResourceFileUpload:
        """Store resource files under their hash."""
        return storage.resource_uploader(data_dict)

    def after_dataset_create(self, context: Context, pkg_dict: DataDict) -> None:
        """Note a new draft and its author, in CKAN's own transaction."""
        recording.note_draft(context, pkg_dict["id"])

    def after_dataset_update(self, context: Context, pkg_dict: DataDict) -> None:
        """Note who wrote, and have new files checked, in CKAN's own transaction."""
        recording.note_change(context, pkg_dict["id"])

    def after_dataset_show(self, context: Context, pkg_dict: DataDict) -> None:
        """Say where the dataset stands. An active one is published: no query."""
        recording.show_state(context, pkg_dict)
