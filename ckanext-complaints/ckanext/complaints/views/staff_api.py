"""What programs of the staff call: JSON in and out, a token of the plugin's own, and no cookie.

CKAN's tokens count for nothing here, nor does a browser's session.
"""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

import ckan.plugins.toolkit as tk
from ckan.config.middleware.flask_app import csrf

from ckanext.complaints.views import api

complaints_staff_api = Blueprint(
    "complaints_staff_api", __name__, url_prefix="/complaints/api/staff"
)
# A forged form gains nothing: no cookie counts here, only the token in a header of our own.
csrf.exempt(complaints_staff_api)
complaints_staff_api.before_request(api.speak_the_callers_language)
complaints_staff_api.after_request(api.leave_no_trace)

HEADER = "X-Complaints-Token"
"""Not ``Authorization``: CKAN would take it for one of its tokens, and log that it is none."""
CALLS = ("list", "show", "claim", "acknowledge", "message", "note", "question", "answer")


@complaints_staff_api.post(f"/<any({','.join(CALLS)}):name>")
def call(name: str) -> ResponseReturnValue:
    """Do what a page of the staff does."""
    try:
        asked = {"token": request.headers.get(HEADER, ""), "call": name, "given": api.body()}
        found = tk.get_action("complaint_program_call")({"user": "", "auth_user_obj": None}, asked)
    except tk.ValidationError as error:
        return api.refused(HTTPStatus.UNPROCESSABLE_ENTITY, dict(error.error_dict))
    except tk.ObjectNotFound as error:
        return api.refused(HTTPStatus.NOT_FOUND, {"message": str(error)})
    except tk.NotAuthorized:
        return api.refused(HTTPStatus.FORBIDDEN, {"message": tk._("You may not do this.")})
    except HTTPException as error:
        return api.refused(error.code or 500, {"message": str(error.description)})
    return {"success": True, "result": found}
