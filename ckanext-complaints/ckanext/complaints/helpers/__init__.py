"""What the templates of complaints ask for; CKAN knows each by its name here."""

from ckanext.complaints.helpers.answers import *  # noqa: F403
from ckanext.complaints.helpers.answers import __all__ as _answers
from ckanext.complaints.helpers.citizens import *  # noqa: F403
from ckanext.complaints.helpers.citizens import __all__ as _citizens
from ckanext.complaints.helpers.evidence import *  # noqa: F403
from ckanext.complaints.helpers.evidence import __all__ as _evidence
from ckanext.complaints.helpers.figures import *  # noqa: F403
from ckanext.complaints.helpers.figures import __all__ as _figures
from ckanext.complaints.helpers.network import *  # noqa: F403
from ckanext.complaints.helpers.network import __all__ as _network

__all__ = [  # noqa: PLE0604 - read by CKAN's blanket
    *_answers,
    *_citizens,
    *_evidence,
    *_figures,
    *_network,
]
