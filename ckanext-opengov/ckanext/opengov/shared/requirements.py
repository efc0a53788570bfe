"""A plugin that lacks another refuses to start, and says which line to mend."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from ckan.exceptions import CkanConfigurationException


def require_plugins(name: str, *needed: str) -> None:
    """Refuse to start ``name`` unless the plugins that it needs stand in ``ckan.plugins``.

    Raises:
        CkanConfigurationException: one is missing.
    """
    configured = tk.aslist(tk.config.get("ckan.plugins", ""))
    missing = [plugin for plugin in needed if plugin not in configured]
    if missing:
        raise CkanConfigurationException(
            f"The plugin {name} needs {', '.join(missing)}: add it to ckan.plugins."
        )


def require_order(first: str, second: str) -> None:
    """Refuse to start unless ``first`` stands before ``second``, whose templates it extends.

    Raises:
        CkanConfigurationException: it stands behind.
    """
    configured = tk.aslist(tk.config.get("ckan.plugins", ""))
    if configured.index(first) > configured.index(second):
        raise CkanConfigurationException(
            f"In ckan.plugins, {first} must stand before {second}: move it."
        )
