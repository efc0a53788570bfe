"""What everyone reads of consultations, in each of their states."""

from tests.integration.consultation.browsing import get, signed_in, text_of
from tests.integration.consultation.test_comments import said


def test_a_visitor_finds_what_is_open_and_reads_it(portal, is_open):
    listed, page = get(portal, "/consultation/"), get(portal, "/consultation/transport")

    assert "1 consultation is open" in text_of(listed)
    assert 'href="/en/consultation/transport"' in listed.text
    assert "Projet de décret sur les transports" in text_of(page)
    assert "31 days left" in text_of(page)
    assert "Log in and give my opinion" in text_of(page)
    assert "<form" not in page.text.split('id="opinion"')[1].split('id="discussion"')[0]
    assert "Nobody has said anything yet." in text_of(page)


def test_pages_are_found_under_their_addresses(portal, is_open):
    said(portal)
    amel, rim = signed_in(portal, "amel"), signed_in(portal, "rim")
    for path, client, status in [
        ("/", None, 200),
        ("/search?q=transport", None, 200),
        ("/organization/meteo", None, 200),
        ("/organization/meteo/consultations", None, 200),
        ("/consultation/transport/c/1", None, 200),
        ("/consultation/transport/c/2", None, 404),
        ("/consultation/transport/c/x", None, 404),
        ("/consultation/nothing", None, 404),
        ("/consultation/transport/respond", None, 302),
        ("/consultation/transport/respond", rim, 200),
        ("/consultation/transport/c/1/reply", rim, 200),
        ("/consultation/transport/c/1/edit", rim, 200),
        ("/consultation/transport/c/1/withdraw", rim, 200),
        ("/consultation/transport/c/1/edit", amel, 403),
        ("/consultation/transport/c/1/vote", amel, 302),
        ("/consultation/transport/manage", amel, 200),
        ("/consultation/transport/manage", rim, 404),
        ("/consultation/transport/manage", None, 302),
        ("/dashboard/consultation", amel, 200),
        ("/dashboard/consultation", rim, 200),
        ("/dashboard/consultation", None, 302),
        ("/dashboard/consultation/new", amel, 200),
        ("/dashboard/consultation/new", rim, 403),
        ("/sitemap.xml", None, 200),
        ("/sitemap/consultations.xml", None, 200),
    ]:
        assert get(portal, path, client).status_code == status, path
