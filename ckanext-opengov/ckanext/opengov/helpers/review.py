"""What the pages of the review ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from babel import Locale
from babel.dates import get_timezone_location
from markupsafe import Markup, escape

import ckan.plugins.toolkit as tk

from ckanext.opengov.formats import offset_of, reader_locale
from ckanext.opengov.shared.domain.differences import word_runs
from ckanext.opengov.shared.domain.moments import utc_now

DAY, HOUR, MINUTE = 86400, 3600, 60


def opengov_waiting(since: str | None) -> str:
    """Return how long something has been waiting, in whole days, hours or minutes."""
    if not since:
        return ""
    seconds = max((utc_now() - datetime.fromisoformat(since)).total_seconds(), MINUTE)
    size = next(size for size in (DAY, HOUR, MINUTE) if seconds >= size)
    number = int(seconds // size)
    # Babel has no such spans in Arabic: "duration-day 2".
    words = {
        DAY: tk.ungettext("{number} day", "{number} days", number),
        HOUR: tk.ungettext("{number} hour", "{number} hours", number),
        MINUTE: tk.ungettext("{number} minute", "{number} minutes", number),
    }
    return _counted(words[size], number)


def opengov_change_size(size: Mapping[str, Any], kind: str) -> str:
    """Return how large it is, in words: "3 fields change, 1 file changes; 612 rows added"."""
    fields, files = size["fields"], size["files"]
    if kind == "first":
        return _counted(tk.ungettext("{number} file", "{number} files", files), files)
    changes = [
        (fields, tk.ungettext("{number} field changes", "{number} fields change", fields)),
        (files, tk.ungettext("{number} file changes", "{number} files change", files)),
    ]
    added, removed, changed = (size[f"rows_{name}"] for name in ("added", "removed", "changed"))
    rows = [
        (added, tk.ungettext("{number} row added", "{number} rows added", added)),
        (removed, tk.ungettext("{number} row removed", "{number} rows removed", removed)),
        (changed, tk.ungettext("{number} row changed", "{number} rows changed", changed)),
    ]
    parts = [_listed(changes), _listed(rows)]
    if size["is_reordered"]:
        parts.append(tk._("the files stand in another order"))
    if not size["is_known"]:
        parts.append(tk._("rows are being compared"))
    return str(tk._("; ")).join(part for part in parts if part) or str(tk._("nothing changes"))


def _listed(counted: Sequence[tuple[int, str]]) -> str:
    return str(tk._(", ")).join(_counted(words, number) for number, words in counted if number)


def _counted(words: str, number: int) -> str:
    return words.format(number=tk.h.opengov_number(number))


def opengov_marked(before: str, after: str) -> dict[str, Markup]:
    """Return two texts with the words marked that went from the one and came into the other."""
    was, now = Markup(), Markup()
    for is_equal, gone, came in word_runs(before, after):
        was += escape(gone) if is_equal else _mark("del", gone)
        now += escape(came) if is_equal else _mark("ins", came)
    return {"before": was, "after": now}


def _mark(tag: str, text: str) -> Markup:
    """Mark a text; what is only drawn, screen readers pass over in silence."""
    if not text:
        return Markup()
    said = tk._("[removed:] ") if tag == "del" else tk._("[added:] ")
    return Markup('<{0}><span class="visually-hidden">{1}</span>{2}</{0}>').format(tag, said, text)


def opengov_zone(day: datetime | None = None) -> str:
    """Return by which clock the site reads and writes times: "Tunis (UTC+1)"."""
    zone = tk.h.get_display_timezone()
    moment = (day or utc_now()).astimezone(zone)
    offset = offset_of(moment)
    if str(zone) in ("UTC", offset):
        return offset
    city = get_timezone_location(str(zone), locale=reader_locale(), return_city=True)
    return f"{city} ({offset})"


def opengov_language(code: str) -> str:
    """Return what the reader's language calls a language."""
    return str(Locale.parse(tk.h.lang()).languages.get(code, code))


def opengov_reasons() -> list[dict[str, str]]:
    """Return the reasons for which a dataset is returned: ``{"code", "label"}``."""
    return list(tk.get_action("opengov_review_reason_list")({}, {}))
