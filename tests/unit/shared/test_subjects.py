"""The subject of a mail reads as it was written, however long it is."""

import email
import email.policy
from email.message import EmailMessage

import pytest

from ckanext.opengov.shared.domain.subjects import Subject


@pytest.mark.parametrize(
    "said",
    [
        "أكّدوا رأيكم: مشروع أمر يتعلّق بالخدمات الرقمية والنفاذ إلى المعطيات وكلّ ما يتبعها",
        "Confirm what you wrote on the draft decree on digital services, and on access to data",
        "Short",
    ],
)
def test_no_space_is_lost(said):
    mail = EmailMessage()
    mail["Subject"] = Subject(said)
    mail.set_content("…")
    sent = mail.as_string()
    assert email.message_from_string(sent, policy=email.policy.default)["Subject"] == said
    assert max(map(len, sent.splitlines())) <= 78
