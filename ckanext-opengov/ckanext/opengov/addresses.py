"""Addresses of pages that many places lead to, each in one place."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk


def of_work(name: str, **options: Any) -> str:
    """Return where a body's people go on with a dataset."""
    return str(tk.url_for("opengov_publish.tasks", id=name, **options))
