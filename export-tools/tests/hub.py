# SPDX-License-Identifier: Apache-2.0
"""A web server on this machine that misbehaves as told, in the place of the Hugging Face hub."""

from __future__ import annotations

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Hub:
    """Serves ``content`` under every path that ends in ``path_end``; the rest is not found.

    ``cut_after`` ends each connection after so many bytes; ``statuses`` are answered first, one per
    request (200: the content as usual); ``ranges`` off means that a Range header is ignored, as some
    servers do; ``redirect`` sends a request on to another path, as the hub does to its storage.
    """

    def __init__(self) -> None:
        self.content = b""
        self.path_end = "model.safetensors"
        self.cut_after: int | None = None
        self.statuses: list[int] = []
        self.ranges = True
        self.redirect = False
        self.requests: list[tuple[str, str | None]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Hub:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            hub.requests.append((self.path, wanted))
            if hub.statuses and (status := hub.statuses.pop(0)) != 200:
                self._answer(status)
                return
            if not self.path.endswith(hub.path_end):
                self._answer(404)
                return
            if hub.redirect and not self.path.startswith("/storage"):
                self.send_response(302)
                self.send_header("Location", f"{hub.address}/storage/{hub.path_end}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            start = 0
            if wanted and hub.ranges and (match := re.fullmatch(r"bytes=(\d+)-", wanted)):
                start = int(match[1])
            if start >= len(hub.content) > 0 and start:
                self._answer(416)
                return
            body = hub.content[start:]
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(hub.content) - 1}/{len(hub.content)}")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body if hub.cut_after is None else body[: hub.cut_after])
            self.close_connection = True

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    return Handler
