"""The pages with themes and replies, by their people and by everyone."""

import pytest
from tests.integration.consultation.drafts import DOGS, opened
from tests.integration.consultation.test_answers import TEXT, TITLE, reply, theme
from tests.integration.consultation.test_comments import said
from tests.integration.opengov.test_publish import sign_in

ACCEPTED = {"decision": "accepted", "text_translated": TEXT}
WORK = "/en/consultation/transport/manage/answers/"


@pytest.fixture
def comment(portal, is_open):
    return said(portal, body="The bus of line 12 is late.", position=-1)


@pytest.fixture
def amel(portal, comment):
    return sign_in(portal, "amel")


def form(texts, field, **more):
    return {f"{field}-{lang}": text for lang, text in texts.items()} | more


def test_a_comment_is_sorted_answered_and_read(portal, comment, amel):
    made = portal.fill_in(WORK + "theme", amel, **form(TITLE, "title_translated"))
    [found] = portal.ok("amel", "consultation_theme_list", consultation_id="transport")
    gathered = portal.fill_in(
        WORK, amel, send_to=WORK + "gather", theme_id=found["id"], comment_ids=comment["id"]
    )
    fields = form(TEXT, "text_translated", decision="in-part")
    drafted = portal.fill_in(f"{WORK}reply?theme_id={found['id']}", amel, **fields)
    drafts = {"consultation_id": "transport", "drafts": True}
    [draft] = portal.ok("amel", "consultation_reply_list", **drafts)["results"]
    sami = sign_in(portal, "sami")
    published = portal.fill_in(f"{WORK}reply/{draft['id']}/publish", sami, version="1")
    portal.work()

    assert [each.status_code for each in (made, gathered, drafted, published)] == [302] * 4
    for page in ("results", "heard", f"theme/{found['id']}", "c/1", ""):
        shown = portal.client.get(f"/fr/consultation/transport/{page}".rstrip("/"))
        assert shown.status_code == 200, page
        assert TITLE["fr"] in shown.text or page in ("c/1", ""), page
    for page in ("results", f"theme/{found['id']}"):
        shown = portal.client.get(f"/ar/consultation/transport/{page}")
        assert TEXT["ar"] in shown.text, page
    for page in ("c/1", ""):
        shown = portal.client.get(f"/ar/consultation/transport/{page}".rstrip("/"))
        assert f"results#reply-{draft['id']}" in shown.text, page


def test_what_was_typed_comes_back_with_what_is_wrong(portal, comment, amel):
    page = portal.fill_in(WORK + "reply", amel, **form({"fr": "Parce que."}, "text_translated"))
    title = portal.fill_in(WORK + "theme", amel, **form({"fr": "Bus."}, "summary_translated"))

    assert (page.status_code, title.status_code) == (422, 422)
    assert "Parce que." in page.text
    assert "Choose one of" in page.text
    assert "Bus." in title.text


def test_a_colleagues_change_is_not_overwritten(portal, comment, amel):
    _status, made = theme(portal)
    portal.ok("sami", "consultation_theme_update", id=made["id"], title_translated={"fr": "Autre"})
    fields = form({"fr": "Le mien"}, "title_translated", version="1")

    answer = portal.fill_in(f"{WORK}theme/{made['id']}", amel, **fields)

    assert answer.status_code == 422
    assert "Le mien" in answer.text
    [found] = portal.ok("amel", "consultation_theme_list", consultation_id="transport")
    assert found["title_translated"] == {"fr": "Autre"}


@pytest.mark.parametrize(("who", "status"), [("rim", 404), ("olfa", 404)])
def test_nobody_else_learns_of_the_work(portal, comment, who, status):
    portal.body("other", olfa="admin")
    _status, draft = reply(portal)
    _status, made = theme(portal)
    client = sign_in(portal, who)

    for page in ("", "theme", f"theme/{made['id']}", "reply", f"reply/{draft['id']}"):
        assert client.get(WORK + page).status_code == status, page
    assert portal.client.get(f"/en/consultation/transport/theme/{made['id']}").status_code == 404


def test_words_of_others_do_no_harm(portal, comment, amel):
    evil = {"fr": "<script>alert(1)</script> [x](javascript:alert(1))"}
    _status, made = theme(portal, title_translated=evil, summary_translated=evil)
    _status, draft = reply(portal, theme_id=made["id"], text_translated=evil)
    portal.ok("sami", "consultation_reply_publish", id=draft["id"])

    for page in ("results", "heard", f"theme/{made['id']}", "manage/answers/"):
        text = amel.get(f"/fr/consultation/transport/{page}").text
        assert "<script>alert" not in text
        assert 'href="javascript' not in text


def test_a_paragraph_says_for_which_reply_it_was_changed(portal, body):
    draft, _document = opened(portal, body)
    here = f"/en/consultation/{draft['name']}/text/1/{DOGS}"
    made = portal.ok(
        *("amel", "consultation_reply_create"), **{"consultation_id": draft["id"], **ACCEPTED}
    )
    amel = sign_in(portal, "amel")
    asked = {"consultation_id": draft["id"], "version": "1", "eid": DOGS}
    version = portal.ok(None, "consultation_text_show", **asked)["version"]
    place = {"version_id": version["id"], "version": "1", "eid": DOGS, "reply_id": made["id"]}
    link = f"/en/consultation/{draft['name']}/manage/answers/changes"

    nothing = portal.fill_in(here, amel, send_to=link, **{**place, "reply_id": ""})
    linked = portal.fill_in(here, amel, send_to=link, **place, change="changed")
    shown = portal.ok("amel", "consultation_reply_show", id=made["id"])["changes"]

    assert (nothing.status_code, linked.status_code) == (302, 302)
    assert [(each["eid"], each["change"]) for each in shown] == [(DOGS, "changed")]
    assert "Why it was changed" not in portal.client.get(here).text
    portal.ok("sami", "consultation_reply_publish", id=made["id"])
    page = portal.client.get(here).text
    assert "Paragraph changed" in page
    assert "Say for which reply" not in page
    portal.fill_in(here, amel, send_to=link, **place, undo="1")
    assert portal.ok("amel", "consultation_reply_show", id=made["id"])["changes"] == []
