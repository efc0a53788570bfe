"""Files that citizens send: sealed while the body of the request is parsed.

Werkzeug would write large ones to a temporary file in clear, and does so the first time that
anything asks for the form; the CSRF check does. So the class of the requests is replaced when
the application is made. The key of a file is in its request's memory alone until a row has it.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import IO, Any, cast

from flask import Request
from flask import request as current_request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import RequestEntityTooLarge

import ckan.plugins.toolkit as tk
from ckan.exceptions import CkanConfigurationException

from ckanext.complaints import config, evidence
from ckanext.complaints.domain.evidence import BadEvidence, Kind, TooManyFiles, tidy_name
from ckanext.complaints.sealing import MB, Sealing
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.moments import utc_now

GUARDED = ("/complaints", "/dashboard/complaints")
NAME = "complaints"
REST_BYTES = 1 << 20
"""For all that is not a file: the whole body, where that is no form with files."""


@dataclass(slots=True)
class Evidence:
    """A file that came with this request: taken, or with what is in its way."""

    field_name: str
    name: str
    """As the citizen named it, without what deceives, and with the extension of its kind."""
    kind: Kind | None
    problem: DomainError | None
    location: str
    """Where it lies in the store once it is kept."""
    sealing: Sealing = field(repr=False)
    is_kept: bool = False

    @property
    def size(self) -> int:
        """Return how many bytes it has, in clear."""
        return self.sealing.size

    @property
    def head(self) -> bytes:
        """Return its first 4 KiB."""
        return self.sealing.head

    @property
    def key(self) -> bytes:
        """Return the key under which it is sealed."""
        return self.sealing.key

    @property
    def sha256_ct(self) -> str:
        """Return the hash of the ciphertext."""
        return self.sealing.sha256_ct

    def keep(self) -> None:
        """Put it into the store. Without a committed row it is removed when the request ends.

        Raises:
            BadEvidence: it is not one to keep, or the storage does not take it.
        """
        if self.problem is not None:
            raise self.problem
        if not self.is_kept:
            self.is_kept = True
            evidence.put(self.location, self.sealing)


class Part(io.RawIOBase):
    """What Werkzeug writes a file to, in the place of a temporary file."""

    def __init__(self, max_bytes: int, problem: BadEvidence | None, *, is_named: bool) -> None:
        super().__init__()
        self.is_named = is_named
        self.sealing = Sealing(max_bytes)
        self.problem: DomainError | None = problem
        self.evidence: Evidence | None = None

    def writable(self) -> bool:
        """Tell that it can be written to."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Refuse: what came is read by those who have its key, as evidence."""
        raise io.UnsupportedOperation

    def write(self, data: Any, /) -> int:
        """Seal the next bytes; those of a file that is not taken go nowhere.

        The rest of the body is parsed all the same: people keep what else they typed.
        """
        if self.problem is None:
            try:
                self.sealing.write(bytes(data))
            except BadEvidence as problem:
                self.problem = problem
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Learn that the file is whole, which Werkzeug says so; nowhere else does one go."""
        if (offset, whence) != (0, io.SEEK_SET):
            raise io.UnsupportedOperation
        if self.problem is None:
            try:
                self.sealing.finish()
            except BadEvidence as problem:
                self.problem = problem
        return 0

    def as_evidence(self, field_name: str, given_name: str) -> Evidence:
        """Return the file, recognised."""
        if self.evidence is None:
            kind = None
            if self.problem is None:
                try:
                    kind = self.sealing.kind()
                except DomainError as problem:
                    self.problem = problem
            name, location = tidy_name(given_name, kind), evidence.new_location(utc_now())
            self.evidence = Evidence(field_name, name, kind, self.problem, location, self.sealing)
        return self.evidence

    def close(self) -> None:
        """Forget the file."""
        self.sealing.drop()
        super().close()


class TooMuch(RequestEntityTooLarge):
    """More came than all files together may have."""

    def __init__(self) -> None:
        limit = config.max_files() * config.max_file_bytes() // MB
        sentence = tk._("You sent more than can be taken at once: {limit} MB in all.")
        super().__init__(sentence.format(limit=limit))


class SealedFiles(Request):
    """A request whose files are sealed as they come, if it is one to the pages of complaints."""

    def is_guarded(self) -> bool:
        """Tell whether evidence may be in it. In doubt it is: sealing does no harm."""
        path = self.path.casefold()
        if self.url_rule is None:
            return NAME in path.split("/")
        starts = tuple(f"{each}/" for each in GUARDED)
        return any(f"{each}/".startswith(starts) for each in (path, self.url_rule.rule))

    @property
    def max_content_length(self) -> int | None:
        """Return how large the body may be."""
        most = super().max_content_length
        if not self.is_guarded():
            return most
        ours = REST_BYTES
        if self.mimetype == "multipart/form-data":
            ours += config.max_files() * config.max_file_bytes()
        return ours if most is None else min(ours, most)

    @max_content_length.setter
    def max_content_length(self, value: int | None) -> None:
        self._max_content_length = value

    @property
    def parts(self) -> list[Part]:
        """Return what was given to Werkzeug so far."""
        return cast("list[Part]", self.__dict__.setdefault("_parts", []))

    def _get_file_stream(self, *args: Any, **more: Any) -> IO[bytes]:
        if not self.is_guarded():
            return super()._get_file_stream(*args, **more)
        limit = config.max_files()
        # Browsers send inputs that were left empty as files without a name.
        is_named = bool(more.get("filename"))
        is_one_more = is_named and sum(part.is_named for part in self.parts) >= limit
        problem = TooManyFiles(limit=limit) if is_one_more else None
        part = Part(config.max_file_bytes() if is_named else 0, problem, is_named=is_named)
        self.parts.append(part)
        return cast("IO[bytes]", part)

    def _load_form_data(self) -> None:
        try:
            super()._load_form_data()
        except RequestEntityTooLarge as error:
            if not self.is_guarded():
                raise
            # Whoever asks for the form again, the page of the error say, shall not read on.
            empty: ImmutableMultiDict[str, Any] = ImmutableMultiDict()
            self.__dict__.update(stream=io.BytesIO(), form=empty, files=empty)
            self.forget()
            raise TooMuch from error

    def forget(self) -> None:
        """Forget the files, and remove from the store what no row tells of."""
        found = [part.evidence for part in self.parts if part.evidence is not None]
        kept = [each.location for each in found if each.is_kept]
        for part in self.parts:
            part.close()
        self.parts.clear()
        if kept:
            evidence.forget_unknown(kept)

    def close(self) -> None:
        """End the request."""
        super().close()
        self.forget()


def guard(app: Any) -> None:
    """Let the application seal evidence as it comes; called before it answers anything."""
    flask_app = getattr(app, "_wsgi_app", app)
    own = getattr(flask_app, "request_class", None)
    if own is None:
        raise CkanConfigurationException(
            "complaints must stand before plugins that wrap the application: it would take"
            " evidence in clear"
        )
    flask_app.request_class = type("Request", (SealedFiles, own), {})


def received(field_name: str = "files") -> list[Evidence]:
    """Return the files that this request brought in a field; inputs left empty count for none."""
    given = current_request.files.getlist(field_name)
    found = []
    for each in given:
        if not isinstance(each.stream, Part):
            raise TypeError("evidence came in clear: is this address guarded?")
        if each.filename:
            found.append(each.stream.as_evidence(field_name, each.filename))
    return found
