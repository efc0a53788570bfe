"""CKAN's activities about datasets: each keeps, for good, whom it may be shown to."""

from __future__ import annotations

import sqlalchemy as sa

from ckan import model as ckan_model
from ckan.lib.plugins import get_permission_labels
from ckan.types import AlchemySession

VIEWS = "resource view"


def hide(session: AlchemySession, package: ckan_model.Package) -> None:
    """Show what was said about a dataset to those alone who may see it as it is now.

    Activities about views are for everyone, whatever became of the dataset: they go.
    """
    from ckanext.activity.model import Activity  # noqa: PLC0415 - not before the plugin is there

    of_dataset = Activity.object_id == package.id
    labels = get_permission_labels().get_dataset_labels(package)
    session.execute(
        sa.delete(Activity).where(of_dataset, Activity.activity_type.endswith(VIEWS)),
        execution_options={"synchronize_session": False},
    )
    session.execute(
        sa.update(Activity).where(of_dataset).values(permission_labels=labels),
        execution_options={"synchronize_session": False},
    )
