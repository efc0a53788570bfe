"""The suite's actions, and CKAN's own that it guards."""

from ckanext.opengov.logic.action.bodies import *  # noqa: F403
from ckanext.opengov.logic.action.bodies import __all__ as _bodies
from ckanext.opengov.logic.action.checks import *  # noqa: F403
from ckanext.opengov.logic.action.checks import __all__ as _checks
from ckanext.opengov.logic.action.differences import *  # noqa: F403
from ckanext.opengov.logic.action.differences import __all__ as _differences
from ckanext.opengov.logic.action.guards import *  # noqa: F403
from ckanext.opengov.logic.action.guards import __all__ as _guards
from ckanext.opengov.logic.action.hidden import *  # noqa: F403
from ckanext.opengov.logic.action.hidden import __all__ as _hidden
from ckanext.opengov.logic.action.licences import *  # noqa: F403
from ckanext.opengov.logic.action.licences import __all__ as _licences
from ckanext.opengov.logic.action.publication import *  # noqa: F403
from ckanext.opengov.logic.action.publication import __all__ as _publication
from ckanext.opengov.logic.action.review import *  # noqa: F403
from ckanext.opengov.logic.action.review import __all__ as _review
from ckanext.opengov.logic.action.revisions import *  # noqa: F403
from ckanext.opengov.logic.action.revisions import __all__ as _revisions
from ckanext.opengov.logic.action.rows import *  # noqa: F403
from ckanext.opengov.logic.action.rows import __all__ as _rows

__all__ = [  # noqa: PLE0604 - read by CKAN's blanket
    *_bodies,
    *_checks,
    *_differences,
    *_guards,
    *_hidden,
    *_licences,
    *_publication,
    *_review,
    *_revisions,
    *_rows,
]
