"""A citizen rates what became of their complaint, and no office learns how."""

from __future__ import annotations

import pytest
from tests.common import complaints as net
from tests.integration.complaints.test_filing import Citizen

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.complaints.domain.life import Outcome, State
from ckanext.complaints.domain.surveys import may_rate

RATE = "/complaints/case/rate"
HERE = "/complaints/case"


@pytest.fixture
def network(portal):
    root, units = net.answering(portal, "ministry", "general", "oversight")
    net.category("roads", routes={None: root})
    return root, units


@pytest.fixture
def handler(portal, clock, network):
    return net.officer(portal, clock, "amel", (network[1]["general"], "handler"))


@pytest.fixture
def citizen(portal, network):
    """Somebody in their own case, which nobody has answered."""
    person = Citizen(portal)
    person.file()
    person.reference, person.secret = person.receipt()
    person.send("/complaints/track", reference=person.reference, secret=person.secret)
    return person


def answer(handler, citizen):
    handler.act("complaint_claim", reference=citizen.reference)
    given = {"outcome": "refused", "text": "Pas cette année."}
    handler.act("complaint_answer", reference=citizen.reference, **given)


def rating_of(citizen):
    case = net.row_of("complaints_case", reference=citizen.reference)
    return net.row_of("complaints_survey", case_id=case["id"])


def test_an_answer_is_rated_and_the_rating_changed(citizen, handler):
    answer(handler, citizen)
    assert "How content are you?" in citizen.get(f"/en{HERE}").text
    assert citizen.send(RATE, on=HERE, score="2").status_code == 302
    first = rating_of(citizen)
    assert first["score"] == 2
    assert citizen.send(RATE, on=HERE, score="5").status_code == 302
    assert rating_of(citizen) == {**first, "score": 5}
    assert 'value="5" checked' in citizen.get(HERE).text


@pytest.mark.parametrize("score", ["0", "6", "", "2.5", "five", "٣x"])
def test_other_numbers_are_refused(citizen, handler, score):
    answer(handler, citizen)
    assert citizen.send(RATE, on=HERE, score=score).status_code == 422
    assert rating_of(citizen) is None


def test_what_is_not_answered_is_not_rated(citizen, handler):
    assert "How content are you?" not in citizen.get(f"/en{HERE}").text
    assert citizen.send(RATE, on=HERE, score="3").status_code == 422
    citizen.send(f"{HERE}/withdraw", on=f"{HERE}/withdraw/confirm", sure="1")
    assert citizen.send(RATE, on=f"{HERE}/secret", score="3").status_code == 422
    assert rating_of(citizen) is None


def test_no_office_sees_a_rating(citizen, handler):
    answer(handler, citizen)
    before = handler.act("complaint_show", reference=citizen.reference)
    citizen.send(RATE, on=HERE, score="1")
    after = handler.act("complaint_show", reference=citizen.reference)
    assert after == before
    assert not any("rat" in key for key in after)


def test_programs_rate_with_the_two_numbers(portal, citizen, handler):
    answer(handler, citizen)
    both = {"reference": citizen.reference, "secret": citizen.secret}
    client = portal.client.flask_app.test_client()
    found = client.post("/complaints/api/survey", json={**both, "score": 4})
    assert (found.status_code, found.json["result"]["rating"]) == (200, 4)
    wrong = client.post("/complaints/api/survey", json={**both, "secret": "0" * 17, "score": 1})
    assert wrong.status_code == 422
    assert rating_of(citizen)["score"] == 4
    assert portal.call(None, "complaint_survey", **both, score=1)[0] == 404
    with pytest.raises(tk.ValidationError):
        tk.get_action("complaint_survey")({"user": ""}, {"visit": "x", "score": 3})
    model.Session.rollback()


def test_only_an_answer_or_a_decision_is_rated():
    rated = {
        (state, outcome)
        for state in State
        for outcome in [None, *Outcome]
        if may_rate(state, outcome)
    }
    answers = {"granted", "partly-granted", "refused", "answered", "settled"}
    assert rated == {(state, each) for state in ("answered", "closed") for each in answers}
