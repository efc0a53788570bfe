"""The pages of texts: read by everyone, worked on by a body's people; all without a script."""

import io
import itertools
import re
import uuid
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from tests.integration.consultation.conftest import fields, published, shift
from tests.integration.consultation.drafts import (
    ARABIC,
    CARE,
    DOGS,
    FIRST,
    add_document,
    at,
    bodies,
    comment,
    next_version,
    nodes,
    opened,
    orphans,
    read,
    waiting,
)
from tests.integration.consultation.test_texts_versions import CHANGED

from ckan import model

TEXT = "/consultation/transport/text/1"
WORK = "/consultation/transport/texts"


def page(portal, path, client=None, status=200):
    # Redirections name the host; the browser's cookies belong to another.
    path = urlsplit(path)._replace(scheme="", netloc="").geturl()
    answer = (client or portal.client.flask_app.test_client()).get(path)
    model.Session.remove()
    assert answer.status_code == status, answer.text[:2000]
    return answer.text


def signed_in(portal, name):
    """A browser in which somebody is signed in."""
    client = portal.client.flask_app.test_client()
    typed = {"login": name, "password": "correct-horse-battery"}
    portal.fill_in("/user/login", client, **typed)
    return client


@pytest.fixture
def document(portal, body):
    return opened(portal, body, FIRST, ("ar", ARABIC))[1]


@pytest.mark.parametrize(
    ("language", "words", "direction"),
    [("fr", "Les chiens sont tenus", "ltr"), ("ar", "تقاد الكلاب", "rtl")],
)
def test_everyone_reads_the_text_in_their_language(portal, document, language, words, direction):
    found = page(portal, f"/{language}{TEXT}")

    assert words in found
    assert f'<div class="og-para" id="{DOGS}">' in found
    assert f'lang="{language}" dir="{direction}"' in found
    other = "fr" if language == "ar" else "ar"
    assert words not in page(portal, f"/{language}{TEXT}?words={other}")


def test_a_paragraph_has_its_number_a_link_and_its_comments_beside_it(portal, document):
    comment(portal, DOGS, "On **dogs** & <script>alert(1)</script>")

    found = page(portal, f"/fr{TEXT}")

    assert f'href="#{DOGS}"' in found
    assert "<bdi>2 § 1</bdi>" in found
    assert "On <strong>dogs</strong> &amp; &lt;script&gt;" in found
    assert f'href="/fr/consultation/transport/text/1/{DOGS}#opinion"' in found
    assert "<script>alert" not in found


def test_headings_go_down_one_by_one(portal, document):
    comment(portal, DOGS, "On dogs")
    for path in (TEXT, f"{TEXT}/{DOGS}", f"{TEXT}/without-paragraph"):
        levels = [int(each) for each in re.findall(r"<h([1-6])", page(portal, path))]
        main = levels[levels.index(1) :]
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in itertools.pairwise(main))


def test_what_is_not_there_is_not_found(portal, document):
    for path in (
        "/consultation/transport/text/9",
        "/consultation/transport/text/x",
        "/consultation/other/text/1",
        f"{TEXT}/art_99",
        f"{TEXT}?part=9",
        "/consultation/transport/diff/1..9",
        "/consultation/transport/diff/1",
    ):
        page(portal, path, status=404)


def test_who_approves_is_led_to_the_text(portal, draft):
    read(portal, add_document(portal, draft))
    portal.ok("amel", "consultation_submit_review", id="transport")
    sami = signed_in(portal, "sami")

    for path in ("manage", "manage/publish"):
        assert f'href="/en{TEXT}">Read the text' in page(
            portal, f"/en/consultation/transport/{path}", sami
        )


def test_a_draft_is_there_for_its_people_alone(portal, draft):
    made = read(portal, add_document(portal, draft))
    portal.body("other", rim="admin")

    page(portal, TEXT, status=404)
    page(portal, TEXT, signed_in(portal, "rim"), status=404)
    for path in ("", "/import", f"/{made['id']}", f"/{made['id']}/nodes/{DOGS}"):
        page(portal, f"{WORK}{path or '/'}", signed_in(portal, "rim"), status=404)
        assert page(portal, f"{WORK}{path or '/'}", status=302)
    assert "og-note--warn" in page(portal, TEXT, signed_in(portal, "amel"))


def test_somebody_comments_on_a_paragraph(portal, document):
    client = signed_in(portal, "rim")

    answer = portal.fill_in(
        f"/fr{TEXT}/{DOGS}", client, body="Les chats aussi.", position="-1",
        client_token=str(uuid.uuid4()),
    )  # fmt: skip

    assert answer.status_code == 302
    assert at(portal, DOGS) == ["Les chats aussi."]
    shown = page(portal, answer.headers["Location"], client)
    assert "Les chats aussi." in shown
    assert 'id="said"' in shown


def test_what_was_typed_stays_where_it_is_refused(portal, document):
    client = signed_in(portal, "rim")

    answer = portal.fill_in(f"{TEXT}/{DOGS}", client, body="  ", position="7")

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_who_read_an_old_version_keeps_what_they_typed(portal, document):
    client = signed_in(portal, "rim")
    path = f"{TEXT}/{DOGS}"
    token = re.search(r'name="_csrf_token" value="([^"]+)"', page(portal, path, client))[1]
    next_version(portal, document, CHANGED["edited"])

    form = {"_csrf_token": token, "body": "Les chats aussi.", "position": "1"}
    answer = client.post(path, data=form)
    model.Session.remove()

    assert answer.status_code == 422
    assert "Les chats aussi." in answer.text
    assert 'href="/consultation/transport/text/2"' in answer.text
    assert at(portal, DOGS) == []


def test_nobody_comments_on_a_closed_one(portal, body):
    draft, _document = opened(portal, body)
    shift(draft, opens_at=-40, closes_at=-1)

    assert "#opinion" not in page(portal, TEXT)
    assert 'id="opinion"' not in page(portal, f"{TEXT}/{DOGS}", signed_in(portal, "rim"))


def test_a_comparison_is_read_without_colour(portal, document):
    next_version(portal, document, CHANGED["edited"])

    found = page(portal, "/fr/consultation/transport/diff/1..2")

    assert re.search(r'<del><span class="visually-hidden">[^<]+</span>maître</del>', found)
    assert re.search(r'<ins><span class="visually-hidden">[^<]+</span>propriétaire</ins>', found)
    assert 'href="/fr/consultation/transport/text/2"' in found
    assert "1..2" in page(portal, "/fr/consultation/transport/text/2")


def test_old_versions_stay_readable_and_lead_to_the_current_one(portal, document):
    next_version(portal, document, CHANGED["edited"])

    found = page(portal, TEXT)

    assert "par leur maître" in page(portal, f"/fr{TEXT}")
    assert 'href="/consultation/transport/text/2"' in found
    assert "#opinion" not in found


def test_lost_comments_are_listed_with_the_former_words(portal, document):
    comment(portal, DOGS, "On dogs")
    next_version(portal, document, CHANGED["deleted"])

    assert "without-paragraph" in page(portal, "/fr/consultation/transport/text/2")
    found = page(portal, "/fr/consultation/transport/text/2/without-paragraph")
    assert "On dogs" in found
    assert "par leur maître dans toutes les allées" in found


def test_hidden_words_are_on_no_page(portal, body):
    _draft, document = opened(portal, body, settings={"moderation": "pre"})
    comment(portal, DOGS, "Waits for somebody")
    next_version(portal, document, CHANGED["deleted"])

    for path in (TEXT, f"{TEXT}/{DOGS}", "/consultation/transport/text/2/without-paragraph"):
        assert "Waits for somebody" not in page(portal, path)
    assert orphans(portal) == []


def test_a_body_imports_a_text_by_pages(portal, draft):
    client = signed_in(portal, "amel")
    assert "og-empty" in page(portal, f"{WORK}/", client)

    answer = portal.fill_in(
        f"{WORK}/import", client, language="fr", upload=(io.BytesIO(FIRST.encode()), "text.md")
    )
    assert answer.status_code == 302
    job = page(portal, answer.headers["Location"], client)
    assert 'http-equiv="refresh"' in job
    assert "<progress" in job
    portal.work()
    found = page(portal, answer.headers["Location"], client)
    assert 'http-equiv="refresh"' not in found
    assert "text.md" in found
    assert DOGS in page(portal, TEXT, client)


def test_a_file_that_cannot_be_read_is_explained_on_the_page(portal, draft):
    client = signed_in(portal, "amel")

    bad = {"language": "fr", "upload": (io.BytesIO(b"PK no"), "text.docx")}
    answer = portal.fill_in(f"{WORK}/import", client, **bad)
    portal.work()
    assert "og-verdict" in page(portal, answer.headers["Location"], client)
    without = portal.fill_in(f"{WORK}/import", client, text="Some")
    assert (without.status_code, 'href="#field-language"' in without.text) == (422, True)
    assert "Some" in without.text
    assert len(portal.ok("amel", "consultation_show", id="transport")["documents"]) == 1


def test_a_body_changes_paragraphs_by_pages(portal, draft):
    made = read(portal, add_document(portal, draft))
    client = signed_in(portal, "amel")
    there = f"{WORK}/{made['id']}/nodes"
    assert DOGS in page(portal, there, client)
    shown = nodes(portal, "amel", version_id=made["id"])

    def send(path, **typed):
        seen = nodes(portal, "amel", version_id=made["id"])[path.split("/")[0]]["fingerprint"]
        return portal.fill_in(f"{there}/{path}", client, fingerprint=seen, **typed).status_code

    old = {"fingerprint": shown[DOGS]["fingerprint"]}
    assert send(DOGS, **{"body-fr": "Un.\n\nDeux.", "number-fr": "", "kind": "paragraph"}) == 302
    late = portal.fill_in(f"{there}/{DOGS}", client, **{**old, "body-fr": "Un autre."})
    assert (late.status_code, "Un autre." in late.text) == (409, True)
    assert send(f"{DOGS}/split", **{"body-fr": "Un.\n\nDeux."}) == 302
    said = list(bodies(portal, "amel", version_id=made["id"]).values())
    assert said[1:3] == ["Un.", "Deux."]
    assert send(f"{DOGS}/split", **{"body-fr": "Un."}) == 422
    assert send(f"{DOGS}/join") == 302
    assert (
        send(f"{DOGS}/after", place="after", kind="paragraph", language="fr", body="Neuf.") == 302
    )
    assert send("chp_2__art_3/delete") == 422
    assert send("chp_2__art_3/delete", with_contents="yes") == 302
    said = bodies(portal, "amel", version_id=made["id"])
    assert CARE not in said
    assert "Neuf." in said.values()


def test_paragraphs_of_two_languages_are_paired_by_a_page(portal, draft):
    document = add_document(portal, draft)
    made = read(portal, document)
    joined = read(portal, document, ARABIC.replace("تجمع مياه", "زائدة.\n\nتجمع مياه"), "ar")
    [misfit] = joined["imports"][-1]["found"]["misfits"]
    client = signed_in(portal, "amel")
    one, extra, two = misfit["second"]

    answer = portal.fill_in(
        f"{WORK}/{made['id']}/pair", client,
        **{f"pair-{one}": misfit["first"][0], f"pair-{extra}": "-", f"pair-{two}": ""},
    )  # fmt: skip

    assert answer.status_code == 302
    assert bodies(portal, "amel", "ar", version_id=made["id"])[DOGS].startswith("تقاد")


def test_a_new_version_is_published_and_its_comments_placed_by_pages(portal, document):
    comment(portal, DOGS, "On dogs")
    made = read(portal, document, CHANGED["split"])
    client = signed_in(portal, "sami")
    publish = f"{WORK}/{made['id']}/publish"
    assert "<li>" in page(portal, publish, client)

    answer = portal.fill_in(publish, client, revision="1")
    assert answer.status_code == 302
    portal.work()
    assert f"{made['id']}/comments" in page(portal, answer.headers["Location"], client)
    [asked] = waiting(portal, made["id"])
    part = asked["candidates"][0]["eid"]
    place = f"{WORK}/{made['id']}/comments"
    assert part in page(portal, place, client)
    nothing = portal.fill_in(place, client, comment_id=asked["comment"]["id"])
    assert nothing.status_code == 422
    answer = portal.fill_in(
        place, client, comment_id=asked["comment"]["id"], place=f"edited {part}"
    )
    assert answer.status_code == 302
    assert at(portal, part) == ["On dogs"]
    assert "On dogs" in page(portal, "/fr/consultation/transport/text/2")


def test_a_draft_is_discarded_and_a_text_taken_out_after_a_question(portal, draft):
    document = add_document(portal, draft)
    made = read(portal, document)
    client = signed_in(portal, "amel")

    assert portal.fill_in(f"{WORK}/{made['id']}/discard", client).status_code == 302
    assert portal.fill_in(f"{WORK}/remove/{document['id']}", client).status_code == 302
    assert portal.ok("amel", "consultation_show", id="transport")["documents"] == []


def test_a_version_is_begun_with_the_words_of_the_last(portal, document):
    client = signed_in(portal, "amel")

    answer = portal.fill_in(f"{WORK}/", client, send_to=f"{WORK}/copy", document=document["id"])

    assert answer.status_code == 302
    assert DOGS in page(portal, answer.headers["Location"], client)


def long_text(paragraphs):
    """A law with so many paragraphs in articles of ten."""
    lines = ["# Loi"]
    for number in range(paragraphs):
        if number % 100 == 0:
            lines.append(f"## Chapitre {number // 100 + 1}")
        if number % 10 == 0:
            lines.append(f"### Article {number // 10 + 1}")
        lines.append(f"La règle numéro {number} vaut pour chaque jardin de la commune {number}.")
    return "\n\n".join(lines)


def statements_of(portal, path):
    seen = []

    def note(_connection, _cursor, statement, *_more):
        seen.append(statement)

    sa.event.listen(model.ensure_engine(), "before_cursor_execute", note)
    try:
        found = page(portal, path)
    finally:
        sa.event.remove(model.ensure_engine(), "before_cursor_execute", note)
    return seen, found


def test_a_long_text_costs_as_many_questions_and_comes_in_parts(portal, body):
    draft = portal.ok("amel", "consultation_create", **fields(body))
    document = add_document(portal, draft)
    read(portal, document, long_text(20))
    short = add_document(portal, draft)
    read(portal, short, long_text(2000))
    published(portal, draft)

    portal.forget_pages()
    few, _small = statements_of(portal, TEXT)
    portal.forget_pages()
    many, found = statements_of(portal, "/consultation/transport/text/2-1")

    assert len(many) == len(few)
    assert len(found) < 600_000
    assert found.count('class="og-para"') <= 200
    assert "part=2" in found
    shown = portal.ok(None, "consultation_text_show", consultation_id="transport", version="2-1")
    end = page(portal, f"/consultation/transport/text/2-1?part={shown['parts']}")
    assert "La règle numéro 1999" in end


def test_pages_are_kept_until_something_is_said(portal, document):
    next_version(portal, document, CHANGED["edited"])
    paths = (
        "/fr/consultation/transport/text/2",
        "/fr/consultation/transport/text/2?words=ar",
        "/fr/consultation/transport/text/2/without-paragraph",
        "/fr/consultation/transport/diff/1..2",
    )

    def told(path):
        answer = portal.client.flask_app.test_client(use_cookies=False).get(path)
        model.Session.remove()
        return answer.headers.get("X-Opengov-Cache"), answer.text

    for path in paths:
        assert [told(path)[0] for _ in range(2)] == ["miss", "hit"]
    comment(portal, DOGS, "New words")
    assert told(paths[0])[0] == "miss"
    assert "New words" in told(paths[0])[1]
