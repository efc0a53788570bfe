"""What the templates of consultations ask for; CKAN knows each by its name here."""

from ckanext.consultation.helpers.following import *  # noqa: F403
from ckanext.consultation.helpers.following import __all__ as _following
from ckanext.consultation.helpers.guests import *  # noqa: F403
from ckanext.consultation.helpers.guests import __all__ as _guests
from ckanext.consultation.helpers.moderation import *  # noqa: F403
from ckanext.consultation.helpers.moderation import __all__ as _moderation
from ckanext.consultation.helpers.pages import *  # noqa: F403
from ckanext.consultation.helpers.pages import __all__ as _pages
from ckanext.consultation.helpers.replies import *  # noqa: F403
from ckanext.consultation.helpers.replies import __all__ as _replies
from ckanext.consultation.helpers.results_data import *  # noqa: F403
from ckanext.consultation.helpers.results_data import __all__ as _results_data
from ckanext.consultation.helpers.texts import *  # noqa: F403
from ckanext.consultation.helpers.texts import __all__ as _texts

__all__ = [  # noqa: PLE0604 - read by CKAN's blanket
    *_following,
    *_guests,
    *_moderation,
    *_pages,
    *_replies,
    *_results_data,
    *_texts,
]
