"""Where people come to consultations from other pages."""

from __future__ import annotations

from collections.abc import Iterator

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.consultation import news
from ckanext.consultation.model import follows, participations, work
from ckanext.opengov.shared import kinds, places
from ckanext.opengov.shared.domain.wording import N_

AT_ONCE = 100


def _fact() -> str:
    count = news.open_ones()["count"]
    if not count:
        return tk._("None is open just now")
    return tk.ungettext("{number} open", "{number} open", count).format(
        number=tk.h.opengov_number(count)
    )


def _facts(body_id: str) -> list[places.Fact]:
    [*found] = tk.get_action("consultation_body_list")({}, {"owner_org": body_id})
    facts = []
    for each in found:
        here = tk.url_for("consultation_body.show", id=each["name"])
        facts.append(places.Fact(tk._("Consultations"), each["count"], here))
        if each["overdue"]:
            late = tk.url_for("consultation_body.show", id=each["name"], overdue="1")
            facts.append(places.Fact(tk._("Replies overdue"), each["overdue"], late))
    return facts


def _pages() -> Iterator[places.Listed]:
    yield "consultation.index", {}, None
    cursor = None
    while True:
        anyone = Context(user="", auth_user_obj=None)
        found = tk.get_action("consultation_list")(anyone, {"limit": AT_ONCE, "cursor": cursor})
        for each in found["results"]:
            yield "consultation.read", {"name": each["name"]}, each["published_at"]
        cursor = found["next_cursor"]
        if not cursor:
            return


def _find(context: Context, words: str, limit: int) -> kinds.Found:
    found = tk.get_action("consultation_list")(context, {"q": words, "limit": limit})
    return kinds.Found(found["count"], found["results"])


def _source(dataset_id: str) -> tuple[str, str] | None:
    try:
        found = tk.get_action("consultation_source_show")({}, {"dataset_id": dataset_id})
    except tk.ObjectNotFound:
        return None
    title = tk.h.consultation_text(found["title_translated"], found["primary_lang"])["text"]
    return title, tk.url_for("consultation.read", name=found["name"])


places.register(
    places.Origin("consultation", N_("Results of the consultation"), _source),
    places.Door(
        name="consultation",
        title=N_("Consultations"),
        text=N_("Read draft laws and decisions before they are made, and say what you think."),
        endpoint="consultation.index",
        icon="consult",
        blueprints=("consultation", "consultation_staff"),
        fact=_fact,
        news="consultation/home.html",
    ),
    places.BodyPage(N_("Consultations"), "consultation_body.show", _facts),
    places.Desk(N_("Consultations"), "consultation_staff.work", work.has_any),
    places.Desk(
        N_("What I said"), "consultation_people.index", participations.has_any, is_own=True
    ),
    places.Desk(
        N_("What you follow"), "consultation_follow.mine", follows.follows_any, is_own=True
    ),
    places.Part("consultations", _pages),
)
kinds.register(
    kinds.Kind(
        name="consultation",
        title=N_("Consultations"),
        find=_find,
        snippet="consultation/snippets/item.html",
        variable="consultation",
        listing="consultation.index",
    )
)
