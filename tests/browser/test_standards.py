"""What machines read stands on the pages without breaking a strict policy for programs."""

import json
from urllib.parse import urlsplit

import pytest

POLICY = "script-src 'self'"


@pytest.fixture
def strict(portal):
    """A page of a browser that is told a strict policy, and what it complains of."""
    context = portal.browser.new_context(viewport={"width": 360, "height": 800})
    page = context.new_page()
    page.set_default_timeout(20_000)
    complaints, hosts = [], set()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))

    def answer(route):
        if route.request.resource_type != "document":
            route.continue_()
            return
        response = route.fetch()
        headers = {**response.headers, "content-security-policy": POLICY}
        route.fulfill(response=response, headers=headers)

    page.route("**/*", answer)
    yield page, complaints, hosts
    page.unroute_all(behavior="ignoreErrors")
    context.close()


def refused(complaints):
    return [each for each in complaints if "Content Security Policy" in each]


def test_data_for_search_engines_is_no_program(portal, strict):
    page, complaints, _hosts = strict
    page.goto(f"{portal.address}/ar/")
    data = page.locator('script[type="application/ld+json"]').text_content()

    assert json.loads(data)["@type"] == "DataCatalog"
    assert refused(complaints) == []


def test_the_policy_refuses_programs_in_the_page(portal, strict):
    page, complaints, _hosts = strict
    page.goto(f"{portal.address}/en/")
    page.evaluate(
        "document.head.append(Object.assign(document.createElement('script'), {text: '1'}))"
    )

    assert refused(complaints)


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_the_page_for_developers_fits_a_phone_and_asks_no_other_site(portal, strict, language):
    page, complaints, hosts = strict
    page.goto(f"{portal.address}/{language}/developers")
    page.locator("#call-package_search summary").click()
    width = page.evaluate("document.documentElement.scrollWidth")

    assert page.locator("#call-package_search table").is_visible()
    assert width <= 360
    assert refused(complaints) == []
    assert hosts == {urlsplit(portal.address).netloc}
