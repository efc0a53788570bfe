"""The actions of consultations."""

from ckanext.consultation.logic.action.appeals import *  # noqa: F403
from ckanext.consultation.logic.action.appeals import __all__ as _appeals
from ckanext.consultation.logic.action.comments import *  # noqa: F403
from ckanext.consultation.logic.action.comments import __all__ as _comments
from ckanext.consultation.logic.action.consultations import *  # noqa: F403
from ckanext.consultation.logic.action.consultations import __all__ as _consultations
from ckanext.consultation.logic.action.members import *  # noqa: F403
from ckanext.consultation.logic.action.members import __all__ as _members
from ckanext.consultation.logic.action.moderation import *  # noqa: F403
from ckanext.consultation.logic.action.moderation import __all__ as _moderation
from ckanext.consultation.logic.action.transparency import *  # noqa: F403
from ckanext.consultation.logic.action.transparency import __all__ as _transparency

__all__ = [  # noqa: PLE0604 - read by CKAN's blanket
    *_appeals,
    *_comments,
    *_consultations,
    *_members,
    *_moderation,
    *_transparency,
]
