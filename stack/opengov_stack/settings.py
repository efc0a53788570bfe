"""The settings file of a portal on the embedded servers, and the secrets in it."""

from __future__ import annotations

import configparser
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from opengov_stack.servers import LOOPBACK, free_port

PLUGINS = (
    "opengov consultation complaints activity datastore text_view"
    " scheming_datasets scheming_organizations dcat"
)
DATABASES = {"main": "ckan", "datastore": "datastore"}


@dataclass(frozen=True, slots=True)
class Ports:
    """Loopback ports of one installation."""

    web: int
    postgres: int
    redis: int
    solr: int
    mail: int

    @classmethod
    def chosen(cls) -> Ports:
        """Return ports that are free now."""
        return cls(*(free_port() for _ in cls.__slots__))


@dataclass(frozen=True, slots=True)
class Secrets:
    """Passwords and keys of one installation."""

    postgres: str
    ckan: str
    datastore_reader: str
    session: str
    token: str

    @classmethod
    def fresh(cls) -> Secrets:
        """Return new random ones."""
        return cls(*(secrets.token_urlsafe(32) for _ in cls.__slots__))


def database_url(user: str, password: str, ports: Ports, database: str) -> str:
    """Return the SQLAlchemy address of a database."""
    return f"postgresql://{user}:{password}@{LOOPBACK}:{ports.postgres}/{database}"


def site_settings(folder: Path, ports: Ports, keys: Secrets) -> dict[str, str]:
    """Return CKAN's settings for a portal whose files lie in ``folder``."""
    main, datastore = DATABASES["main"], DATABASES["datastore"]
    reader = database_url("datastore_reader", keys.datastore_reader, ports, datastore)
    return {
        "use": "egg:ckan",
        "SECRET_KEY": keys.session,
        "api_token.jwt.encode.secret": f"string:{keys.token}",
        "api_token.jwt.decode.secret": f"string:{keys.token}",
        "sqlalchemy.url": database_url("ckan", keys.ckan, ports, main),
        "sqlalchemy.pool_pre_ping": "true",
        "ckan.datastore.write_url": database_url("ckan", keys.ckan, ports, datastore),
        "ckan.datastore.read_url": reader,
        "ckan.datastore.default_fts_index_method": "gin",
        "ckan.datastore.default_fts_lang": "simple",
        "ckan.redis.url": f"redis://{LOOPBACK}:{ports.redis}/0",
        "solr_url": f"http://{LOOPBACK}:{ports.solr}/solr/ckan",
        "ckan.site_id": "opengov",
        "ckan.site_url": f"http://{LOOPBACK}:{ports.web}",
        "ckan.site_title": "Open government",
        "ckanext.opengov.name_ar": "الحكومة المفتوحة",
        "ckanext.opengov.name_fr": "Gouvernement ouvert",
        "ckanext.opengov.contact": "contact@example.org",
        "ckan.plugins": PLUGINS,
        "ckan.storage_path": str(folder / "storage"),
        "ckan.max_resource_size": "512",
        "ckan.locales_offered": "ar fr en",
        "ckan.locale_default": "fr",
        "ckan.locale_order": "ar fr en",
        "ckan.display_timezone": "Africa/Tunis",
        "ckan.views.default_views": "",
        "ckan.gravatar_default": "disabled",
        "ckan.auth.public_user_details": "false",
        "ckan.auth.user_create_organizations": "false",
        "ckan.auth.create_unowned_dataset": "false",
        "ckan.auth.create_dataset_if_not_in_organization": "false",
        "search.facets.limit": "10",
        "smtp.server": f"{LOOPBACK}:{ports.mail}",
        "smtp.mail_from": "portal@example.org",
        "WTF_CSRF_TIME_LIMIT": "28800",
    }


WEBSITE, TELEPHONE = "https://integrity.example.org", "+216 00 000 100"
SAMPLE_SETTINGS = {
    f"ckanext.complaints.corruption_channels{ending}": f"{body} | {WEBSITE}\n{line} | {TELEPHONE}"
    for ending, body, line in (
        ("", "National Integrity Authority", "Telephone of the Authority, day and night"),
        ("_ar", "الهيئة الوطنية للنزاهة", "هاتف الهيئة، ليلا ونهارا"),
        ("_fr", "Autorité nationale de l'intégrité", "Téléphone de l'Autorité, jour et nuit"),
    )
}
"""What a portal with the sample has besides: an authority that does not exist."""


LOGGING = {
    "loggers": {"keys": "root"},
    "handlers": {"keys": "console"},
    "formatters": {"keys": "generic"},
    "logger_root": {"level": "WARNING", "handlers": "console"},
    "handler_console": {
        "class": "StreamHandler",
        "args": "(sys.stderr,)",
        "level": "NOTSET",
        "formatter": "generic",
    },
    "formatter_generic": {"format": "%(asctime)s %(levelname)-5.5s [%(name)s] %(message)s"},
}


def write_ini(path: Path, settings: dict[str, str]) -> None:
    """Write a settings file that only its owner reads."""
    ini = configparser.RawConfigParser()
    ini.optionxform = str  # type: ignore[assignment,method-assign]
    ini["DEFAULT"] = {"debug": "false"}
    ini["app:main"] = settings
    for section, values in LOGGING.items():
        ini[section] = values
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as out:
        ini.write(out)
