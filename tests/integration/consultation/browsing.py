"""People who read and write on the pages of consultations."""

from lxml import html
from tests.common.people import PASSWORD

from ckan import model


def signed_in(portal, name):
    """Return a browser in which this person is signed in."""
    client = portal.client.flask_app.test_client()
    portal.fill_in("/user/login", client=client, login=name, password=PASSWORD)
    return client


def get(portal, path, client=None, language="en"):
    """Read a page, as a visitor or in somebody's browser."""
    client = client or portal.client.flask_app.test_client(use_cookies=False)
    answer = client.get(f"/{language}{path}")
    model.Session.remove()
    return answer


def text_of(answer):
    """Return what a page says, in one line."""
    page = html.document_fromstring(answer.text)
    for each in page.xpath("//script | //style"):
        each.drop_tree()
    return " ".join(page.text_content().split())


def tree(answer):
    return html.document_fromstring(answer.text)
