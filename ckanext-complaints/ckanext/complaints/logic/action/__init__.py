"""The actions of complaints."""

from ckanext.complaints.logic.action.bodies import *  # noqa: F403
from ckanext.complaints.logic.action.bodies import __all__ as _bodies
from ckanext.complaints.logic.action.categories import *  # noqa: F403
from ckanext.complaints.logic.action.categories import __all__ as _categories
from ckanext.complaints.logic.action.citizens import *  # noqa: F403
from ckanext.complaints.logic.action.citizens import __all__ as _citizens
from ckanext.complaints.logic.action.counter import *  # noqa: F403
from ckanext.complaints.logic.action.counter import __all__ as _counter
from ckanext.complaints.logic.action.excluding import *  # noqa: F403
from ckanext.complaints.logic.action.excluding import __all__ as _excluding
from ckanext.complaints.logic.action.filing import *  # noqa: F403
from ckanext.complaints.logic.action.filing import __all__ as _filing
from ckanext.complaints.logic.action.handling import *  # noqa: F403
from ckanext.complaints.logic.action.handling import __all__ as _handling
from ckanext.complaints.logic.action.holding import *  # noqa: F403
from ckanext.complaints.logic.action.holding import __all__ as _holding
from ckanext.complaints.logic.action.holidays import *  # noqa: F403
from ckanext.complaints.logic.action.holidays import __all__ as _holidays
from ckanext.complaints.logic.action.judging import *  # noqa: F403
from ckanext.complaints.logic.action.judging import __all__ as _judging
from ckanext.complaints.logic.action.members import *  # noqa: F403
from ckanext.complaints.logic.action.members import __all__ as _members
from ckanext.complaints.logic.action.overseeing import *  # noqa: F403
from ckanext.complaints.logic.action.overseeing import __all__ as _overseeing
from ckanext.complaints.logic.action.policies import *  # noqa: F403
from ckanext.complaints.logic.action.policies import __all__ as _policies
from ckanext.complaints.logic.action.programs import *  # noqa: F403
from ckanext.complaints.logic.action.programs import __all__ as _programs
from ckanext.complaints.logic.action.questions import *  # noqa: F403
from ckanext.complaints.logic.action.questions import __all__ as _questions
from ckanext.complaints.logic.action.referring import *  # noqa: F403
from ckanext.complaints.logic.action.referring import __all__ as _referring
from ckanext.complaints.logic.action.statistics import *  # noqa: F403
from ckanext.complaints.logic.action.statistics import __all__ as _statistics
from ckanext.complaints.logic.action.surveys import *  # noqa: F403
from ckanext.complaints.logic.action.surveys import __all__ as _surveys
from ckanext.complaints.logic.action.templates import *  # noqa: F403
from ckanext.complaints.logic.action.templates import __all__ as _templates
from ckanext.complaints.logic.action.triage import *  # noqa: F403
from ckanext.complaints.logic.action.triage import __all__ as _triage
from ckanext.complaints.logic.action.units import *  # noqa: F403
from ckanext.complaints.logic.action.units import __all__ as _units
from ckanext.complaints.logic.action.verifying import *  # noqa: F403
from ckanext.complaints.logic.action.verifying import __all__ as _verifying

__all__ = [  # noqa: PLE0604 - read by CKAN's blanket
    *_bodies,
    *_categories,
    *_citizens,
    *_excluding,
    *_counter,
    *_filing,
    *_handling,
    *_holding,
    *_holidays,
    *_judging,
    *_members,
    *_overseeing,
    *_policies,
    *_programs,
    *_questions,
    *_referring,
    *_statistics,
    *_surveys,
    *_templates,
    *_triage,
    *_units,
    *_verifying,
]
