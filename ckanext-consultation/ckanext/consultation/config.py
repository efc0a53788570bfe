"""The options of consultations, one reader each; config_declaration.yaml describes them."""

from __future__ import annotations

from datetime import timedelta

import ckan.plugins.toolkit as tk


def least_days() -> int:
    """Return for how many days a consultation is open at least."""
    return int(tk.config["ckanext.consultation.least_days"])


def reminder() -> timedelta:
    """Return how long before it closes followers are reminded of a consultation; 0: never."""
    return timedelta(days=int(tk.config["ckanext.consultation.reminder_days"]))


def form_seconds() -> int:
    """Return how many seconds a person needs at least to read a form and fill it in."""
    return int(tk.config["ckanext.consultation.form_seconds"])
