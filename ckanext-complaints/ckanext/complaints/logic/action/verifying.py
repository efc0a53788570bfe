"""Whether a signed acknowledgement is ours, for whoever is shown one."""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ckanext.complaints import keys
from ckanext.complaints.domain import acknowledgements
from ckanext.complaints.domain.acknowledgements import STATED, NotGenuine
from ckanext.complaints.logic.content import content_action
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.wording import N_

__all__ = ["complaint_acknowledgement_verify"]


class PaperNeeded(DomainError):
    """Nothing was shown."""

    code = "required"
    field = "document"
    template = N_("Paste the acknowledgement, or choose its file.")


@content_action
def complaint_acknowledgement_verify(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Tell whether an acknowledgement is ours as it is, and what it says. Nothing is stored.

    Returns ``is_genuine``, ``stated`` (``reference``, ``body``, ``unit``, ``received_on``,
    ``ack_due``, ``answer_due``) if it is, and ``is_of_text`` if a text was given. No case is
    looked at: what became of it since, this does not tell.

    Args:
        document (str or dict): the acknowledgement, as it was handed out
        text (str, optional): what happened, as the complaint says it, to check that it is about it
    """
    tk.check_access("complaint_track", context, data_dict)
    document, text = data_dict.get("document"), data_dict.get("text")
    if not document:
        raise PaperNeeded
    paper = json.dumps(document) if isinstance(document, dict) else str(document).strip()
    try:
        found = acknowledgements.check(paper.encode(), keys.acknowledgement_keys())
    except (NotGenuine, UnicodeEncodeError):
        return {"is_genuine": False, "stated": None, "is_of_text": None}
    return {
        "is_genuine": True,
        "stated": {name: found[name] for name in STATED},
        "is_of_text": acknowledgements.is_of(found, text)
        if isinstance(text, str) and text
        else None,
    }
