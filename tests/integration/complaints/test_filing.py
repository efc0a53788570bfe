"""A citizen files a complaint page by page, and comes back to it by two numbers."""

from __future__ import annotations

import re

import pytest
from tests.common import complaints as net

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.complaints.model.catalogue import Category

STORY = "L'eau est coupée chaque soir depuis un mois, de 18 h à 22 h."
WISH = "Nous demandons un calendrier de réparation."


class Citizen:
    """Somebody with a browser and no account."""

    def __init__(self, portal):
        self.client = portal.client.flask_app.test_client()

    def get(self, path):
        answer = self.client.get(path)
        model.Session.remove()
        return answer

    def send(self, path, on=None, **fields):
        page = self.client.get(on or path).text
        model.Session.remove()
        token = re.search(r'name="_csrf_token" value="([^"]+)"', page)[1]
        answer = self.client.post(path, data={"_csrf_token": token, **fields})
        model.Session.remove()
        return answer

    def file(self, **changed):
        answers = {
            "about": {"category": "roads"},
            "body": {"body": "unknown"},
            "happened": {"happened": STORY},
            "wanted": {"wanted": WISH},
            "where": {"region": "", "place": ""},
            "when": {"day": "", "when": ""},
            "who": {"mode": "anonymous", "name": ""},
            "contact": {"notices": "none", "email": "", "language": "fr"},
            "files": {},
            **changed,
        }
        assert self.send("/complaints/new").status_code == 302
        for question, given in answers.items():
            answer = self.send(f"/complaints/new/{question}", **given)
            assert answer.status_code == 302, (question, answer.text)
        return self.send("/complaints/new/check")

    def receipt(self):
        page = self.get("/complaints/receipt").text
        codes = re.findall(r'class="og-secret__code".*?</dd>', page, re.S)
        return tuple("".join(re.findall(r"<span>(\d+)</span>", each)) for each in codes)


@pytest.fixture
def network(portal):
    root, units = net.answering(portal, "ministry", "general", "oversight")
    net.coordinated_by(root, units["oversight"])
    net.category("roads", routes={None: root})
    return root, units


@pytest.fixture
def citizen(portal, network):
    return Citizen(portal)


def test_a_complaint_is_filed_and_followed(portal, citizen):
    assert citizen.file().headers["Location"].endswith("/complaints/receipt")
    reference, secret = citizen.receipt()
    again = citizen.get("/complaints/receipt").text
    assert secret[:4] not in again
    assert reference[:4] in again
    wrong = citizen.send("/complaints/track", reference=reference, secret="0" * 17)
    assert wrong.status_code == 422
    opened = citizen.send("/complaints/track", reference=reference, secret=secret)
    assert opened.status_code == 302, opened.text
    page = citizen.get("/complaints/case")
    assert "L&#39;eau est coupée" in page.text
    assert "&lt;bdi" not in page.text
    assert WISH in page.text


def test_where_nobody_takes_complaints_the_page_says_so(portal):
    visitor = Citizen(portal)
    page = visitor.get("/en/complaints/").text
    assert "No public body takes complaints here at the moment." in page
    assert visitor.get("/complaints/new").status_code == 302


def test_pages_leave_no_trace_and_cookies_end_with_the_browser(citizen):
    citizen.file()
    answer = citizen.get("/complaints/receipt")
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    begun = citizen.send("/complaints/new")
    cookies = [*begun.headers.getlist("Set-Cookie"), *answer.headers.getlist("Set-Cookie")]
    assert any("complaint_draft" in each for each in cookies)
    for cookie in cookies:
        assert "expires" not in cookie.lower(), cookie
        assert "max-age" not in cookie.lower(), cookie


def test_a_question_with_choices_is_answered_on_its_page(portal, citizen):
    bus = {"code": "bus", "label": {"fr": "Bus", "ar": "حافلة", "en": "Bus"}}
    road = {"code": "road", "label": {"fr": "Route", "ar": "طريق", "en": "Road"}}
    asked = {"fr": "De quoi s'agit-il ?", "ar": "عمّ يتعلّق الأمر؟", "en": "What is it about?"}
    means = {"id": "means", "kind": "choice", "label": asked, "required": True}
    found = model.Session.query(Category).filter_by(code="roads").one().id
    net.form(found, {**means, "choices": [bus, road]})
    assert citizen.send("/complaints/new").status_code == 302
    citizen.send("/complaints/new/about", category="roads")
    page = citizen.get("/en/complaints/new/form").text
    values = re.findall(r'<option value="([^"]*)"', page)
    assert [each for each in values if each in ("bus", "road")] == ["bus", "road"]
    assert citizen.send("/complaints/new/form", **{"form-means": "tram"}).status_code == 422
    assert citizen.send("/complaints/new/form", **{"form-means": "bus"}).status_code == 302
    assert '<option value="bus" selected>' in citizen.get("/en/complaints/new/form").text


@pytest.fixture
def asked(network):
    """A category that asks for several answers, and for yes or no."""
    found = model.Session.query(Category).filter_by(code="roads").one().id
    net.form(found, net.SEVERAL, net.OFTEN)


def ticked(page):
    boxes = re.findall(r'<input[^>]*name="form-means\[\]"[^>]*>', page)
    assert len(boxes) == 2, page
    return [re.search(r'value="([^"]*)"', each)[1] for each in boxes if " checked" in each]


def chosen(page, name):
    field = re.search(rf'<select[^>]*name="{name}".*?</select>', page, re.S)[0]
    return re.findall(r'<option value="([^"]+)" selected>', field)


def test_several_answers_are_ticked_and_come_back(citizen, asked):
    citizen.send("/complaints/new")
    citizen.send("/complaints/new/about", category="roads")
    page = "/en/complaints/new/form"
    assert ticked(citizen.get(page).text) == []
    none = citizen.send("/complaints/new/form", on=page, **{"form-often": "no"})
    assert none.status_code == 422
    assert 'href="#f-form-means"' in none.text
    assert chosen(none.text, "form-often") == ["no"]
    for given in (["road"], ["bus", "road"]):
        fields = {"form-means[]": given, "form-often": "yes"}
        assert citizen.send("/complaints/new/form", **fields).status_code == 302
        again = citizen.get(page).text
        assert ticked(again) == given
        assert chosen(again, "form-often") == ["yes"]


def test_a_question_of_a_form_has_its_hint(citizen, asked):
    citizen.send("/complaints/new")
    citizen.send("/complaints/new/about", category="roads")
    page = citizen.get("/en/complaints/new/form").text
    for name, hint in (("form-means", "Take several."), ("form-often", "More than once.")):
        assert f'id="h-{name}">{hint}<' in page
        assert re.search(rf'aria-describedby="[^"]*\bh-{name}"', page), name


def test_answers_are_read_in_words(portal, clock, network, citizen, asked):
    citizen.file(form={"form-means[]": ["bus", "road"], "form-often": "yes"})
    reference, secret = citizen.receipt()
    citizen.send("/complaints/track", reference=reference, secret=secret)
    handler = net.officer(portal, clock, "amel", (network[1]["general"], "handler"))
    case = f"/dashboard/complaints/{reference.replace('-', '').replace(' ', '')}"
    for page in (citizen.get("/en/complaints/case").text, handler.get(case).text):
        assert "By bus · On the road" in page
        assert "How do you travel?" in page
        assert re.search(r"Does it come often\?</dt><dd[^>]*>Yes<", page)


def test_the_last_page_says_answers_in_the_language_of_the_reader(citizen, asked):
    citizen.send("/complaints/new")
    citizen.send("/complaints/new/about", category="roads")
    citizen.send("/complaints/new/form", **{"form-means[]": ["bus", "road"], "form-often": "no"})
    english, french = (citizen.get(f"/{each}/complaints/new/check").text for each in ("en", "fr"))
    assert "By bus · On the road" in english
    assert "Autobus · Route" in french
    assert re.search(r">No</span>", english)
    for raw in (">no<", "False", ">bus"):
        assert raw not in english


def test_who_comes_to_a_case_without_a_visit_is_told_that_it_ended(citizen):
    page = citizen.get("/en/complaints/case")
    assert page.status_code == 422
    assert "Your visit has ended" in page.text
    assert 'href="#f-reference"' in page.text
    assert 'id="e-' not in page.text
    act = citizen.send("/complaints/case/reply", on="/complaints/track", text="x")
    assert act.status_code == 422
    assert "/complaints/case" not in act.headers.get("Location", "")


@pytest.mark.parametrize("path", ["/ar/complaints/track", "/ar/complaints/new/when"])
def test_examples_are_not_turned_around_in_arabic(citizen, path):
    citizen.send("/complaints/new")
    page = citizen.get(path).text
    shown = r'<bdi class="og-code" dir="ltr">(27/11/2026|4827 1936-8)</bdi>'
    assert re.search(shown, page)
    assert "&lt;bdi" not in page


def test_channels_of_corruption_come_in_the_language_of_the_reader(citizen, monkeypatch):
    option = "ckanext.complaints.corruption_channels"
    monkeypatch.setitem(tk.config, option, "Authority | https://integrity.example.org")
    monkeypatch.setitem(tk.config, f"{option}_fr", "Autorité | +216 00 000 100")
    english, french = (citizen.get(f"/{each}/complaints/corruption").text for each in ("en", "fr"))
    assert '<a href="https://integrity.example.org"' in english
    assert "Authority" in english
    assert "Autorité" in french
    assert '<bdi dir="ltr">+216 00 000 100</bdi>' in french
    assert "integrity.example.org" not in french


def test_what_is_wrong_is_said_at_the_form_that_was_sent(portal, clock, network, citizen):
    citizen.file()
    reference, secret = citizen.receipt()
    handler = net.officer(portal, clock, "amel", (network[1]["general"], "handler"))
    handler.act("complaint_claim", reference=reference)
    handler.act("complaint_answer", reference=reference, outcome="refused", text="Non.")
    citizen.send("/complaints/track", reference=reference, secret=secret)
    page = citizen.send("/complaints/case/reopen", on="/complaints/case", text=" ")
    assert page.status_code == 422
    assert 'href="#f-reopen"' in page.text
    assert '<details class="og-more og-card" id="reopen" open>' in page.text
    assert 'aria-describedby="e-reopen"' in page.text
    assert 'id="e-reply"' not in page.text
