"""The pages of complaints."""

from ckanext.complaints.views.api import complaints_api
from ckanext.complaints.views.catalogue import complaints_catalogue
from ckanext.complaints.views.citizens import complaints_case
from ckanext.complaints.views.counter import complaints_intake
from ckanext.complaints.views.desk import complaints_desk
from ckanext.complaints.views.filing import complaints_filing
from ckanext.complaints.views.holds import complaints_holds
from ckanext.complaints.views.network import complaints_network
from ckanext.complaints.views.overview import complaints_overview
from ckanext.complaints.views.programs import complaints_programs
from ckanext.complaints.views.public import complaints
from ckanext.complaints.views.requests import complaints_requests
from ckanext.complaints.views.staff_api import complaints_staff_api
from ckanext.complaints.views.statistics import complaints_statistics
from ckanext.complaints.views.templates import complaints_templates
from ckanext.complaints.views.triage import complaints_triage
from ckanext.complaints.views.verifying import complaints_verify

__all__ = [
    "complaints",
    "complaints_api",
    "complaints_case",
    "complaints_catalogue",
    "complaints_desk",
    "complaints_filing",
    "complaints_holds",
    "complaints_intake",
    "complaints_network",
    "complaints_overview",
    "complaints_programs",
    "complaints_requests",
    "complaints_staff_api",
    "complaints_statistics",
    "complaints_templates",
    "complaints_triage",
    "complaints_verify",
]
