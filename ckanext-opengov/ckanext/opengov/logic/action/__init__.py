"""The suite's actions, and CKAN's own that it guards."""

from ckanext.opengov.logic.action.bodies import *  # noqa: F403
from ckanext.opengov.logic.action.bodies import __all__ as _bodies
from ckanext.opengov.logic.action.catalogue import *  # noqa: F403
from ckanext.opengov.logic.action.catalogue import __all__ as _catalogue
from ckanext.opengov.logic.action.checks import *  # noqa: F403
from ckanext.opengov.logic.action.checks import __all__ as _checks
from ckanext.opengov.logic.action.columns import *  # noqa: F403
from ckanext.opengov.logic.action.columns import __all__ as _columns
from ckanext.opengov.logic.action.differences import *  # noqa: F403
from ckanext.opengov.logic.action.differences import __all__ as _differences
from ckanext.opengov.logic.action.drafts import *  # noqa: F403
from ckanext.opengov.logic.action.drafts import __all__ as _drafts
from ckanext.opengov.logic.action.guards import *  # noqa: F403
from ckanext.opengov.logic.action.guards import __all__ as _guards
from ckanext.opengov.logic.action.hidden import *  # noqa: F403
from ckanext.opengov.logic.action.hidden import __all__ as _hidden
from ckanext.opengov.logic.action.leaving import *  # noqa: F403
from ckanext.opengov.logic.action.leaving import __all__ as _leaving
from ckanext.opengov.logic.action.licences import *  # noqa: F403
from ckanext.opengov.logic.action.licences import __all__ as _licences
from ckanext.opengov.logic.action.notices import *  # noqa: F403
from ckanext.opengov.logic.action.notices import __all__ as _notices
from ckanext.opengov.logic.action.policies import *  # noqa: F403
from ckanext.opengov.logic.action.policies import __all__ as _policies
from ckanext.opengov.logic.action.publication import *  # noqa: F403
from ckanext.opengov.logic.action.publication import __all__ as _publication
from ckanext.opengov.logic.action.reading import *  # noqa: F403
from ckanext.opengov.logic.action.reading import __all__ as _reading
from ckanext.opengov.logic.action.repairs import *  # noqa: F403
from ckanext.opengov.logic.action.repairs import __all__ as _repairs
from ckanext.opengov.logic.action.review import *  # noqa: F403
from ckanext.opengov.logic.action.review import __all__ as _review
from ckanext.opengov.logic.action.revisions import *  # noqa: F403
from ckanext.opengov.logic.action.revisions import __all__ as _revisions
from ckanext.opengov.logic.action.rows import *  # noqa: F403
from ckanext.opengov.logic.action.rows import __all__ as _rows
from ckanext.opengov.logic.action.schemas import *  # noqa: F403
from ckanext.opengov.logic.action.schemas import __all__ as _schemas
from ckanext.opengov.logic.action.search import *  # noqa: F403
from ckanext.opengov.logic.action.search import __all__ as _search
from ckanext.opengov.logic.action.standing import *  # noqa: F403
from ckanext.opengov.logic.action.standing import __all__ as _standing
from ckanext.opengov.logic.action.tables import *  # noqa: F403
from ckanext.opengov.logic.action.tables import __all__ as _tables
from ckanext.opengov.logic.action.two_factor import *  # noqa: F403
from ckanext.opengov.logic.action.two_factor import __all__ as _two_factor
from ckanext.opengov.logic.action.uploads import *  # noqa: F403
from ckanext.opengov.logic.action.uploads import __all__ as _uploads
from ckanext.opengov.logic.action.upserts import *  # noqa: F403
from ckanext.opengov.logic.action.upserts import __all__ as _upserts
from ckanext.opengov.logic.action.views import *  # noqa: F403
from ckanext.opengov.logic.action.views import __all__ as _views
from ckanext.opengov.logic.action.waivers import *  # noqa: F403
from ckanext.opengov.logic.action.waivers import __all__ as _waivers
from ckanext.opengov.logic.action.work import *  # noqa: F403
from ckanext.opengov.logic.action.work import __all__ as _work

__all__ = [  # noqa: PLE0604 - read by CKAN's blanket
    *_bodies,
    *_catalogue,
    *_checks,
    *_columns,
    *_differences,
    *_drafts,
    *_guards,
    *_hidden,
    *_leaving,
    *_licences,
    *_notices,
    *_policies,
    *_publication,
    *_reading,
    *_repairs,
    *_review,
    *_revisions,
    *_rows,
    *_schemas,
    *_search,
    *_standing,
    *_tables,
    *_two_factor,
    *_uploads,
    *_upserts,
    *_views,
    *_waivers,
    *_work,
]
