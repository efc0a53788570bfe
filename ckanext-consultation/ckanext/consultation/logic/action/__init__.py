"""The actions of consultations."""

from ckanext.consultation.logic.action.comments import *  # noqa: F403
from ckanext.consultation.logic.action.comments import __all__ as _comments
from ckanext.consultation.logic.action.consultations import *  # noqa: F403
from ckanext.consultation.logic.action.consultations import __all__ as _consultations

__all__ = [*_comments, *_consultations]  # noqa: PLE0604 - read by CKAN's blanket
