"""What people type into a field of search."""

from __future__ import annotations

import re

FIELD = re.compile(r"(?<!\S)[-+(]?[a-z_]+:[^\s/]")
MEANS_SOMETHING_TO_SOLR = str.maketrans(dict.fromkeys(":\\/()[]{}^~!+*?&|", " "))


def plain(text: str) -> str:
    """Return the words alone, without what the search engine would read as an order to it.

    Whoever types "Tunis: inhabitants" looks for two words, not in a field named Tunis. What
    stands between two quotes stays together, and a minus before a word leaves it out.
    """
    words = text.translate(MEANS_SOMETHING_TO_SOLR)
    if words.count('"') % 2:
        words = words.replace('"', " ")
    return " ".join(word for word in words.split() if word.strip("-"))


def names_field(text: str) -> bool:
    """Tell whether it is a query for one who knows the index: ``title:budget``."""
    return bool(FIELD.search(text))
