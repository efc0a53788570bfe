"""The WSGI application: CKAN with the settings file named by ``CKAN_INI``."""

from __future__ import annotations

import os
from logging.config import fileConfig

from ckan.cli import load_config
from ckan.config.middleware import make_app

settings = load_config(os.environ["CKAN_INI"])
# CKAN switches off the loggers that exist by then, its own too: an error would
# be answered, and nobody would learn why.
fileConfig(os.environ["CKAN_INI"], disable_existing_loggers=False)
application = make_app(settings)
