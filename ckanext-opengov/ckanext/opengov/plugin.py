"""Registers the base plugin with CKAN."""

from __future__ import annotations

import ckan.plugins as p


class OpengovPlugin(p.SingletonPlugin):
    """Publication of datasets, and the code that all three plugins share."""
