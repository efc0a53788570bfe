"""Texts for the tests of consultations: made here, of our own invention."""

import io

from docx import Document
from tests.integration.consultation.conftest import fields, published, shift

from ckan import model

FIRST = """# Projet de décret sur les jardins

## Chapitre premier : Ouverture

### Article premier

Les jardins publics ouvrent chaque matin à sept heures, toute l'année.

### Article 2

Les chiens sont tenus en laisse par leur maître dans toutes les allées.

L'eau de pluie est recueillie dans des citernes couvertes et cadenassées.

## Chapitre II : Entretien

### Article 3

Chaque jardinier entretient sa parcelle une fois par semaine au moins.

### Article 4

Les outils prêtés sont rendus propres avant le coucher du soleil.
"""
ARABIC = """# مشروع أمر يتعلّق بالحدائق

## الباب الأول : الفتح

### الفصل الأول

تفتح الحدائق العمومية كلّ صباح على الساعة السابعة طوال السنة.

### الفصل 2

تقاد الكلاب بمقود في كلّ الممرّات.

تجمع مياه الأمطار في خزّانات مغلقة.

## الباب الثاني : الصيانة

### الفصل 3

يصون كلّ بستاني قطعته مرّة في الأسبوع على الأقلّ.

### الفصل 4

تعاد الأدوات المعارة نظيفة قبل غروب الشمس.
"""
HOURS, DOGS, RAIN, CARE, TOOLS = (
    "chp_1__art_1__p_1",
    "chp_1__art_2__p_1",
    "chp_1__art_2__p_2",
    "chp_2__art_3__p_1",
    "chp_2__art_4__p_1",
)


def add_document(portal, consultation, **more):
    return portal.ok(
        "amel", "consultation_document_create", consultation_id=consultation["id"], **more
    )


def read(portal, document, text=FIRST, language="fr", files=None, who="amel"):
    """Send a text and let the worker read it; return the version as its people see it."""
    sent = {"document_id": document["id"], "language": language}
    if files:
        made = portal.ok(who, "consultation_document_version_create", files, **sent)
    else:
        made = portal.ok(who, "consultation_document_version_create", text=text, **sent)
    portal.work()
    return version(portal, made["id"])


def version(portal, version_id, who="amel"):
    return portal.ok(who, "consultation_document_version_show", version_id=version_id)


def file(name, content):
    return {"upload": (io.BytesIO(content), name)}


def word_file(*paragraphs, styles=()):
    document = Document()
    for place, text in enumerate(paragraphs):
        style = styles[place] if place < len(styles) else None
        document.add_paragraph(text, style=style)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def nodes(portal, who=None, **wish):
    """Return all nodes of a version by id."""
    found, cursor = {}, None
    while True:
        page = portal.ok(who, "consultation_node_list", limit=100, cursor=cursor, **wish)
        found |= {node["eid"]: node for node in page["results"]}
        cursor = page["next_cursor"]
        if not cursor:
            return found


def bodies(portal, who=None, language="fr", **wish):
    """Return what each node with a body says."""
    return {
        eid: node["body_translated"][language]
        for eid, node in nodes(portal, who, **wish).items()
        if node["body_translated"].get(language)
    }


def opened(portal, body, text=FIRST, *more, settings=None, people=("rim", "ali")):
    """A consultation on a text that is open; returns it and its text."""
    settings = settings or {"moderation": "post"}
    draft = portal.ok("amel", "consultation_create", **fields(body, settings=settings))
    document = add_document(portal, draft)
    read(portal, document, text)
    for language, words in more:
        read(portal, document, words, language)
    published(portal, draft)
    shift(draft, opens_at=-1)
    for name in people:
        if model.User.get(name) is None:
            portal.user(name)
    return draft, document


def comment(portal, eid, body="A comment", who="rim", **more):
    return portal.ok(
        who, "consultation_comment_create", consultation_id="transport", eid=eid, body=body, **more
    )


def at(portal, eid, who=None, **more):
    """Return what the comments say that stand at a paragraph."""
    found = portal.ok(
        who, "consultation_comment_list", consultation_id="transport", eid=eid, **more
    )
    return [each["body"] for each in found["results"]]


def next_version(portal, document, text, publisher="sami"):
    """Import and publish the next version; return it."""
    made = read(portal, document, text)
    portal.ok(publisher, "consultation_document_version_publish", version_id=made["id"])
    portal.work()
    return version(portal, made["id"])


def waiting(portal, version_id, who="sami", **more):
    return portal.ok(who, "consultation_question_list", version_id=version_id, **more)["results"]


def orphans(portal, who=None):
    found = portal.ok(who, "consultation_orphan_list", consultation_id="transport")
    return found["results"]
