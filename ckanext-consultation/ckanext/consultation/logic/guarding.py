"""What tells people who fill in a form from programs, before anyone is asked to prove it."""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ckanext.consultation import config
from ckanext.consultation.domain import form_tokens
from ckanext.consultation.domain.abuse import TRAP_FIELD, is_trapped
from ckanext.consultation.domain.form_tokens import Form, Purpose

TOKEN_FIELD = "form_token"  # noqa: S105 - its name
FIELDS = (TOKEN_FIELD, TRAP_FIELD)
"""What a form of the web sends beside what people type."""


def token(purpose: str, consultation_id: str, user_id: str | None, now: datetime) -> str:
    """Return the mark of time that a form carries which is shown now."""
    return form_tokens.issued(_key(), Form(Purpose(purpose), consultation_id, user_id), now)


def is_suspect(context: Context, data_dict: DataDict, form: Form, now: datetime) -> bool:
    """Tell whether a program filled in the form; what comes by the API has none.

    Raises:
        FormNotOurs, SentTooFast, FormTooOld: see ``form_tokens.check``.
    """
    if not context.get("for_view"):
        return False
    carried = str(data_dict.get(TOKEN_FIELD) or "")
    form_tokens.check(_key(), form, carried, now, least_seconds=config.form_seconds())
    return is_trapped(str(data_dict.get(TRAP_FIELD) or ""))


def _key() -> bytes:
    secret: Any = tk.config["SECRET_KEY"]
    return hmac.digest(str(secret).encode(), b"consultation forms", "sha256")
