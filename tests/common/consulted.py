"""Consultations in every state, with comments in every state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from ckan import model

from ckanext.consultation.logic import guesting
from ckanext.consultation.model.guests import Draft
from ckanext.opengov.shared.leaving import Subscription, token

AUTHOR, APPROVER, CITIZEN = "amel", "sami", "operator"
SUMMARY = {
    "ar": "ما الذي يتغيّر، ولمن:\n\n- **الحافلات** والمترو\n- كلّ المحطّات",
    "fr": "Ce qui change, et pour qui :\n\n- les **bus** et le métro\n- toutes les stations",
}
WITH_GUESTS = ("maftuha", "nass")
WINDOWS = {
    "qadima": (3, 33, 60),
    "maftuha": (-3, 2, 30),
    "mughlaqa": (-40, -3, 20),
    "mutaakhira": (-60, -30, -2),
    "mujaba": (-60, -30, 5),
    "mahfudha": (-90, -60, -40),
}
"""Of what is public: from now, days until it opens, closes, is to be answered."""
TITLES = {
    "musawwada": ("مشروع قانون الأرشيف", "Projet de loi sur les archives"),
    "muada": ("مشروع قانون المياه", "Projet de loi sur l'eau"),
    "muraja": ("مشروع أمر يتعلّق بالطرقات", "Projet de décret sur les routes"),
    "qadima": ("مخطّط المناخ", "Plan pour le climat"),
    "maftuha": ("مشروع أمر يتعلّق بالنقل العمومي", "Projet de décret sur les transports publics"),
    "mughlaqa": ("ميزانية المعهد", "Budget de l'institut"),
    "mutaakhira": ("سياسة المدن", "Politique de la ville"),
    "mujaba": ("مشروع قرار الموانئ", "Projet d'arrêté sur les ports"),
    "mahfudha": ("مخطّط الغابات", "Plan pour les forêts"),
    "mulghat": ("مشروع قانون البحر", "Projet de loi sur la mer"),
    "nass": ("مشروع أمر يتعلّق بالحدائق", "Projet de décret sur les jardins"),
}


def consultations(portal, body) -> dict[str, dict[str, str]]:
    """Make them all; return the parameters of their pages' addresses by name."""
    for name in TITLES.keys() - {"nass"}:
        _draft(portal, body, name)
    _review(portal, "muada")
    portal.ok(APPROVER, "consultation_return", id="muada", reason="ينقص الملخّص")
    _review(portal, "muraja")
    for name in (*WINDOWS, "mulghat"):
        _review(portal, name)
        portal.ok(APPROVER, "consultation_publish", id=name)
    portal.ok(APPROVER, "consultation_cancel", id="mulghat", reason="سُحب المشروع")
    _open("maftuha")
    seqs = _comments(portal)
    for name, window in WINDOWS.items():
        _move(name, window)
    _sql("UPDATE consultation SET state = 'results', answered_at = now() WHERE name = 'mujaba'")
    _sql("UPDATE consultation SET state = 'archived', answered_at = now() WHERE name = 'mahfudha'")
    portal.forget_pages()
    return {name: {"name": name} for name in TITLES} | seqs


def open_one(portal, body, name="maftuha"):
    """Make one that is open to guests."""
    _draft(portal, body, name)
    _review(portal, name)
    portal.ok(APPROVER, "consultation_publish", id=name)
    _open(name)
    first = {"consultation_id": name, "body": "الحافلات لا تكفي في الخطّ 12."}
    portal.ok(AUTHOR, "consultation_comment_create", **first)
    portal.forget_pages()


def guests(portal) -> dict[str, str]:
    """Let somebody without an account write; return the parameters of the page of their link."""
    given = {"body": "الحافلة تتأخّر كلّ صباح", "kind": "organization", "org_name": "جمعية المسافرين"}
    asked = {"consultation_id": "maftuha", "email": "leila@example.org", **given}
    portal.ok(None, "consultation_guest_ask", **asked)
    with portal.client.flask_app.test_request_context():
        [draft] = model.Session.query(Draft).all()
        token = guesting.tokens_of(model.Session, draft.id)[0]
    model.Session.remove()
    portal.work()
    return {"name": "maftuha", "token": token}


def leaving(portal, following) -> dict[str, str]:
    """Return the link of a mail about the open one."""
    here = portal.ok(CITIZEN, "consultation_follow_create", consultation_id=following["name"])
    subscription = Subscription("consultation", "somebody", here["consultation_id"])
    with portal.client.flask_app.test_request_context():
        return {"token": token(subscription)}


def answers(portal) -> dict[str, str]:
    """Answer the open one; return the parameters of the pages with themes and replies."""
    here = {"consultation_id": "maftuha"}
    words = {"ar": "تواتر الحافلات", "fr": "Fréquence des bus"}
    theme = portal.ok(AUTHOR, "consultation_theme_create", **here, title_translated=words)
    found = portal.ok(AUTHOR, "consultation_theme_comment_list", **here, limit=5)["results"]
    ids = [each["id"] for each in found]
    portal.ok(AUTHOR, "consultation_theme_comment_add", id=theme["id"], comment_ids=ids)
    text = {"ar": "تُضاعف الرحلات صباحا.", "fr": "Les passages doublent le matin."}
    given = {**here, "decision": "in-part", "text_translated": text}
    for target in ({"theme_id": theme["id"]}, {}):
        reply = portal.ok(AUTHOR, "consultation_reply_create", **given, **target)
        portal.ok(APPROVER, "consultation_reply_publish", id=reply["id"])
    again = portal.ok(AUTHOR, "consultation_theme_create", **here, title_translated=words)
    draft = portal.ok(AUTHOR, "consultation_reply_create", **given, theme_id=again["id"])
    return {"name": "maftuha", "theme_id": again["id"], "reply_id": draft["id"]}


def texts(portal, body) -> list[dict[str, str]]:
    """Make a consultation on a text in its second version; return parameters of its pages.

    A third version is being prepared, and a text in a draft.
    """
    _draft(portal, body, "nass")
    document = portal.ok(AUTHOR, "consultation_document_create", consultation_id="nass")
    _read(portal, document, TEXT)
    _review(portal, "nass")
    portal.ok(APPROVER, "consultation_publish", id="nass")
    _open("nass")
    for eid, words in (("art_1__p_1", "ساعة مبكّرة"), ("art_2__p_1", "À revoir")):
        said = {"consultation_id": "nass", "eid": eid, "body": words}
        portal.ok(CITIZEN, "consultation_comment_create", **said)
    second = _read(portal, document, TEXT.replace("سبعة", "ثمانية").split("### الفصل 2")[0])
    portal.ok(APPROVER, "consultation_document_version_publish", version_id=second["id"])
    portal.work()
    third = portal.ok(
        AUTHOR, "consultation_document_version_create", document_id=document["id"], copy=True
    )
    _read(portal, document, FRENCH, "fr")
    other = portal.ok(AUTHOR, "consultation_document_create", consultation_id="musawwada")
    _read(portal, other, TEXT)
    here = {"name": "nass", "eid": "art_1__p_1", "pair": "1..2"}
    return [
        {"name": "musawwada", "document_id": other["id"]},
        {**here, "version": "2", "version_id": third["id"]},
        {**here, "version": "1", "version_id": second["id"]},
    ]


TEXT = """# مشروع أمر يتعلّق بالحدائق

### الفصل الأول

تفتح الحدائق العمومية كلّ صباح على الساعة سبعة طوال السنة.

تجمع مياه الأمطار في خزّانات مغلقة.

### الفصل 2

تقاد الكلاب بمقود في كلّ الممرّات.
"""


FRENCH = """# Projet de décret sur les jardins

### Article premier

Les jardins publics ouvrent chaque matin à huit heures, toute l'année.

### Article 9

Les bancs sont repeints en été.
"""


def _read(portal, document, text, language="ar"):
    sent = {"document_id": document["id"], "language": language, "text": text}
    made = portal.ok(AUTHOR, "consultation_document_version_create", **sent)
    portal.work()
    return made


def _draft(portal, body, name):
    arabic, french = TITLES[name]
    portal.ok(
        AUTHOR,
        "consultation_create",
        name=name,
        owner_org=body["id"],
        kind="regulation",
        primary_lang="ar",
        title_translated={"ar": arabic, "fr": french},
        summary_translated=SUMMARY,
        opens_at=_at(1),
        closes_at=_at(31),
        response_due_at=_at(60),
        settings={"moderation": "post", "edit_minutes": 1440, "guests": name in WITH_GUESTS},
    )


def _review(portal, name):
    portal.ok(AUTHOR, "consultation_submit_review", id=name)


def _comments(portal):
    """Let people speak in the open one; return where a comment and some stones stand."""

    def say(who, body, **more):
        given = {"consultation_id": "maftuha", "body": body, **more}
        return portal.ok(who, "consultation_comment_create", **given)

    first = say(CITIZEN, "الحافلات لا تكفي في الخطّ 12.\n\n- صباحا\n- مساء", position=-1)
    for number in range(1, 6):
        answer = say(AUTHOR, f"جواب عدد {number}", parent_id=first["id"])
        portal.ok(CITIZEN, "consultation_comment_vote", id=answer["id"], value=1)
    below = say(CITIZEN, "Et le soir aussi, « toujours ».", parent_id=answer["id"])
    say(AUTHOR, "نعم", parent_id=below["id"])
    own = say(AUTHOR, "Le délai est réaliste pour les stations.", position=1)
    portal.ok(CITIZEN, "consultation_comment_vote", id=own["id"], value=-1)
    portal.ok(AUTHOR, "consultation_comment_update", id=own["id"], body="Le délai est trop court.")
    stones = [say(CITIZEN, f"ملاحظة أخرى {number}") for number in range(3)]
    portal.ok(CITIZEN, "consultation_comment_withdraw", id=stones[0]["id"])
    _sql("UPDATE consultation_comment SET state = 'hidden' WHERE id = :id", id=stones[1]["id"])
    _sql(
        "UPDATE consultation_comment SET state = 'erased', body = '', search_text = '',"
        " norm_sha256 = NULL WHERE id = :id",
        id=stones[2]["id"],
    )
    waiting = say(AUTHOR, "ملاحظة تنتظر المراجعة")
    _sql(
        "UPDATE consultation_comment SET state = 'pending', published_at = NULL WHERE id = :id",
        id=waiting["id"],
    )
    for number in range(22):
        # Nobody says more than twenty things in an hour.
        who = (CITIZEN, APPROVER)[number % 2]
        say(who, f"ملاحظة قصيرة عدد {number}", position=number % 3 - 1)
    return {
        "own": {"name": "maftuha", "seq": str(own["seq"])},
        "first": {"name": "maftuha", "seq": str(first["seq"])},
        "below": {"name": "maftuha", "seq": str(below["seq"])},
        "stone": {"name": "maftuha", "seq": str(stones[1]["seq"])},
        "waiting": {"name": "maftuha", "seq": str(waiting["seq"])},
    }


def _at(days):
    return f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"


def _open(name):
    _sql("UPDATE consultation SET opens_at = now() - interval '1 hour' WHERE name = :n", n=name)


def _move(name, window):
    """Move the dates of a consultation, as if the time had passed."""
    names = ("opens_at", "closes_at", "response_due_at")
    moments = {
        each: datetime.now(UTC) + timedelta(days=days)
        for each, days in zip(names, window, strict=True)
    }
    changes = ", ".join(f"{each} = :{each}" for each in names)
    _sql(f"UPDATE consultation SET {changes} WHERE name = :name", name=name, **moments)


def _sql(statement, **values):
    with model.ensure_engine().begin() as connection:
        connection.execute(sa.text(statement), values)
