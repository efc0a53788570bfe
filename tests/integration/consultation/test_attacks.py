"""What somebody tries who wants to break in, to be seen as another, or to leave others without."""

from tests.integration.consultation.conftest import fields, shift
from tests.integration.consultation.test_comments import said

HERE = {"consultation_id": "transport"}


def test_a_name_that_is_the_id_of_another_consultation_opens_nothing_there(portal, is_open):
    comment = said(portal, body="Nobody of another body decides on this")
    other = portal.body("other", zoe="admin")
    given = fields(other, name=is_open["id"], title_translated={"fr": "Un piège"})
    portal.ok("zoe", "consultation_create", **given)
    # A row that is written anew stands behind the other, and is found after it.
    shift(is_open, closes_at=40)

    status, answer = portal.call("zoe", "consultation_review_claim", comment_id=comment["id"])
    shown = portal.call(None, "consultation_show", id=is_open["id"])

    assert status == 404, answer
    assert (shown[0], shown[1].get("name")) == (200, "transport")
