"""Which of the portal's pages are kept for everyone, and what they show."""

from __future__ import annotations

from ckanext.opengov.shared.web import generations, pages

CATALOGUE = "catalogue"
"""Datasets, files, their tables and bodies: what is published."""
FILTERS = ("organization", "theme", "res_format", "frequency", "license_id", "tags")
LIST = ("q", "sort", "page", *FILTERS, *(f"_{name}_limit" for name in FILTERS))
TABLE = ("q", "field", "value", "sort", "cursor")

generations.watch(
    CATALOGUE,
    *("group", "member", "package", "package_member", "package_relationship", "package_tag"),
    *("resource", "resource_view", "tag", "vocabulary"),
    *("opengov_publication", "opengov_resource_file", "opengov_revision"),
)
# What is prepared and reviewed shows once it is published, by a row of the tables above.
generations.ignore(
    *("opengov_check", "opengov_contributor", "opengov_policy"),
    *("opengov_repair", "opengov_revision_file", "opengov_role_event", "opengov_schema_version"),
    *("opengov_standing", "opengov_standing_use", "opengov_upsert", "opengov_waiver"),
)

pages.keep("home.index", depends=[CATALOGUE])
pages.keep("opengov_search.show", depends=[CATALOGUE], arguments=["q"])
pages.keep("dataset.search", depends=[CATALOGUE], arguments=LIST)
pages.keep("dataset.read", depends=[CATALOGUE], arguments=["page"])
pages.keep("dataset_resource.read", depends=[CATALOGUE], arguments=TABLE)
pages.keep("organization.index", depends=[CATALOGUE], arguments=["q", "sort", "page"])
pages.keep("organization.read", depends=[CATALOGUE], arguments=LIST)
pages.keep("organization.about", depends=[CATALOGUE])
pages.keep("opengov_portal.page")
