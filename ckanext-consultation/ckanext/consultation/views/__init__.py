"""The pages of consultations."""

from ckanext.consultation.views.answers import consultation_answers
from ckanext.consultation.views.replies import consultation_replies

__all__ = ["consultation_answers", "consultation_replies"]
