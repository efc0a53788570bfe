"""A consultation with something on every page of moderation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from ckan import model

AUTHOR, APPROVER, SECOND, CITIZEN = "amel", "sami", "nour", "operator"
"""Of these the second moderator alone needs no token."""
NAME = "muraqaba"
TITLE = {"ar": "مشروع أمر يتعلّق بالمحطّات", "fr": "Projet de décret sur les stations"}
CAMPAIGN = "نطلب من الوزارة الإبقاء على آخر قطار في الليل لأنّ العاملين ليلا لا يجدون وسيلة أخرى"
CALL = "اتّصلوا به على 98 765 432 أو a@example.org، https://example.org"


def moderation(portal, body) -> dict[str, dict[str, str]]:
    """Make it; return the parameters of its pages' addresses by name."""
    settings = {"moderation": "pre"}
    portal.ok(
        AUTHOR, "consultation_create", name=NAME, owner_org=body["id"], kind="regulation",
        primary_lang="ar", title_translated=TITLE, opens_at=_at(1), closes_at=_at(31),
        response_due_at=_at(60), settings=settings,
    )  # fmt: skip
    portal.ok(AUTHOR, "consultation_submit_review", id=NAME)
    portal.ok(APPROVER, "consultation_publish", id=NAME)
    _sql("UPDATE consultation SET opens_at = now() - interval '1 hour' WHERE name = :n", n=NAME)
    root = _say(portal, CITIZEN, "المحطّات بعيدة عن الأحياء، ولا مصعد فيها.", position=-1)
    _decide(portal, root, "publish")
    public = _say(portal, AUTHOR, "Les stations sont loin, « vraiment ».", parent_id=root["id"])
    _decide(portal, public, "publish")
    portal.ok(CITIZEN, "consultation_comment_report", id=public["id"], reason="off-topic")
    hidden = _say(portal, AUTHOR, "ستُحجب هذه الملاحظة")
    _decide(portal, hidden, "publish")
    _decide(portal, hidden, "hide", SECOND, reason_code="other", public_note="لأسباب أخرى")
    portal.ok(AUTHOR, "consultation_appeal_create", id=hidden["id"], text="Ce n'est pas juste.")
    rejected = _say(portal, AUTHOR, "ستُرفض هذه الملاحظة")
    _decide(portal, rejected, "reject", reason_code="abuse", public_note="Il insulte quelqu'un.")
    portal.ok(AUTHOR, "consultation_appeal_create", id=rejected["id"], text="À qui ?")
    contested = _say(portal, AUTHOR, "وهذه أيضا")
    _decide(portal, contested, "reject", reason_code="spam")
    for who in (CITIZEN, AUTHOR):
        _say(portal, who, CAMPAIGN)
    _say(
        portal,
        CITIZEN,
        "اتّصلوا به على 98 765 432 أو a@example.org، https://example.org",
        position=1,
    )
    item = _item(portal, _say(portal, AUTHOR, "Une réponse", parent_id=root["id"]), SECOND)
    portal.forget_pages()
    return {
        "public": {"name": NAME, "seq": str(public["seq"])},
        "contested": {"name": NAME, "seq": str(contested["seq"])},
        "item": {"id": item["id"]},
    }


def _say(portal, who, body, **more):
    given = {"consultation_id": NAME, "body": body, **more}
    return portal.ok(who, "consultation_comment_create", **given)


def _item(portal, comment, who=APPROVER):
    return portal.inside("consultation_review_claim", who, comment_id=comment["id"])


def _decide(portal, comment, decision, who=APPROVER, **more):
    item = _item(portal, comment, who)
    given = {"id": item["id"], "version": item["version"], "decision": decision, **more}
    portal.inside("consultation_review_decide", who, **given)


def _at(days):
    return f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"


def _sql(statement, **values):
    with model.ensure_engine().begin() as connection:
        connection.execute(sa.text(statement), values)
