"""Registers the consultation plugin with CKAN."""

from __future__ import annotations

import ckan.plugins as p


class ConsultationPlugin(p.SingletonPlugin):
    """The consultation plugin."""
