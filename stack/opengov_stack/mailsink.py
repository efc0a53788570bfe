"""An SMTP server for demo and tests: it delivers nothing and keeps each message as a file.

``python -m opengov_stack.mailsink FOLDER PORT``
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session
from opengov_stack.servers import LOOPBACK


class Keeper:
    """Writes messages as ``<nanoseconds>.eml``, whole or not at all, byte for byte."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep one message."""
        incoming = self.folder / f"{time.time_ns()}.incoming"
        incoming.write_bytes(envelope.original_content or b"")
        incoming.replace(incoming.with_suffix(".eml"))
        return "250 OK"


async def serve(folder: Path, port: int) -> None:
    """Accept mail on the loopback port until cancelled."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Keeper(folder)), LOOPBACK, port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
