"""The options of complaints, one reader each; config_declaration.yaml describes them."""

from __future__ import annotations

from pathlib import Path

import ckan.plugins.toolkit as tk


def keys_folder() -> Path:
    """Return where the service keys lie, apart from the database."""
    chosen = tk.config["ckanext.complaints.keys_folder"]
    return Path(chosen or Path(tk.config["ckan.storage_path"]) / "complaints" / "keys")


def derivations_at_once() -> int:
    """Return how many receipts a process checks at the same time, 64 MiB each."""
    return max(int(tk.config["ckanext.complaints.derivations_at_once"]), 1)


def derivation_wait_seconds() -> int:
    """Return for how long somebody waits for that."""
    return int(tk.config["ckanext.complaints.derivation_wait_seconds"])


def elsewhere() -> str:
    """Return the harmless page to which «leave quickly» goes."""
    return str(tk.config["ckanext.complaints.elsewhere"])


def corruption_channels(language: str) -> list[tuple[str, str]]:
    """Return where else corruption can be reported: names, and an address or number for each."""
    option = "ckanext.complaints.corruption_channels"
    own = tk.config.get(f"{option}_{language}")
    lines = str(own or tk.config[option]).splitlines()
    pairs = (line.partition("|") for line in lines if line.strip())
    return [(name.strip(), where.strip()) for name, _, where in pairs]


DATA = Path(__file__).parent / "data"


def regions_file() -> Path:
    """Return where the regions of the country are listed."""
    return Path(tk.config["ckanext.complaints.regions_file"] or DATA / "regions.csv")


def defaults_file() -> Path:
    """Return where the network is described that ``ckan complaints defaults`` begins with."""
    return Path(tk.config["ckanext.complaints.defaults_file"] or DATA / "defaults.yaml")


MB = 1 << 20


def max_file_bytes() -> int:
    """Return how large one file of evidence may be."""
    return int(tk.config["ckanext.complaints.max_file_mb"]) * MB


def max_files() -> int:
    """Return how many files of evidence may come at once."""
    return int(tk.config["ckanext.complaints.max_files"])


def scanner() -> str | None:
    """Return the address of the malware scanner; None: there is none."""
    chosen = str(tk.config["ckanext.complaints.scanner"]).strip()
    return None if chosen in ("", "off") else chosen


def flood_sender() -> int:
    """Return how many complaints an hour from one address are no flood."""
    return max(int(tk.config["ckanext.complaints.flood_sender"]), 1)


def flood_target() -> int:
    """Return how many complaints an hour on one subject to one body are no flood."""
    return max(int(tk.config["ckanext.complaints.flood_target"]), 1)


def flood_all() -> int:
    """Return how many complaints an hour are no flood."""
    return max(int(tk.config["ckanext.complaints.flood_all"]), 1)
