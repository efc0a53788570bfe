"""The pages of consultations."""

from ckanext.consultation.views.own import consultation_own
from ckanext.consultation.views.review import consultation_review

__all__ = ["consultation_own", "consultation_review"]
