"""What everyone reads of consultations, in each of their states."""

import pytest
import sqlalchemy as sa
from tests.integration.consultation.browsing import get, signed_in, text_of, tree
from tests.integration.consultation.conftest import at, fields, published, shift
from tests.integration.consultation.test_comments import said

from ckan import model

from ckanext.opengov.shared import places

HERE = "/consultation/transport"


def put(draft, **values):
    """Set columns of a consultation, past its rules."""
    with model.ensure_engine().begin() as connection:
        for name, value in values.items():
            update = sa.text(f"UPDATE consultation SET {name} = :value WHERE id = :id")
            connection.execute(update, {"value": value, "id": draft["id"]})


def test_a_visitor_finds_what_is_open_and_reads_it(portal, is_open):
    listed, page = get(portal, "/consultation/"), get(portal, HERE)

    assert "1 consultation is open" in text_of(listed)
    assert 'href="/en/consultation/transport"' in listed.text
    assert "Projet de décret sur les transports" in text_of(page)
    assert "31 days left" in text_of(page)
    assert "Log in and give my opinion" in text_of(page)
    assert tree(page).xpath("//form[@method='post']") == []
    assert "Nobody has said anything yet." in text_of(page)


def test_pages_are_found_under_their_addresses(portal, is_open):
    said(portal)
    amel, rim = signed_in(portal, "amel"), signed_in(portal, "rim")
    for path, client, status in [
        ("/", None, 200),
        ("/search?q=transport", None, 200),
        ("/organization/meteo", None, 200),
        ("/organization/meteo/consultations", None, 200),
        ("/organization/nothing/consultations", None, 404),
        (f"{HERE}/c/1", None, 200),
        (f"{HERE}/c/2", None, 404),
        (f"{HERE}/c/x", None, 404),
        ("/consultation/nothing", None, 404),
        (f"{HERE}/respond", None, 302),
        (f"{HERE}/respond", rim, 200),
        (f"{HERE}/c/1/reply", rim, 200),
        (f"{HERE}/c/1/edit", rim, 200),
        (f"{HERE}/c/1/withdraw", rim, 200),
        (f"{HERE}/c/1/edit", amel, 403),
        (f"{HERE}/c/1/edit", None, 302),
        (f"{HERE}/c/1/vote", amel, 302),
        (f"{HERE}/manage", amel, 200),
        (f"{HERE}/manage", rim, 404),
        (f"{HERE}/manage", None, 302),
        (f"{HERE}/manage/sing", amel, 404),
        ("/dashboard/consultation", amel, 200),
        ("/dashboard/consultation", rim, 200),
        ("/dashboard/consultation", None, 302),
        ("/dashboard/consultation/new", amel, 200),
        ("/dashboard/consultation/new", rim, 403),
        ("/sitemap/consultations.xml", None, 200),
        ("/sitemap/nothing.xml", None, 404),
    ]:
        assert get(portal, path, client).status_code == status, path


STATES = [
    ({"opens_at": 3}, {}, ["Opens soon", "Opens in 3 days"], ["Discussion", "Give my opinion"]),
    ({"closes_at": 0.001}, {}, ["Open", "Give my opinion", "Discussion"], ["Closed"]),
    ({"closes_at": -0.001}, {}, ["Closed", "Reply due", "Discussion"], ["Give my opinion"]),
    (
        {"closes_at": -0.5, "response_due_at": -0.1},
        {},
        ["Reply overdue", "The body promised to reply by"],
        ["Give my opinion"],
    ),
    (
        {"closes_at": -0.5, "response_due_at": -0.1},
        {"state": "results", "answered_at": at(0)},
        ["Results published", "The body replied"],
        ["overdue", "Give my opinion"],
    ),
    (
        {},
        {"state": "cancelled", "reason": "The draft is void."},
        ["This consultation was cancelled", "The draft is void."],
        ["Give my opinion"],
    ),
]


@pytest.mark.parametrize(("moments", "values", "there", "gone"), STATES)
def test_each_state_says_what_can_be_done_and_no_more(
    portal, is_open, moments, values, there, gone
):
    shift(is_open, **moments)
    put(is_open, **values)

    page = text_of(get(portal, HERE))

    assert [each for each in there if each not in page] == []
    main = page.split("Public bodies", 1)[1].rsplit("The portal", 1)[0]
    assert [each for each in gone if each in main] == []


@pytest.mark.parametrize("state", ["draft", "in-review", "cancelled"])
def test_what_was_never_public_is_nowhere(portal, draft, state):
    portal.body("other", omar="admin")
    put(draft, state=state)
    strangers = [None, signed_in(portal, "omar")]
    for client in strangers:
        assert get(portal, HERE, client).status_code == 404
        assert get(portal, f"{HERE}/manage", client).status_code in (302, 404)
        places = ("/", "/consultation/?phase=all", "/organization/meteo", "/search?q=transports")
        for path in (*places, "/organization/meteo/consultations", "/sitemap/consultations.xml"):
            assert "décret sur les" not in get(portal, path, client).text, path
    assert "décret sur les" not in get(portal, "/dashboard/consultation", strangers[1]).text


def test_lists_are_narrowed_and_leafed_through(portal, body):
    for number in range(23):
        made = portal.ok("amel", "consultation_create", **fields(body, name=f"plan-{number:02}"))
        published(portal, made)
        shift(made, opens_at=-1, closes_at=1 + number)
    page = get(portal, "/consultation/")

    names = tree(page).xpath("//ul[@class='og-rows']//a/@href")
    [more] = tree(page).xpath("//a[@rel='next']/@href")
    rest = get(portal, more.removeprefix("/en"))

    assert "23 consultations are open" in text_of(page)
    assert names[:2] == ["/en/consultation/plan-00", "/en/consultation/plan-01"]
    assert len(names) == 20
    assert len(tree(rest).xpath("//ul[@class='og-rows']/li")) == 3
    assert "Back to the first" in text_of(rest)
    assert get(portal, "/consultation/?cursor=nothing").status_code == 302
    assert get(portal, "/consultation/?phase=never").status_code == 302
    for query, count in [("q=décret", 23), ("q=nothing", 0), ("body=meteo", 23), ("body=x", 0)]:
        found = tree(get(portal, f"/consultation/?{query}"))
        assert len(found.xpath("//ul[@class='og-rows']/li")) == min(count, 20), query


def test_bodies_that_owe_a_reply_are_named_to_everyone(portal, is_open):
    shift(is_open, opens_at=-40)
    shift(is_open, closes_at=-9, response_due_at=-2)

    first, late = get(portal, "/consultation/"), get(portal, "/consultation/?overdue=1")
    body = text_of(get(portal, "/organization/meteo"))

    assert "Replies overdue" in text_of(first)
    assert "No consultation is open just now" in text_of(first)
    assert "Closed last" in text_of(first)
    assert "1 reply is overdue" in text_of(late)
    assert "Reply 2 days late" in text_of(late)
    assert "Replies overdue" in body


def test_they_are_found_where_everything_is(portal, is_open):
    found = text_of(get(portal, "/search?q=النقل"))
    home, sitemap = text_of(get(portal, "/")), get(portal, "/sitemap/consultations.xml").text

    assert "Consultations" in found
    assert "Projet de décret sur les transports" in found
    assert "1 open" in home
    assert "Open consultations" in home
    assert "/ar/consultation/transport</loc>" in sitemap
    assert "/sitemap/consultations.xml" in get(portal, "/sitemap.xml").text


@pytest.mark.parametrize("path", [HERE, f"{HERE}/c/1", "/consultation/", "/dashboard/consultation"])
def test_what_people_write_is_text(portal, body, path):
    evil = "</title><script>alert(1)</script><img src=x onerror=alert(2)>"
    titles = {"fr": f"Projet {evil}", "ar": "مشروع"}
    about = {"fr": f"{evil} [x](javascript:alert(3)) <b onclick=x>y</b>"}
    values = {"title_translated": titles, "summary_translated": about}
    made = portal.ok(
        "amel",
        "consultation_create",
        **fields(body, **values, settings={"moderation": "post"}),
    )
    published(portal, made)
    shift(made, opens_at=-1)
    portal.user("rim")
    said(portal, body=f"{evil} \u202egnihton\u202c [y](data:text/html,x) ![z](x)")
    amel = signed_in(portal, "amel")

    page = tree(get(portal, path, amel, language="fr"))

    assert page.xpath("//script[contains(., 'alert')]") == []
    assert page.xpath("//img[@src='x'] | //*[@onclick or @onerror]") == []
    links = page.xpath("//a/@href")
    assert [each for each in links if each.startswith(("javascript:", "data:"))] == []
    assert "\u202e" not in page.text_content()


def test_no_page_leads_to_what_is_not_there(portal, is_open, monkeypatch):
    monkeypatch.setattr(places, "_places", {})
    portal.forget_pages()

    for path in ("/", "/organization/meteo", "/sitemap.xml", "/dataset/"):
        assert "consultation" not in get(portal, path).text, path
    assert (
        "/dashboard/consultation"
        not in get(portal, "/dashboard/data", signed_in(portal, "amel")).text
    )
