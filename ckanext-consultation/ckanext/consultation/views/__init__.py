"""The pages of consultations."""

from ckanext.consultation.views.text_work import consultation_text_work
from ckanext.consultation.views.texts import consultation_texts

__all__ = ["consultation_text_work", "consultation_texts"]
