"""The guards over CKAN 2.12.0: each attack fails, and works again once the guard is gone."""

import datetime as dt
import smtplib
import ssl

import pytest
from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from opengov_stack.servers import free_port

from ckan.config.middleware.flask_app import csrf as ckan_csrf
from ckan.lib import mailer

from ckanext.opengov.shared.web import csrf, smtp

HOST = "localhost"


def sign_in(portal):
    client = portal.client.flask_app.test_client()
    form = {"login": "amel", "password": "correct-horse-battery"}
    answer = portal.fill_in("/user/login", client, **form)
    assert answer.status_code == 302, answer.text
    return client


def forge(portal, client):
    """Prime the exemption as a stranger, then post a form without a token as the victim."""
    stranger = portal.client.flask_app.test_client()
    stranger.get("/user/edit/amel", headers={"Authorization": portal.tokens["nour"]})
    form = {"fullname": "Forged", "email": "amel@example.org", "name": "amel", "save": ""}
    return client.post("/user/edit/amel", data=form)


def test_a_stranger_does_not_switch_off_the_csrf_check_of_others(portal):
    portal.user("amel")
    portal.user("nour")

    answer = forge(portal, sign_in(portal))

    assert answer.status_code == 400


def test_without_the_guard_the_same_attack_works(portal, monkeypatch):
    portal.user("amel")
    portal.user("nour")
    monkeypatch.setattr(ckan_csrf, "_exempt_views", set(ckan_csrf._exempt_views.for_good))

    answer = forge(portal, sign_in(portal))

    assert csrf.is_needed()
    assert answer.status_code == 302


@pytest.fixture
def mail_server(tmp_path):
    """An SMTP server with a certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "server.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    received = []

    class Keeper:
        async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's name
            received.append(envelope)
            return "250 OK"

    controller = Controller(Keeper(), hostname="127.0.0.1", port=free_port(), tls_context=context)
    controller.start()
    yield f"{HOST}:{controller.port}", received, pem
    controller.stop()


def send(portal, address, monkeypatch):
    with portal.client.flask_app.test_request_context():
        from ckan.common import config  # noqa: PLC0415 - needs the context

        monkeypatch.setitem(config, "smtp.server", address)
        monkeypatch.setitem(config, "smtp.starttls", True)
        mailer.mail_recipient("Amel", "amel@example.org", "Subject", "Body")


def test_mail_goes_to_no_server_that_cannot_prove_its_name(portal, mail_server, monkeypatch):
    address, received, _pem = mail_server

    with pytest.raises((OSError, mailer.MailerException)):
        send(portal, address, monkeypatch)

    assert received == []


def test_without_the_guard_mail_goes_to_anyone(portal, mail_server, monkeypatch):
    address, received, _pem = mail_server
    monkeypatch.setattr(mailer, "smtplib", smtplib)

    send(portal, address, monkeypatch)

    assert smtp.is_needed()
    assert len(received) == 1


def test_mail_goes_to_a_server_whose_certificate_holds(portal, mail_server, monkeypatch):
    address, received, pem = mail_server
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))

    send(portal, address, monkeypatch)

    assert len(received) == 1
