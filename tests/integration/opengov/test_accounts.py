"""The pages of accounts: they need no script, say what is wrong twice, and ask before they act."""

import re

import pytest
from tests.common.people import PASSWORD, Person

from ckan import model
from ckan.lib import mailer


@pytest.fixture
def sami(portal, clock):
    """An administrator of a body with an editor, signed in with the password alone."""
    portal.body(amel="editor", sami="admin")
    person = Person(portal, clock, "sami")
    person.sign_in()
    return person


def errors_of(page):
    """Return what the summary says, with the field that each sentence leads to."""
    summary = re.search(r'class="og-error".*?</div>', page, re.DOTALL)
    return dict(re.findall(r'<a href="#field-(\w+)">(.*?)</a>', summary.group()) if summary else ())


def error_at(page, field):
    found = re.search(rf'id="field-{field}-error">.*?</span>\s*(.*?)</span>', page, re.DOTALL)
    assert re.search(rf'id="field-{field}"[^>]*aria-invalid="true"', page)
    return found.group(1)


@pytest.mark.parametrize(
    ("login", "password", "field", "said"),
    [
        ("amel", "wrong-password", "login", "Username or password is not right"),
        ("nobody", "wrong-password", "login", "Username or password is not right"),
        ("", "wrong-password", "login", "Enter your username or email."),
        ("amel", "", "password", "Enter your password."),
    ],
)
def test_what_is_wrong_stands_at_the_field_and_in_the_summary(
    portal, clock, login, password, field, said
):
    amel = Person(portal, clock, "amel")

    page = amel.send("/user/login", login=login, password=password).text

    assert errors_of(page)[field].startswith(said)
    assert error_at(page, field) == errors_of(page)[field]
    assert re.search(r"<title>\s*Error:", page)
    assert f'value="{login}"' in page
    assert "wrong-password" not in page


def test_the_form_comes_first_and_help_after_it(portal):
    page = portal.client.get("/en/user/login").text

    places = [
        page.index(text) for text in ("<h1", 'name="login"', 'name="password"', "/user/reset")
    ]
    assert places == sorted(places)
    assert 'class="secondary' not in page


def test_forgetting_a_password_is_answered_in_place(portal, clock):
    amel = Person(portal, clock, "amel")

    empty = amel.send("/user/reset", user=" ")
    known = amel.send("/user/reset", user="amel")
    unknown = amel.send("/user/reset", user="nobody")

    assert empty.status_code == 422
    assert errors_of(empty.text) == {"user": "Enter your username or email."}
    assert known.status_code == unknown.status_code == 302
    assert known.location == unknown.location


def twice(password):
    return {"password1": password, "password2": password}


def test_a_new_password_is_refused_at_the_field(portal, clock):
    amel = Person(portal, clock, "amel")
    with portal.client.flask_app.test_request_context():
        user = model.User.get("amel")
        mailer.create_reset_key(user)
        path = f"/user/reset/{user.id}?key={user.reset_key}"
    model.Session.remove()

    page = amel.send(path, **twice("zq7zq7")).text
    done = amel.send(path, **twice("three-new-words"))

    assert error_at(page, "password1") == errors_of(page)["password1"]
    assert "zq7" not in page
    assert done.status_code == 302
    assert not amel.is_in()
    amel.give_password("three-new-words")
    assert amel.is_in()


def test_a_token_is_shown_once_and_revoked_after_a_question(portal, clock, sami):
    page = sami.send("/user/sami/api-tokens", name="Sync <b>").text
    token = re.search(r'id="created-token"[^>]*>([^<]+)<', page).group(1)
    before = sami.get("/user/sami/api-tokens").text
    headers = {"Authorization": token}
    used = portal.client.get("/api/3/action/api_token_list?user_id=sami", headers=headers)
    after = sami.get("/user/sami/api-tokens").text

    assert used.status_code == 200
    assert token not in before + after
    assert "Sync &lt;b&gt;" in page
    assert before.count("Never") == after.count("Never") + 1
    assert "data-og-copy" in page

    jti = next(each["id"] for each in used.json["result"] if each["name"].startswith("Sync"))
    ask = sami.get(f"/user/sami/api-tokens/revoke?token={jti}").text
    assert "Revoke the token" in ask
    assert portal.client.get("/user/edit", headers=headers).status_code == 200
    sami.send(
        f"/user/sami/api-tokens/revoke?token={jti}", "/user/sami/api-tokens/revoke", token=jti
    )
    assert portal.client.get("/user/edit", headers=headers).status_code != 200


def test_a_token_needs_a_name(sami):
    answer = sami.send("/user/sami/api-tokens", name=" ")

    assert answer.status_code == 422
    assert errors_of(answer.text) == {"name": "Give the token a name."}


def test_tokens_are_their_owners_business(portal, clock, sami):
    amel = Person(portal, clock, "amel")
    amel.sign_in()
    jti = portal.inside("api_token_list", "sami", user_id="sami")[0]["id"]

    assert amel.get("/user/sami/api-tokens").status_code == 404
    assert amel.get(f"/user/sami/api-tokens/revoke?token={jti}").status_code == 404
    assert amel.get(f"/user/amel/api-tokens/revoke?token={jti}").status_code == 404
    answer = amel.send("/user/amel/api-tokens", "/user/amel/api-tokens/revoke", token=jti)
    assert answer.status_code == 404
    assert amel.send("/user/amel/api-tokens", "/user/sami/api-tokens", name="x").status_code == 403
    assert len(portal.inside("api_token_list", "sami", user_id="sami")) == 1
    anonymous = portal.client.get("/user/sami/api-tokens", follow_redirects=False)
    assert "/user/login" in anonymous.location


@pytest.mark.parametrize(
    ("language", "editor", "reviewer"),
    [
        ("en", "Writes datasets and submits them", "Reviews and approves what others wrote"),
        ("fr", "Rédige des jeux de données", "Relit et approuve"),
        ("ar", "يحرّر مجموعات البيانات", "يراجع ما كتبه غيره"),
    ],
)
def test_roles_are_explained_where_they_are_given(sami, language, editor, reviewer):
    for path in ("members/meteo", "manage_members/meteo", "member_new/meteo"):
        page = sami.client.get(f"/{language}/organization/{path}").text
        assert editor in page, path
        assert reviewer in page, path


def test_members_are_named_given_roles_and_removed_after_a_question(portal, clock, sami):
    portal.user("rima")
    rima = Person(portal, clock, "rima")
    form = "/organization/member_new/meteo"

    added = sami.send(form, username="rima", role="editor")
    listed = sami.get("/organization/manage_members/meteo").text
    changed = sami.send(f"{form}?user={rima.id}", username="rima", role="member")
    remove = f"/organization/member_delete/meteo?user={rima.id}"
    ask = sami.get(remove).text
    still = sami.get("/organization/manage_members/meteo").text
    sami.send(remove, user=rima.id)
    gone = sami.get("/organization/manage_members/meteo").text

    assert added.status_code == changed.status_code == 302
    assert remove.split("?", maxsplit=1)[0] in listed
    assert "confirm-action" not in listed
    assert "Remove rima from the body?" in ask
    assert ">rima<" in still
    assert ">rima<" not in gone
    own = sami.get(f"{form}?user={sami.id}").text
    assert "only another administrator can change your role" in own
    assert 'type="radio"' not in own


PAGES = (
    "/user/login",
    "/user/reset",
    "/user/two-factor",
    "/user/sami/api-tokens",
    "/organization/members/meteo",
    "/organization/manage_members/meteo",
    "/organization/member_new/meteo",
)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["ar", "fr"])
def test_pages_speak_the_language_and_hold_no_script_of_their_own(sami, path, language):
    page = sami.client.get(f"/{language}{path}").text
    body = page[page.index("<main>") : page.index("site-footer")]

    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", body)
    assert not re.search(r">\s*(Two-step sign-in|Log in|Members|Role|API Tokens)\s*<", body)
    assert "hx-post" not in body


def test_setting_up_shows_the_code_without_style_or_script(sami):
    path = "/user/two-factor"
    page = sami.send(path, f"{path}/begin", password=PASSWORD).text
    body = page[page.index("<main>") : page.index("site-footer")]

    assert "<svg" in body
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", body)
    assert 'autocomplete="one-time-code"' in body
    assert "otpauth" not in body
