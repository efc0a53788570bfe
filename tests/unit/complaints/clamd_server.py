"""A server that speaks clamd's INSTREAM: it finds EICAR. ``python clamd_server.py MODE ADDRESS``.

It prints its address once it listens. MODE: ``ok``, ``slow`` (never answers), ``garbage``,
``hangup``, ``small`` (takes 100 kB at most).
"""

from __future__ import annotations

import socket
import socketserver
import struct
import sys
import time

EICAR = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"
SMALL = 100_000


class Scanner(socketserver.StreamRequestHandler):
    def handle(self):
        mode = sys.argv[1]
        if mode == "hangup" or self.rfile.read(10) != b"zINSTREAM\0":
            return
        content = b""
        while length := struct.unpack("!L", self.rfile.read(4))[0]:
            content += self.rfile.read(length)
            if mode == "small" and len(content) > SMALL:
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        if mode == "slow":
            time.sleep(30)
        found = b"stream: Eicar-Signature FOUND\0" if EICAR in content else b"stream: OK\0"
        self.wfile.write(b"PONG\0" if mode == "garbage" else found)


class Unix(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


class Tcp(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    allow_reuse_address = True


if __name__ == "__main__":
    where = sys.argv[2]
    is_path = where.startswith("/")
    server = Unix(where, Scanner) if is_path else Tcp(("127.0.0.1", int(where)), Scanner)
    if server.socket.family == socket.AF_INET:
        where = f"127.0.0.1:{server.server_address[1]}"
    print(f"clamd://{where}", flush=True)  # noqa: T201 - whoever started it reads this
    server.serve_forever()
