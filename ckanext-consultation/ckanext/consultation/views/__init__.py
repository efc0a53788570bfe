"""The pages of consultations."""

from ckanext.consultation.views.bodies import consultation_body
from ckanext.consultation.views.public import consultation
from ckanext.consultation.views.staff import consultation_staff

__all__ = ["consultation", "consultation_body", "consultation_staff"]
