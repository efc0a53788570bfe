"""Asks a ClamAV daemon whether a file is malware; the file goes over its socket, chunk by chunk.

Source: https://docs.clamav.net/manual/Usage/Scanning.html, clamd(8), command INSTREAM
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterable
from enum import StrEnum
from urllib.parse import urlsplit

CONNECT_SECONDS = 5.0
SCAN_SECONDS = 120.0
PIECE_BYTES = 64 * 1024
MAX_ANSWER = 4096
DEFAULT_PORT = 3310


class Verdict(StrEnum):
    """What the scanner says."""

    CLEAN = "clean"
    INFECTED = "infected"
    TOO_LARGE = "too-large"


class ScannerDown(Exception):
    """The scanner does not answer, or not in its language."""


def place_of(address: str) -> tuple[str, int] | str:
    """Return host and port, or the path of a socket, of an address as settings have it.

    Raises:
        ValueError: it is none.
    """
    parts = urlsplit(address)
    if parts.scheme != "clamd" or parts.query or parts.fragment:
        raise ValueError("a scanner is clamd://HOST:PORT or clamd:///PATH")
    if parts.hostname:
        return parts.hostname, parts.port or DEFAULT_PORT
    if not parts.path.startswith("/"):
        raise ValueError("a scanner is clamd://HOST:PORT or clamd:///PATH")
    return parts.path


def scan(address: str, content: Iterable[bytes], *, seconds: float = SCAN_SECONDS) -> Verdict:
    """Return what the scanner says of a file.

    Raises:
        ScannerDown: no verdict came within ``seconds``.
    """
    until = time.monotonic() + seconds
    place = place_of(address)
    try:
        with _connected(place, min(CONNECT_SECONDS, seconds)) as connection:
            try:
                _send(connection, content, until)
            except (BrokenPipeError, ConnectionResetError):
                # It may have said why before it hung up: a file above its limit, say.
                return _verdict(_answer(connection, until))
            return _verdict(_answer(connection, until))
    except OSError as error:
        raise ScannerDown from error


def _connected(place: tuple[str, int] | str, seconds: float) -> socket.socket:
    if isinstance(place, tuple):
        return socket.create_connection(place, seconds)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(seconds)
    try:
        connection.connect(place)
    except OSError:
        connection.close()
        raise
    return connection


def _send(connection: socket.socket, content: Iterable[bytes], until: float) -> None:
    _put(connection, b"zINSTREAM\0", until)
    for chunk in content:
        for start in range(0, len(chunk), PIECE_BYTES):
            piece = chunk[start : start + PIECE_BYTES]
            _put(connection, struct.pack("!L", len(piece)) + piece, until)
    _put(connection, struct.pack("!L", 0), until)


def _put(connection: socket.socket, data: bytes, until: float) -> None:
    connection.settimeout(_left(until))
    connection.sendall(data)


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _answer(connection: socket.socket, until: float) -> bytes:
    answer = b""
    while not answer.endswith((b"\0", b"\n")) and len(answer) < MAX_ANSWER:
        connection.settimeout(_left(until))
        piece = connection.recv(MAX_ANSWER)
        if not piece:
            break
        answer += piece
    return answer.rstrip(b"\0\n")


def _verdict(answer: bytes) -> Verdict:
    if answer == b"stream: OK":
        return Verdict.CLEAN
    if answer.startswith(b"stream: ") and answer.endswith(b" FOUND"):
        return Verdict.INFECTED
    if b"size limit exceeded" in answer:
        return Verdict.TOO_LARGE
    raise ScannerDown
