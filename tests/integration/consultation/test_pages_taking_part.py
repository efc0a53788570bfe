"""People write, answer, change, withdraw and vote on pages, without a script."""

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from tests.common.people import PASSWORD
from tests.integration.consultation.browsing import get, signed_in, text_of, tree
from tests.integration.consultation.conftest import shift
from tests.integration.consultation.test_comments import listed, said

from ckan import model

from ckanext.consultation import ranks

HERE = "/consultation/transport"
WORDS = "The buses are late on line 12."


@pytest.fixture
def rim(portal, is_open):
    return signed_in(portal, "rim")


@pytest.fixture
def ali(portal, is_open):
    return signed_in(portal, "ali")


def send(portal, client, path, **fields):
    return portal.fill_in(f"/en{path}", client=client, **fields)


def state(comment_id, state):
    with model.ensure_engine().begin() as connection:
        never_public = ", published_at = NULL" if state == "pending" else ""
        update = sa.text(
            f"UPDATE consultation_comment SET state = :state{never_public} WHERE id = :id"
        )
        connection.execute(update, {"state": state, "id": comment_id})


def sql_count(portal, client, path):
    """Count the statements that a page costs."""
    seen = []

    def note(*_):
        seen.append(True)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    answer = get(portal, path, client)
    sa.event.remove(sa.Engine, "before_cursor_execute", note)
    assert answer.status_code == 200
    return len(seen)


def test_an_opinion_is_sent_and_read(portal, rim):
    answer = send(portal, rim, f"{HERE}/respond", body=WORDS, position="-1")

    assert answer.status_code == 302
    assert answer.location.endswith("/consultation/transport/c/1?said=published")
    shown = get(portal, f"{HERE}/c/1?said=published", rim)
    assert "Your words are public now." in text_of(shown)
    everyone = text_of(get(portal, HERE))
    assert WORDS in everyone
    assert "against" in everyone
    assert "rim" not in everyone.replace("primary", "")
    assert listed(portal)["results"][0]["position"] == -1


def test_the_form_stands_on_the_page_itself(portal, rim):
    form = tree(get(portal, HERE, rim)).xpath("//section[@id='opinion']//form")[0]

    assert form.get("action") == "/en/consultation/transport/respond"
    assert form.xpath(".//input[@name='_csrf_token']")
    uuid.UUID(form.xpath(".//input[@name='client_token']/@value")[0])
    assert form.xpath(".//textarea/@data-og-count") == ["10000"]
    assert len(form.xpath(".//input[@type='radio'][@name='position']")) == 3


def test_what_is_sent_twice_is_one_comment(portal, rim):
    token = str(uuid.uuid4())

    first, second = (
        send(portal, rim, f"{HERE}/respond", body=WORDS, client_token=token) for _ in range(2)
    )

    assert first.location == second.location
    assert len(listed(portal)["results"]) == 1


def test_what_is_wrong_is_said_beside_what_was_typed(portal, rim):
    token = str(uuid.uuid4())
    fields = {"body": "x" * 10_001, "position": "1", "client_token": token}

    answer = send(portal, rim, f"{HERE}/respond", **fields)

    page = tree(answer)
    assert answer.status_code == 422
    assert page.xpath("//div[@role='alert']//a/@href") == ["#field-body"]
    assert page.xpath("//textarea")[0].text_content().strip() == "x" * 10_001
    assert page.xpath("//textarea/@aria-invalid") == ["true"]
    assert page.xpath("//input[@checked]/@value") == ["1"]
    assert page.xpath("//input[@name='client_token']/@value") == [token]
    assert listed(portal)["results"] == []


def test_what_was_typed_stays_where_it_closed_meanwhile(portal, is_open, rim):
    token = tree(get(portal, HERE, rim)).xpath("//input[@name='_csrf_token']/@value")[0]
    shift(is_open, closes_at=-0.0001)

    answer = rim.post(f"/en{HERE}/respond", data={"body": WORDS, "_csrf_token": token})

    assert answer.status_code == 422
    assert "This consultation is closed." in text_of(answer)
    assert tree(answer).xpath("//textarea[@readonly]")[0].text_content().strip() == WORDS
    assert listed(portal)["results"] == []


def test_what_was_typed_comes_back_after_signing_in(portal, is_open):
    client = portal.client.flask_app.test_client()
    page = client.get("/en/user/login").text
    token = re.search('name="_csrf_token" value="([^"]+)"', page).group(1)
    headers = {"Sec-Fetch-Site": "same-origin"}
    fields = {"body": WORDS, "position": "1", "_csrf_token": token}
    answer = client.post(f"/en{HERE}/respond", data=fields, headers=headers)
    assert "/user/login" in answer.location
    assert listed(portal)["results"] == []

    portal.fill_in("/en/user/login", client=client, login="rim", password=PASSWORD)
    back = tree(get(portal, f"{HERE}/respond", client))

    assert back.xpath("//textarea")[0].text_content().strip() == WORDS
    assert back.xpath("//input[@checked]/@value") == ["1"]


@pytest.mark.parametrize("path", ["respond", "c/1/reply", "c/1/edit", "c/1/withdraw", "c/1/vote"])
def test_a_form_of_another_site_changes_nothing(portal, rim, path):
    made = said(portal)

    answer = rim.post(f"/en{HERE}/{path}", data={"body": "Theirs.", "value": "1"})

    assert answer.status_code in (302, 400)
    [left] = listed(portal)["results"]
    assert (left["body"], left["state"], left["version"]) == (made["body"], "published", 1)
    assert left["votes"]["for"] == 0


def test_an_answer_stands_under_what_it_answers(portal, rim, ali):
    said(portal)

    answer = send(portal, ali, f"{HERE}/c/1/reply", body="On line 13 too.")

    assert "/c/2?" in answer.location
    page = text_of(get(portal, f"{HERE}/c/2", ali))
    assert page.index("What it answers") < page.index(WORDS) < page.index("On line 13 too.")
    assert listed(portal)["results"][0]["replies"][0]["seq"] == 2


def test_the_deepest_takes_no_answer(portal, rim, ali):
    parent = said(portal)
    for depth in range(4):
        parent = said(portal, "ali", body=f"Depth {depth}", parent_id=parent["id"])

    page, form = get(portal, f"{HERE}/c/5", rim), get(portal, f"{HERE}/c/5/reply", rim)
    answer = send(portal, rim, f"{HERE}/c/5/reply", body="Deeper still.")

    assert "/c/5/reply" not in page.text
    assert "This comment takes no more answers." in text_of(form)
    assert answer.status_code == 422
    assert tree(answer).xpath("//textarea[@readonly]")[0].text_content().strip() == "Deeper still."
    above = tree(page).xpath("//section[@aria-labelledby='h-above']//article/@aria-label")
    assert above == [f"Comment No. {number}" for number in range(1, 5)]


def test_three_answers_are_shown_and_the_rest_is_a_link_with_a_number(portal, rim):
    root = said(portal)
    for number in range(25):
        said(portal, ("ali", "amel")[number % 2], body=f"Answer {number}", parent_id=root["id"])

    thread, alone = get(portal, HERE), get(portal, f"{HERE}/c/1")

    assert [f"Answer {number}" in text_of(thread) for number in (0, 2, 3)] == [True, True, False]
    [link] = [a for a in tree(thread).xpath("//a") if "22 more answers" in a.text_content()]
    assert link.get("href") == "/en/consultation/transport/c/1#answers"
    assert "25 answers" in text_of(alone)
    [more] = tree(alone).xpath("//a[@rel='next']/@href")
    assert "Answer 19" in text_of(get(portal, more.removeprefix("/en")))


def test_a_change_within_the_time_shows_what_was_answered(portal, rim, ali):
    made = said(portal)
    assert "What it said before" not in text_of(get(portal, f"{HERE}/c/1", rim))
    send(portal, rim, f"{HERE}/c/1/edit", body="First change, nobody has answered.")
    said(portal, "ali", body="I agree.", parent_id=made["id"])

    answer = send(portal, rim, f"{HERE}/c/1/edit", body="Second change.")

    assert answer.location.endswith("/c/1?said=changed")
    page = text_of(get(portal, f"{HERE}/c/1"))
    assert "What it said before: 1 wording" in page
    assert "First change, nobody has answered." in page
    assert WORDS not in page
    assert "edited" in page
    shown = portal.ok(None, "consultation_comment_show", id=made["id"])
    assert [each["body"] for each in shown["revisions"]] == ["First change, nobody has answered."]


def test_too_late_a_change_keeps_what_was_typed(portal, rim):
    made = said(portal)
    with model.ensure_engine().begin() as connection:
        early = "UPDATE consultation_comment SET created_at = created_at - interval '16 minutes'"
        connection.execute(sa.text(early))

    page = text_of(get(portal, f"{HERE}/c/1", rim))
    form = get(portal, f"{HERE}/c/1/edit", rim)
    answer = send(portal, rim, f"{HERE}/c/1/edit", body="Too late.")

    assert "Change it" not in page
    assert "Withdraw" in page
    assert "The time to change this comment is over." in text_of(form)
    assert answer.status_code == 422
    assert tree(answer).xpath("//textarea[@readonly]")[0].text_content().strip() == "Too late."
    assert portal.ok(None, "consultation_comment_show", id=made["id"])["body"] == WORDS


def test_a_withdrawn_comment_leaves_a_stone(portal, rim, ali):
    made = said(portal)
    said(portal, "ali", body="I agree.", parent_id=made["id"])
    asked = text_of(get(portal, f"{HERE}/c/1/withdraw", rim))

    answer = send(portal, rim, f"{HERE}/c/1/withdraw")

    assert "This cannot be undone." in asked
    assert answer.location.endswith("/c/1?said=withdrawn")
    for path in (HERE, f"{HERE}/c/1", f"{HERE}/c/2"):
        page = text_of(get(portal, path))
        assert "This comment was withdrawn by its author." in page
        assert WORDS not in page
        assert "I agree." in page


@pytest.mark.parametrize(
    ("became", "said_of_it"),
    [
        ("hidden", "This comment was hidden."),
        ("withdrawn", "This comment was withdrawn by its author."),
        ("erased", "This comment was erased at its author's request."),
    ],
)
def test_stones_say_what_became_of_the_words(portal, is_open, became, said_of_it):
    made = said(portal)
    if became == "erased":
        with model.ensure_engine().begin() as connection:
            emptied = (
                "UPDATE consultation_comment SET body = '', search_text = '', norm_sha256 = NULL"
            )
            connection.execute(sa.text(emptied))
    state(made["id"], became)

    for path in (HERE, f"{HERE}/c/1"):
        page = get(portal, path)
        assert said_of_it in text_of(page)
        assert WORDS not in page.text


def test_nobody_but_its_author_sees_what_waits(portal, rim, ali):
    state(said(portal)["id"], "pending")

    assert get(portal, f"{HERE}/c/1").status_code == 404
    assert get(portal, f"{HERE}/c/1", ali).status_code == 404
    assert WORDS not in get(portal, HERE, ali).text
    assert "waits for a moderator" in text_of(get(portal, f"{HERE}/c/1", rim))
    assert WORDS in text_of(get(portal, f"{HERE}?mine=1", rim))
    assert WORDS not in text_of(get(portal, f"{HERE}?mine=1", ali))


def test_votes_are_pressed_and_taken_back(portal, rim, ali):
    said(portal)

    def pressed():
        page = tree(get(portal, f"{HERE}/c/1", ali))
        buttons = page.xpath("//span[@class='og-vote']/button")
        return [(each.get("value"), each.get("aria-pressed")) for each in buttons]

    assert pressed() == [("1", "false"), ("-1", "false")]
    portal.fill_in(f"/en{HERE}/c/1", client=ali, send_to=f"/en{HERE}/c/1/vote", value="1")
    assert pressed() == [("0", "true"), ("-1", "false")]
    assert "1 agrees" in text_of(get(portal, HERE))
    portal.fill_in(f"/en{HERE}/c/1", client=ali, send_to=f"/en{HERE}/c/1/vote", value="0")
    assert pressed() == [("1", "false"), ("-1", "false")]
    portal.fill_in(f"/en{HERE}/c/1", client=ali, send_to=f"/en{HERE}/c/1/vote", value="7")
    assert pressed() == [("1", "false"), ("-1", "false")]
    assert "og-vote" not in get(portal, f"{HERE}/c/1", rim).text


def test_others_change_nothing_of_ones_words(portal, rim, ali):
    said(portal)

    for path, fields in [("edit", {"body": "Mine now."}), ("withdraw", {})]:
        page = tree(get(portal, HERE, ali))
        token = page.xpath("//input[@name='_csrf_token']/@value")[0]
        answer = ali.post(f"/en{HERE}/c/1/{path}", data={**fields, "_csrf_token": token})
        assert answer.status_code == 403
    assert listed(portal)["results"][0]["body"] == WORDS


def test_a_discussion_is_sorted_and_searched(portal, is_open):
    said(portal, body="الحافلات متأخّرة")
    said(portal, body="Les bus sont en retard")
    said(portal, body="Rien à dire")

    def order(query=""):
        page = tree(get(portal, f"{HERE}{query}"))
        return [each.removeprefix("c-") for each in page.xpath("//ol[@id='thread']/li/@id")]

    assert order() == ["3", "2", "1"]
    assert order("?sort=oldest") == ["1", "2", "3"]
    assert order("?q=الحافلات") == ["1"]
    assert order("?q=حافلات+متاخره") == []
    assert order("?q=الحافلات+متاخره") == ["1"]
    assert order("?q=retard") == ["2"]
    assert get(portal, f"{HERE}?sort=worst").status_code == 302
    assert get(portal, f"{HERE}?cursor=nothing").status_code == 302
    assert "1 comment has these words" in text_of(get(portal, f"{HERE}?q=retard"))


def test_the_most_supported_come_first_once_they_are_ranked(portal, is_open, monkeypatch):
    one, two, three = (said(portal, body=f"Number {number}") for number in range(3))
    for who, made, value in [
        ("ali", two, 1),
        ("amel", two, 1),
        ("ali", one, 1),
        ("amel", one, -1),
        ("ali", three, -1),
    ]:
        portal.ok(who, "consultation_comment_vote", id=made["id"], value=value)
    monkeypatch.setattr(ranks, "_due", datetime.min.replace(tzinfo=UTC))
    now = datetime.now(UTC)

    changed = [ranks.rank(model.Session, now + timedelta(minutes=each)) for each in (0, 1, 6)]
    page = tree(get(portal, f"{HERE}?sort=top"))

    assert changed == [2, 0, 0]
    assert page.xpath("//ol[@id='thread']/li/@id") == ["c-2", "c-1", "c-3"]


def test_each_comment_has_its_own_language_and_direction(portal, is_open):
    said(portal, body="الحافلات متأخّرة في الخطّ 12")
    said(portal, body="Les bus sont en retard sur la ligne 12")

    bodies = tree(get(portal, HERE)).xpath("//div[@class='og-c__body']")

    assert [(each.get("lang"), each.get("dir")) for each in bodies] == [
        ("fr", "ltr"),
        ("ar", "rtl"),
    ]


@pytest.mark.parametrize("who", [None, "ali"])
def test_forty_comments_cost_as_many_statements_as_six(portal, is_open, who):
    def fill(number):
        made = [said(portal, who, body=f"Number {number} {who}") for who in ("rim", "amel", "sami")]
        for each in made:
            said(portal, "ali", body=f"Answer {number}", parent_id=each["id"])

    client = signed_in(portal, who) if who else None
    fill(0)
    paths = (HERE, f"{HERE}/c/1", f"{HERE}?q=number")
    get(portal, HERE, client)
    before = [
        sql_count(portal, client, f"{path}{'&' if '?' in path else '?'}x=1") for path in paths
    ]
    for number in range(1, 6):
        fill(number)

    after = [sql_count(portal, client, f"{path}{'&' if '?' in path else '?'}x=1") for path in paths]

    assert len(listed(portal)["results"]) == 18
    assert after == before
