"""The actions of consultations."""

from ckanext.consultation.logic.action.appeals import *  # noqa: F403
from ckanext.consultation.logic.action.appeals import __all__ as _appeals
from ckanext.consultation.logic.action.comments import *  # noqa: F403
from ckanext.consultation.logic.action.comments import __all__ as _comments
from ckanext.consultation.logic.action.comparing import *  # noqa: F403
from ckanext.consultation.logic.action.comparing import __all__ as _comparing
from ckanext.consultation.logic.action.consultations import *  # noqa: F403
from ckanext.consultation.logic.action.consultations import __all__ as _consultations
from ckanext.consultation.logic.action.deciding import *  # noqa: F403
from ckanext.consultation.logic.action.deciding import __all__ as _deciding
from ckanext.consultation.logic.action.following import *  # noqa: F403
from ckanext.consultation.logic.action.following import __all__ as _following
from ckanext.consultation.logic.action.guests import *  # noqa: F403
from ckanext.consultation.logic.action.guests import __all__ as _guests
from ckanext.consultation.logic.action.lists import *  # noqa: F403
from ckanext.consultation.logic.action.lists import __all__ as _lists
from ckanext.consultation.logic.action.members import *  # noqa: F403
from ckanext.consultation.logic.action.members import __all__ as _members
from ckanext.consultation.logic.action.moderation import *  # noqa: F403
from ckanext.consultation.logic.action.moderation import __all__ as _moderation
from ckanext.consultation.logic.action.nodes import *  # noqa: F403
from ckanext.consultation.logic.action.nodes import __all__ as _nodes
from ckanext.consultation.logic.action.occasions import *  # noqa: F403
from ckanext.consultation.logic.action.occasions import __all__ as _occasions
from ckanext.consultation.logic.action.pairing import *  # noqa: F403
from ckanext.consultation.logic.action.pairing import __all__ as _pairing
from ckanext.consultation.logic.action.participants import *  # noqa: F403
from ckanext.consultation.logic.action.participants import __all__ as _participants
from ckanext.consultation.logic.action.people import *  # noqa: F403
from ckanext.consultation.logic.action.people import __all__ as _people
from ckanext.consultation.logic.action.places import *  # noqa: F403
from ckanext.consultation.logic.action.places import __all__ as _places
from ckanext.consultation.logic.action.reading import *  # noqa: F403
from ckanext.consultation.logic.action.reading import __all__ as _reading
from ckanext.consultation.logic.action.replies import *  # noqa: F403
from ckanext.consultation.logic.action.replies import __all__ as _replies
from ckanext.consultation.logic.action.results_data import *  # noqa: F403
from ckanext.consultation.logic.action.results_data import __all__ as _results_data
from ckanext.consultation.logic.action.texts import *  # noqa: F403
from ckanext.consultation.logic.action.texts import __all__ as _texts
from ckanext.consultation.logic.action.themes import *  # noqa: F403
from ckanext.consultation.logic.action.themes import __all__ as _themes
from ckanext.consultation.logic.action.transparency import *  # noqa: F403
from ckanext.consultation.logic.action.transparency import __all__ as _transparency
from ckanext.consultation.logic.action.versions import *  # noqa: F403
from ckanext.consultation.logic.action.versions import __all__ as _versions
from ckanext.consultation.logic.action.work import *  # noqa: F403
from ckanext.consultation.logic.action.work import __all__ as _work

__all__ = [  # noqa: PLE0604 - read by CKAN's blanket
    *_appeals,
    *_comments,
    *_comparing,
    *_consultations,
    *_deciding,
    *_guests,
    *_following,
    *_lists,
    *_members,
    *_moderation,
    *_nodes,
    *_occasions,
    *_pairing,
    *_people,
    *_participants,
    *_places,
    *_reading,
    *_replies,
    *_results_data,
    *_texts,
    *_themes,
    *_transparency,
    *_versions,
    *_work,
]
