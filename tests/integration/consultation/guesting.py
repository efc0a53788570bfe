"""People without an account: they write, read their mail, and confirm."""

import re
import uuid

from tests.integration.consultation.conftest import fields, published, shift

from ckan import model

LEILA = "leila.guest@example.org"
WORDS = "The buses are late on line 12."


def opened(portal, body, name="transport", **settings):
    """Return a consultation that is open to guests."""
    settings = {"moderation": "post", "guests": True, **settings}
    draft = portal.ok("amel", "consultation_create", **fields(body, name=name, settings=settings))
    published(portal, draft)
    shift(draft, opens_at=-1)
    return draft


def ask(portal, email=LEILA, name="transport", address="198.51.100.7", **given):
    """Write something as somebody without an account; return the status and the answer."""
    given = given or {"body": WORDS}
    return post(
        portal, "consultation_guest_ask", address, consultation_id=name, email=email, **given
    )


def post(portal, action, address="198.51.100.7", /, **given):
    """Call an action without an account, from some address; return status and answer."""
    answer = portal.client.flask_app.test_client(use_cookies=False).post(
        f"/api/3/action/{action}", json=given, environ_overrides={"REMOTE_ADDR": address}
    )
    model.Session.remove()
    content = answer.json
    return answer.status_code, content.get("result", content.get("error"))


def text_of(mail):
    """Return what a mail says, as plain text."""
    return mail.get_body(("plain",)).get_content()


def link_in(mail):
    """Return the link of a mail."""
    return re.search(r"https?://\S+/guest/confirm\?token=[\w-]+", text_of(mail))[0]


def token_in(mail):
    return link_in(mail).split("token=")[1]


def asked(portal, mails, *arguments, **given):
    """Write something, and return the link's token from the mail."""
    before = len(mails())
    status, answer = ask(portal, *arguments, **given)
    assert status == 200, answer
    portal.work()
    found = mails()
    assert len(found) == before + 1
    return token_in(found[-1])


def confirmed(portal, mails, *arguments, **given):
    """Write something and confirm it; return what the confirmation answers."""
    token = asked(portal, mails, *arguments, **given)
    status, answer = post(portal, "consultation_guest_confirm", token=token)
    assert status == 200, answer
    return answer


def new_token():
    return str(uuid.uuid4())
