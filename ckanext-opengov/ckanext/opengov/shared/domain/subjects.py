"""The subject line of a mail."""

from __future__ import annotations

from email.header import Header
from email.policy import Policy


class Subject(str):
    """A subject that keeps its spaces: Python loses some where it breaks a line of Arabic."""

    name = "Subject"
    """By this the mail takes it for a header of its own making, and lets it write itself."""

    def fold(self, *, policy: Policy) -> str:
        """Return it as it stands in the mail."""
        words = Header(str(self), header_name=self.name)
        return f"{self.name}: {words.encode(linesep=policy.linesep)}{policy.linesep}"
