"""Registers the complaints plugin with CKAN."""

from __future__ import annotations

import ckan.plugins as p


class ComplaintsPlugin(p.SingletonPlugin):
    """The complaints plugin."""
