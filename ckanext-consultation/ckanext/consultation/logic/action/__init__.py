"""The actions of consultations."""

from ckanext.consultation.logic.action.comments import *  # noqa: F403
from ckanext.consultation.logic.action.comments import __all__ as _comments
from ckanext.consultation.logic.action.consultations import *  # noqa: F403
from ckanext.consultation.logic.action.consultations import __all__ as _consultations
from ckanext.consultation.logic.action.replies import *  # noqa: F403
from ckanext.consultation.logic.action.replies import __all__ as _replies
from ckanext.consultation.logic.action.themes import *  # noqa: F403
from ckanext.consultation.logic.action.themes import __all__ as _themes

__all__ = [*_comments, *_consultations, *_replies, *_themes]  # noqa: PLE0604 - read by CKAN's blanket
