"""What the templates of consultations ask for; CKAN knows each by its name here."""

from ckanext.consultation.moderation_helpers import *  # noqa: F403
from ckanext.consultation.moderation_helpers import __all__ as _moderation

__all__ = [*_moderation]  # noqa: PLE0604 - read by CKAN's blanket
