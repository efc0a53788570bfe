"""Has clean copies made by a process that could do no harm, and seals what it answers.

Neither side writes to a disk: the file goes to the process through one pipe, the copy comes
back through another, and what is kept of it is ciphertext.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from typing import IO

from ckanext.complaints.domain.copies import NoCopy
from ckanext.complaints.domain.evidence import KINDS, FileTooLarge, Kind
from ckanext.complaints.sealing import PIECE_BYTES, Sealing
from ckanext.opengov.shared.domain.errors import DomainError

MODULE = "ckanext.complaints.domain.copies.child"
WALL_SECONDS = 120.0
MAX_HEADER = 1024
CRASHED, TOO_LARGE, CHANGED = "crashed", "too-large", "changed"


def clean_copy(
    content: Iterable[bytes], max_bytes: int, *, seconds: float = WALL_SECONDS
) -> tuple[Kind, Sealing]:
    """Return the kind of a file, and its clean copy, sealed under a key of its own.

    Raises:
        NoCopy: none can be made.
    """
    sealing = Sealing(max_bytes)
    try:
        kind = _made(content, sealing, seconds)
        sealing.finish()
        _prove(sealing, kind)
    except BaseException:
        sealing.drop()
        raise
    return kind, sealing


def _made(content: Iterable[bytes], sealing: Sealing, seconds: float) -> Kind:
    try:
        with _child(seconds) as child:
            kind = _answer(child, content, sealing)
    except FileTooLarge as error:
        raise NoCopy(TOO_LARGE) from error
    if child.returncode != 0:
        raise NoCopy(CRASHED)
    return kind


def _prove(sealing: Sealing, kind: Kind) -> None:
    """See that the copy is what the process says: who took it over could answer anything."""
    try:
        found = sealing.kind()
    except DomainError as error:
        raise NoCopy(CHANGED) from error
    if found is not kind:
        raise NoCopy(CHANGED)


@contextlib.contextmanager
def _child(seconds: float) -> Iterator[subprocess.Popen[bytes]]:
    """Run the process; whatever happens, it is over when the block ends."""
    command = [sys.executable, "-I", "-B", "-m", MODULE]
    # It gets no secrets of the site: no environment, no open files.
    child = subprocess.Popen(  # noqa: S603 - our own module
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"LC_ALL": "C.UTF-8"},
        cwd="/",
    )
    end = threading.Timer(seconds, child.kill)
    end.daemon = True
    end.start()
    try:
        yield child
        child.wait()
    finally:
        end.cancel()
        child.kill()  # Does nothing to one that is over.
        child.wait()
        for pipe in (child.stdin, child.stdout):
            with contextlib.suppress(OSError):
                _given(pipe).close()


def _answer(child: subprocess.Popen[bytes], content: Iterable[bytes], sealing: Sealing) -> Kind:
    faults: list[BaseException] = []
    feeder = threading.Thread(target=_feed, args=(_given(child.stdin), content, faults))
    feeder.start()
    try:
        kind = _header(_given(child.stdout))
        while piece := _given(child.stdout).read(PIECE_BYTES):
            sealing.write(piece)
    except BaseException:
        # The feeder may wait for a process that reads no more.
        child.kill()
        raise
    finally:
        feeder.join()
    if faults:
        # The file could not be read: that is no fault of the process.
        raise faults[0]
    return kind


def _feed(pipe: IO[bytes], content: Iterable[bytes], faults: list[BaseException]) -> None:
    try:
        for chunk in content:
            pipe.write(chunk)
        pipe.close()
    except BrokenPipeError:
        return
    except Exception as error:  # noqa: BLE001 - raised again by the other thread
        faults.append(error)
        with contextlib.suppress(OSError):
            pipe.close()


def _header(pipe: IO[bytes]) -> Kind:
    line = pipe.readline(MAX_HEADER)
    try:
        said = json.loads(line)
        refused, code = str(said.get("refused", "")), str(said.get("kind", ""))
    except (ValueError, AttributeError) as error:
        raise NoCopy(CRASHED) from error
    if code not in KINDS:
        raise NoCopy(refused or CRASHED)
    return KINDS[code]


def _given(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise NoCopy(CRASHED)
    return pipe
