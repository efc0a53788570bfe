"""The process that makes one clean copy: ``python -m …child``, the file on standard input.

It answers with a line of JSON on standard output, and the copy behind it. Before it reads
anything, it gives up what it does not need: it can write no file, start nothing and leave no
core dump, and has little memory and time.
"""

from __future__ import annotations

import json
import resource
import sys

CPU_SECONDS = 60
MEMORY_BYTES = 1536 << 20


def give_up_powers() -> None:
    """Set the limits; there is no way back."""
    for limit, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, MEMORY_BYTES),
    ):
        resource.setrlimit(limit, (most, most))


def close_the_doors() -> None:
    """Open nothing more, no socket either; all code is loaded."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))


def main() -> None:
    """Make the copy."""
    give_up_powers()
    # Loaded under the limits, and before the file is read.
    from ckanext.complaints.domain.copies import NoCopy  # noqa: PLC0415
    from ckanext.complaints.domain.copies.making import clean_copy  # noqa: PLC0415

    close_the_doors()
    content = sys.stdin.buffer.read()
    try:
        kind, copy = clean_copy(content)
        answer: dict[str, str] = {"kind": kind.code}
    except NoCopy as problem:
        answer, copy = {"refused": problem.code}, b""
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
    sys.stdout.buffer.write(copy)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
