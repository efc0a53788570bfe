"""The actions of consultations."""

from ckanext.consultation.logic.action.comments import *  # noqa: F403
from ckanext.consultation.logic.action.comments import __all__ as _comments
from ckanext.consultation.logic.action.consultations import *  # noqa: F403
from ckanext.consultation.logic.action.consultations import __all__ as _consultations
from ckanext.consultation.logic.action.lists import *  # noqa: F403
from ckanext.consultation.logic.action.lists import __all__ as _lists
from ckanext.consultation.logic.action.replies import *  # noqa: F403
from ckanext.consultation.logic.action.replies import __all__ as _replies
from ckanext.consultation.logic.action.themes import *  # noqa: F403
from ckanext.consultation.logic.action.themes import __all__ as _themes
from ckanext.consultation.logic.action.work import *  # noqa: F403
from ckanext.consultation.logic.action.work import __all__ as _work

__all__ = [*_comments, *_consultations, *_lists, *_replies, *_themes, *_work]  # noqa: PLE0604 - read by CKAN's blanket
