"""An SMTP server for demo and tests: it delivers nothing and keeps each message as a file.

``python -m opengov_stack.mailsink FOLDER PORT``
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from aiosmtpd.handlers import AsyncMessage
from aiosmtpd.smtp import SMTP
from opengov_stack.servers import LOOPBACK


class Keeper(AsyncMessage):
    """Writes messages as ``<nanoseconds>-<message id>.eml``, whole or not at all."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    async def handle_message(self, message: object) -> None:
        """Keep one message."""
        incoming = self.folder / f"{time.time_ns()}.incoming"
        incoming.write_bytes(bytes(message))  # type: ignore[call-overload]
        incoming.replace(incoming.with_suffix(".eml"))


async def serve(folder: Path, port: int) -> None:
    """Accept mail on the loopback port until cancelled."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Keeper(folder)), LOOPBACK, port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
