"""The pages on which moderators read comments and decide on them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

from ckanext.consultation.domain.moderation import DECISIONS
from ckanext.consultation.views import moderating
from ckanext.opengov.shared.web import csrf, forms, kept

consultation_review = Blueprint(
    "consultation_review", __name__, url_prefix="/dashboard/consultation/review"
)
forms.nothing_is_lost(consultation_review)
consultation_review.before_request(csrf.need_token)
consultation_review.before_request(moderating.only_for_the_signed_in)
consultation_review.register_error_handler(tk.NotAuthorized, moderating.refuse)

FILTERS, SAME = ("consultation_id", "cause"), "same_as"
DECISION = ("decision", "reason_code", "public_note", "version")
MISSED = ("decided-meanwhile", "claimed")
"""A colleague came first."""


@consultation_review.get("", strict_slashes=False)
def show() -> ResponseReturnValue:
    """Show one comment to decide on, and what waits after it."""
    try:
        return _page(request.args.get("item"))
    except tk.ValidationError:
        return tk.redirect_to("consultation_review.show")


@consultation_review.get("/<id>")
def item(id: str) -> ResponseReturnValue:
    """Show one comment to decide on."""
    return _page(id, typed=kept.kept() or {})


@consultation_review.post("/<id>/claim")
def claim(id: str) -> ResponseReturnValue:
    """Reserve a comment for the moderator."""
    return _claimed({"id": id})


@consultation_review.post("/take-up")
def take_up() -> ResponseReturnValue:
    """Let a moderator decide on a comment that does not wait."""
    return _claimed({"comment_id": request.form.get("comment_id", "")})


@consultation_review.route("/<id>/decide", methods=["GET", "POST"])
def decide(id: str) -> ResponseReturnValue:
    """Take a decision, and go on with what waits next."""
    if request.method != "POST":
        return _page(id, typed=kept.kept() or {})
    if "release" in request.form:
        tk.get_action("consultation_review_release")({}, {"id": id})
        return tk.redirect_to("consultation_review.show", **_chosen())
    typed = {name: request.form.get(name, "") for name in DECISION}
    try:
        done = tk.get_action("consultation_review_decide")({}, {"id": id, **typed})
    except tk.ValidationError as error:
        if moderating.has_code(error, *MISSED):
            return _page(id, typed=typed, missed=error), moderating.CONFLICT
        return _page(id, typed=typed, error=error), moderating.UNPROCESSABLE
    return tk.redirect_to(
        "consultation_review.show",
        done=typed["decision"],
        seq=done["comment"]["seq"],
        **_chosen(),
    )


@consultation_review.route("/several", methods=["GET", "POST"])
def several() -> ResponseReturnValue:
    """Show some of what waits, to decide the same on it."""
    if request.method != "POST":
        try:
            return _several_page(kept.kept() or {})
        except tk.ValidationError:
            return tk.redirect_to("consultation_review.several")
    typed: dict[str, Any] = {name: request.form.get(name, "") for name in DECISION[:-1]}
    typed["ticked"] = request.form.getlist("ticked")
    pairs = [each.rpartition(":") for each in typed["ticked"]]
    items = [{"id": id, "version": version} for id, _colon, version in pairs]
    try:
        done = tk.get_action("consultation_review_bulk_decide")({}, {**typed, "items": items})
    except tk.ValidationError as error:
        return _several_page(typed, error), moderating.UNPROCESSABLE
    missed = sum(1 for each in done["results"] if each["error"])
    numbers = {"decided": len(items) - missed, "missed": missed, "done": typed["decision"]}
    here = "consultation_review.several"
    return tk.redirect_to(here, **numbers, **_chosen(SAME))


@consultation_review.get("/appeals")
def appeals() -> ResponseReturnValue:
    """Show the appeals on which the moderator can decide."""
    try:
        return _appeals_page()
    except tk.ValidationError:
        return tk.redirect_to("consultation_review.appeals")


@consultation_review.post("/appeals/<id>")
def decide_appeal(id: str) -> ResponseReturnValue:
    """Take a decision on an appeal."""
    typed = {name: request.form.get(name, "") for name in ("decision", "public_note")}
    try:
        tk.get_action("consultation_appeal_decide")({}, {"id": id, **typed})
    except tk.ValidationError as error:
        missed = moderating.has_code(error, *MISSED)
        status = moderating.CONFLICT if missed else moderating.UNPROCESSABLE
        return _appeals_page(id, typed, error), status
    return tk.redirect_to("consultation_review.appeals", done=typed["decision"])


def _chosen(*more: str) -> dict[str, str]:
    """Return what the address narrows the queue by."""
    return {name: request.args[name] for name in (*FILTERS, *more) if request.args.get(name)}


def _claimed(asked: dict[str, str]) -> ResponseReturnValue:
    try:
        found = tk.get_action("consultation_review_claim")({}, asked)
    except tk.ValidationError as error:
        tk.h.flash_error(" ".join(moderating.sentences(error).values()))
        return tk.redirect_to("consultation_review.show", **_chosen())
    return tk.redirect_to("consultation_review.item", id=found["id"], **_chosen())


def _page(
    id: str | None,
    *,
    typed: dict[str, Any] | None = None,
    error: tk.ValidationError | None = None,
    missed: tk.ValidationError | None = None,
) -> str:
    """Render the queue, with the entry of this id or the first one as a card."""
    asked = {**_chosen(), "cursor": request.args.get("cursor")}
    found = tk.get_action("consultation_review_list")({}, asked)
    waiting = found["results"]
    card = next((each for each in waiting if each["id"] == id), None)
    if card is None and id:
        card = tk.get_action("consultation_review_show")({}, {"id": id})
    card = card or next(iter(waiting), None)
    values = {
        **found,
        "card": card,
        "rest": [each for each in waiting if card is None or each["id"] != card["id"]],
        "chosen": _chosen(),
        "typed": typed or {},
        "errors": moderating.sentences(error) if error else {},
        "missed": " ".join(moderating.sentences(missed).values()) if missed else "",
        "done": request.args.get("done", ""),
        "done_seq": request.args.get("seq", ""),
    }
    return str(tk.render("consultation/moderation/queue.html", values))


def _several_page(typed: dict[str, Any], error: tk.ValidationError | None = None) -> str:
    asked = {**_chosen(SAME), "cursor": request.args.get("cursor")}
    found = tk.get_action("consultation_review_list")({}, asked)
    errors = moderating.sentences(error) if error else {}
    if "items" in errors:  # A template would take a mapping's own ``items`` for it.
        errors["ticked"] = errors.pop("items")
    free = [each for each in found["results"] if _is_free(each)]
    values = {
        **found,
        "results": free,
        "decisions": [name for name in DECISIONS if any(name in e["decisions"] for e in free)],
        "chosen": _chosen(),
        "same_as": request.args.get(SAME, ""),
        "typed": typed,
        "errors": errors,
        **{name: request.args.get(name, "") for name in ("done", "decided", "missed")},
    }
    return str(tk.render("consultation/moderation/several.html", values))


def _is_free(entry: dict[str, Any]) -> bool:
    return not entry["claim"] or bool(entry["claim"]["is_mine"])


def _appeals_page(
    id: str = "", typed: dict[str, str] | None = None, error: tk.ValidationError | None = None
) -> str:
    asked = {**_chosen(), "cursor": request.args.get("cursor")}
    values = {
        **tk.get_action("consultation_appeal_list")({}, asked),
        "chosen": _chosen(),
        "asked_id": id,
        "typed": typed or {},
        "errors": moderating.sentences(error) if error else {},
        "done": request.args.get("done", ""),
    }
    return str(tk.render("consultation/moderation/appeals.html", values))
