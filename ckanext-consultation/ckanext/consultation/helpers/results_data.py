"""What the templates ask for of the results as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

__all__ = ["consultation_dataset"]


def consultation_dataset(consultation: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the dataset of a consultation's results that everyone may see; None: there is none."""
    if not consultation.get("dataset_id"):
        return None
    try:
        asked = {"id": consultation["id"]}
        return dict(tk.get_action("consultation_dataset_show")({}, asked))
    except tk.ObjectNotFound:
        return None
