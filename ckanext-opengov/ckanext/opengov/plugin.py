"""Registers the base plugin with CKAN."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.exceptions import CkanConfigurationException
from ckan.lib.plugins import DefaultTranslation
from ckan.types import Context, DataDict, Schema

from ckanext.opengov import config as options
from ckanext.opengov import jobs as _handlers  # noqa: F401 - registers the kinds of jobs
from ckanext.opengov import kept as _pages  # noqa: F401 - registers the pages that are kept
from ckanext.opengov import storage
from ckanext.opengov.domain.brand import NotAColour, TooFaint
from ckanext.opengov.logic import bodies, licences, recording, searching
from ckanext.opengov.shared import jobs, readers
from ckanext.opengov.shared.requirements import require_order, require_plugins
from ckanext.opengov.shared.web import (
    bytecode,
    csrf,
    generations,
    pages,
    proxy,
    second_step,
    smtp,
    speaking,
)
from ckanext.opengov.views.sign_in import take_password

LANGUAGES = ("ar", "en", "fr")
PROFILES = "ckanext.dcat.rdf.profiles"
HOURS = 24


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
    p.implements(p.IFacets, inherit=True)
    p.implements(p.IMiddleware, inherit=True)
    p.implements(p.IPackageController, inherit=True)
    p.implements(p.ISignal)
    p.implements(p.ITranslation)
    p.implements(p.IUploader, inherit=True)

    def update_config(self, config: Any) -> None:
        """Put the suite's templates before CKAN's, and its register of licences in their place."""
        others = ("activity", "datastore", "scheming_datasets", "scheming_organizations")
        require_plugins("opengov", *others)
        for each in others:
            require_order("opengov", each)
        tk.add_template_directory(config, "templates")
        tk.add_public_directory(config, "public")
        tk.add_resource("public/opengov", "opengov")
        if not config.get("licenses_group_url"):
            config["licenses_group_url"] = f"file://{licences.REGISTER}"
        if config["ckan.datastore.public_table_search"] == ["_table_metadata"]:
            # It names the tables of private datasets too.
            config["ckan.datastore.public_table_search"] = []
        if p.plugin_loaded("dcat") and config[PROFILES] == "euro_dcat_ap_3":
            # Its default, which does not know the suite's fields.
            config[PROFILES] = "opengov_dcat_ap_3"
        if config["ckan.auth.route_after_login"] == "dashboard.datasets":
            config["ckan.auth.route_after_login"] = "opengov_work.start"
        seconds = config["ckanext.opengov.session_hours"] * 3600
        config["PERMANENT_SESSION_LIFETIME"] = config["REMEMBER_COOKIE_DURATION"] = seconds

    def update_config_schema(self, schema: Schema) -> Schema:
        """Let administrators close the site, and say on every page what does not work."""
        ignore_missing, text = tk.get_validator("ignore_missing"), tk.get_validator("unicode_safe")
        notices = {f"ckanext.opengov.notice_{code}": [ignore_missing, text] for code in LANGUAGES}
        boolean = [ignore_missing, tk.get_validator("boolean_validator")]
        return {**schema, **notices, "ckanext.opengov.maintenance": boolean}

    def configure(self, _config: Any) -> None:
        """Wake workers for what each commit asks for; mend what CKAN 2.12.0 leaves open."""
        _check_colours()
        # A locale that there is not shall stop the start, not every page.
        options.locale_variants()
        _check_digest_hour()
        _check_country_box()
        csrf.guard()
        smtp.guard()
        # Of a statement that fails, the log has the text and not what people wrote into it.
        ckan_model.ensure_engine().hide_parameters = True
        jobs.listen(ckan_model.meta.Session)
        generations.listen(ckan_model.meta.Session)

    def make_middleware(self, app: Any, config: Any) -> Any:
        """Answer from what is kept; take the client's address from the configured proxies alone."""
        speaking.keep(app)
        bytecode.keep(app.jinja_env)
        app.wsgi_app = pages.PageCache(app, config)
        app.wsgi_app = proxy.behind(app.wsgi_app, config["ckanext.opengov.proxies"])
        return app

    def get_signal_subscriptions(self) -> Any:
        """Hear who signs in."""
        return {tk.signals.user_logged_in: [_note_language]}

    def dataset_facets(self, _given: dict[str, Any], _package_type: str) -> dict[str, Any]:
        """Narrow results by what people know, not by how CKAN stores it."""
        return OrderedDict([("organization", tk._("Public bodies")), *_facets()])

    def organization_facets(
        self, _given: dict[str, Any], _organization_type: str, _package_type: str | None
    ) -> dict[str, Any]:
        """Narrow the data of one body likewise."""
        return OrderedDict(_facets())

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
        """Say where the dataset stands, and whose it is. What is published costs no query."""
        recording.show_state(context, pkg_dict)
        bodies.describe_owner(context["session"], pkg_dict)

    def before_dataset_index(self, pkg_dict: DataDict) -> DataDict:
        """Let datasets be found by the titles of their body, and by words as people type them."""
        bodies.add_titles(pkg_dict)
        searching.add_forms(pkg_dict)
        return pkg_dict

    def after_dataset_search(self, search_results: DataDict, _search_params: DataDict) -> DataDict:
        """Name the bodies among the facets in the reader's language."""
        bodies.name_facets(ckan_model.Session, search_results)  # noqa: TID251 - no context here
        return search_results


def _check_colours() -> None:
    """Refuse to start with colours in which a text could not be read."""
    try:
        options.colours()
    except (NotAColour, TooFaint) as error:
        sentence = error.template.format(**error.details)
        raise CkanConfigurationException(f"{error.field}: {sentence}") from error


def _check_digest_hour() -> None:
    """Refuse to start with an hour that no day has."""
    hour = tk.config["ckanext.opengov.digest_hour"]
    if hour not in range(HOURS):
        raise CkanConfigurationException(f"ckanext.opengov.digest_hour: {hour} is no hour, 0 to 23")


def _check_country_box() -> None:
    """Refuse to start with a country that is nowhere on Earth."""
    try:
        options.country_box()
    except ValueError as error:
        sentence = "four numbers, west south east north, in degrees"
        raise CkanConfigurationException(f"ckanext.opengov.country_box: {sentence}") from error


def _note_language(_sender: Any, user: Any, **_more: Any) -> None:
    """Note the language that a person signs in with: mail speaks it until they choose one."""
    readers.note_language(user.id, tk.h.lang() or "")


def _facets() -> list[tuple[str, str]]:
    return [
        ("theme", tk._("Themes")),
        ("res_format", tk._("Formats")),
        ("frequency", tk._("Update frequency")),
        ("license_id", tk._("Licences")),
        ("tags", tk._("Keywords")),
    ]
