"""What pages say of files."""

from __future__ import annotations

import ckan.plugins.toolkit as tk

from ckanext.complaints import config
from ckanext.opengov.shared.domain.wording import N_

__all__ = [
    "complaints_file_stage",
    "complaints_scanner_is_off",
    "complaints_scanner_note",
    "complaints_upload_hint",
]

STAGES = {
    "preparing": N_("A safe copy is being prepared. Look again in a minute."),
    "original-only": N_(
        "There is no safe copy of this file. The original may hold harmful content, and tell where"
        " and with what it was made: open it only if you must, and never pass it on."
    ),
    "infected": N_("The scanner found harmful content in this file. It cannot be opened."),
    "waiting-for-scanner": N_("The scanner has not seen this file yet. It opens once it has."),
    "too-large-to-scan": N_("This file is too large for the scanner. It cannot be opened."),
}


def complaints_scanner_is_off() -> bool:
    """Tell whether files are not scanned for malware here."""
    return config.scanner() is None


def complaints_scanner_note() -> str:
    """Return what handlers must know before they open a file; empty: nothing."""
    if not complaints_scanner_is_off():
        return ""
    return tk._("Files are not checked for harmful content on this site. Open them with care.")


def complaints_file_stage(stage: str) -> str:
    """Return what to say of a file at this stage; empty: it is ready."""
    return tk._(STAGES[stage]) if stage in STAGES else ""


def complaints_upload_hint() -> str:
    """Return how many files of which size and kinds are taken."""
    said = tk._(
        "Photos, PDF, text, office documents, sound or video: at most {most} files of {size} MB"
        " each. Where and with what a photo was taken is removed from the copy that the office"
        " works with."
    )
    return said.format(most=config.max_files(), size=config.max_file_bytes() >> 20)
