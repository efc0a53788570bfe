"""The pages of consultations."""

from ckanext.consultation.views.answers import consultation_answers
from ckanext.consultation.views.bodies import consultation_body
from ckanext.consultation.views.feeds import consultation_feeds
from ckanext.consultation.views.follow import consultation_follow
from ckanext.consultation.views.guests import consultation_guests
from ckanext.consultation.views.members import consultation_members
from ckanext.consultation.views.own import consultation_own
from ckanext.consultation.views.people import consultation_people
from ckanext.consultation.views.public import consultation
from ckanext.consultation.views.replies import consultation_replies
from ckanext.consultation.views.results_data import consultation_data
from ckanext.consultation.views.review import consultation_review
from ckanext.consultation.views.staff import consultation_staff
from ckanext.consultation.views.text_work import consultation_text_work
from ckanext.consultation.views.texts import consultation_texts

__all__ = [
    "consultation",
    "consultation_answers",
    "consultation_body",
    "consultation_data",
    "consultation_feeds",
    "consultation_follow",
    "consultation_guests",
    "consultation_members",
    "consultation_own",
    "consultation_people",
    "consultation_replies",
    "consultation_review",
    "consultation_staff",
    "consultation_text_work",
    "consultation_texts",
]
