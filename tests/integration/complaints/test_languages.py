"""What stewards named in several languages is read in that of the page."""

import pytest
from tests.common import complaints as net
from tests.integration.complaints.test_filing import Citizen


@pytest.fixture
def handler(portal, clock):
    root, units = net.answering(portal, "ministry")
    net.category("roads", routes={None: root})
    citizen = Citizen(portal)
    citizen.file()
    return net.officer(portal, clock, "amel", (units["general"], "handler")), citizen.receipt()[0]


@pytest.mark.parametrize("language", net.TEXTS)
def test_units_and_categories_are_called_as_the_page_speaks(portal, handler, language):
    person, number = handler
    others = {text for code, text in net.TEXTS.items() if code != language}

    for path in ("", f"/{number}"):
        page = person.client.get(f"/{language}/dashboard/complaints{path}", follow_redirects=True)
        assert net.TEXTS[language] in page.text
        assert not any(f">{text}<" in page.text for text in others)
    offered = portal.client.get(f"/complaints/api/choices?lang={language}").json["result"]
    assert offered["categories"][0]["label"] == net.TEXTS[language]
