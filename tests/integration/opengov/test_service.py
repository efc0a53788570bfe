"""The state of the service: health, notice, maintenance, colours, the portal's own pages."""

import pytest

import ckan.plugins.toolkit as tk

POLICY_FORBIDS = ("unsafe-inline", "unsafe-eval", "http:", "https:", "*")


def test_health_tells_a_load_balancer_what_answers(portal):
    answer = portal.client.get("/health")

    assert answer.status_code == 200
    assert answer.json == {
        "status": "ok",
        "parts": {"database": True, "redis": True, "search": True},
    }
    assert "no-store" in answer.headers["Cache-Control"]
    assert "public" not in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers


@pytest.fixture
def setting(portal):
    """Change runtime options as an administrator does; the old ones come back."""
    portal.user("operator", sysadmin=True)
    changed = []

    def change(**values):
        values = {f"ckanext.opengov.{name}": value for name, value in values.items()}
        changed.extend(values)
        portal.ok("operator", "config_option_update", **values)

    yield change
    for name in changed:
        tk.config[name] = ""


def test_a_notice_stands_on_every_page_in_the_readers_language(portal, setting):
    setting(notice_fr="La recherche est lente <b>ce matin</b>.")

    assert "La recherche est lente &lt;b&gt;" in portal.client.get("/fr/dataset/").text
    assert "og-status" not in portal.client.get("/ar/dataset/").text


def test_maintenance_closes_the_site_to_all_but_administrators(portal, setting):
    setting(maintenance="true")

    answer = portal.client.get("/ar/dataset/")
    assert answer.status_code == 503
    assert "نعمل على صيانة البوّابة" in answer.text
    assert answer.headers["Retry-After"] == "600"
    assert portal.client.get("/health").status_code == 200
    assert portal.client.get("/fr/user/login").status_code == 200
    assert portal.call(None, "package_search")[0] == 503
    assert portal.call("operator", "package_search")[0] == 200


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
@pytest.mark.parametrize("name", ["about", "accessibility", "legal", "privacy"])
def test_the_portal_has_its_own_pages(portal, language, name):
    answer = portal.client.get(f"/{language}/page/{name}")

    assert answer.status_code == 200
    assert "<h1>" in answer.text


@pytest.mark.parametrize("name", ["nothing", "..%2Fabout", "ABOUT"])
def test_another_page_is_not_found(portal, name):
    assert portal.client.get(f"/en/page/{name}").status_code == 404


def test_a_country_replaces_the_texts(portal, tmp_path, monkeypatch):
    (tmp_path / "privacy.fr.md").write_text("# Vie privée\n\nNotre texte.\n")
    monkeypatch.setitem(tk.config, "ckanext.opengov.texts", str(tmp_path))

    assert "Notre texte." in portal.client.get("/fr/page/privacy").text
    assert "Notre texte." not in portal.client.get("/fr/page/legal").text


def test_a_country_sets_its_colours_and_name(portal, monkeypatch):
    before = portal.client.get("/fr/").text
    monkeypatch.setitem(tk.config, "ckanext.opengov.colours", ["brand=#7a1f3d"])
    monkeypatch.setitem(tk.config, "ckanext.opengov.name_ar", "البيانات المفتوحة")
    portal.forget_pages()

    sheet = portal.client.get("/opengov/brand.css")
    assert "--og-brand:#7a1f3d" in sheet.text
    assert "immutable" in sheet.headers["Cache-Control"]
    assert "البيانات المفتوحة" in portal.client.get("/ar/").text
    address = before.split("/opengov/brand.css?v=")[1][:12]
    assert address not in portal.client.get("/fr/page/legal").text


@pytest.mark.parametrize("path", ["/fr/", "/ar/dataset/", "/en/user/login", "/en/nothing"])
def test_pages_allow_no_inline_script_style_or_other_site(portal, path):
    answer = portal.client.get(path)

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert not any(word in policy for word in POLICY_FORBIDS)
    assert " style=" not in answer.text
    assert "<style" not in answer.text
    assert " onclick=" not in answer.text
    assert "<script>" not in answer.text
