"""A server of the page's files alone, with the policy headers of the API: enough for parts that never call the API."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from api.gate import SECURITY_HEADERS

WEB = Path(__file__).resolve().parents[2] / "api" / "web"
CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
)  # fmt: skip

MAP_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>map</title>
<link rel="icon" href="/web/icon.svg"><link rel="stylesheet" href="/web/style/base.css">
<link rel="stylesheet" href="/web/style/graph.css"><link rel="stylesheet" href="/whole.css">
<script type="module" src="/web/graph/influence-map.js"></script></head>
<body><influence-map id="map"></influence-map></body></html>"""
WHOLE = "body { margin: 0 } influence-map { width: 100vw; height: 100vh }"


class Pages(SimpleHTTPRequestHandler):
    """Files of api/web under /web/, and pages given as text."""

    protocol_version = "HTTP/1.1"

    def __init__(self, *args: Any, pages: Mapping[str, str], **named: Any) -> None:
        self.pages = pages
        super().__init__(*args, **named)

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        text = self.pages.get(path)
        if text is None:
            super().do_GET()
            return
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path if "." in path else "page.html") + "; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def translate_path(self, path: str) -> str:
        return super().translate_path(path.removeprefix("/web"))

    def end_headers(self) -> None:
        for name, value in SECURITY_HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@contextmanager
def static_site(pages: Mapping[str, str]) -> Iterator[str]:
    """Address of a running server; ``pages`` maps a path to its text."""
    handler = partial(Pages, directory=str(WEB), pages={"/": MAP_PAGE, "/whole.css": WHOLE, **pages})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
