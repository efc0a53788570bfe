"""Runs the migrations of the complaint tables; ``ckan db upgrade`` calls it."""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlalchemy import engine_from_config, pool

from ckan.model.meta import metadata

NAME = "complaints"


def include_object(_object: Any, name: Any, type_: str, _reflected: bool, _other: Any) -> bool:
    """Leave every table that is not ours alone."""
    return type_ != "table" or name == NAME or name.startswith(f"{NAME}_")


config = context.config
engine = engine_from_config(
    config.get_section(config.config_ini_section, {}), prefix="sqlalchemy.", poolclass=pool.NullPool
)
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table=f"{NAME}_alembic_version",
        include_object=include_object,
    )
    with context.begin_transaction():
        context.run_migrations()
