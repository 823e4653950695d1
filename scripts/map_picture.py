"""The picture of the influence map in the README, from the sample company: ``make picture``.

Serves a workspace, opens a map in Chromium without a window and keeps its screenshot.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

PORT = 8917
BASE = f"http://127.0.0.1:{PORT}"
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")
SIZE = {"width": 1280, "height": 800}


def ask(path: str) -> Any:
    """An answer of the API."""
    with urllib.request.urlopen(BASE + path, timeout=60) as answer:
        return json.load(answer)


@contextmanager
def serving(database: str) -> Iterator[None]:
    """A server over a database, until the picture is taken."""
    command = [sys.executable, "-m", "graphsvc.cli", "--db", database, "serve", "--port", str(PORT)]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                ask("/v1/healthz")
                break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.2)
        yield
    finally:
        server.terminate()
        server.wait()


def take(url: str, out: Path) -> None:
    """The screenshot of a page once nothing moves any more."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        page = browser.new_page(viewport=SIZE, device_scale_factor=1.5, locale="en-GB")
        kept = json.dumps({"language": "en", "theme": "light", "alias": False})
        page.add_init_script(f"localStorage.setItem('graphsvc.settings', {json.dumps(kept)})")
        page.goto(url)
        page.wait_for_selector("influence-map canvas", state="attached")
        page.wait_for_timeout(6_000)
        page.screenshot(path=out)
        browser.close()


def main(database: str, truth: Path, out: Path) -> None:
    """The map around the company whose design others adopted, with its panel."""
    author = json.loads(truth.read_text(encoding="utf-8"))["truths"]["hidden_influencer"]["person"]["key"]
    with serving(database):
        person = ask(f"/v1/search?text={urllib.parse.quote(author)}&label=person")["items"][0]
        take(f"{BASE}/?view=map&focus={person['id']}&panel=person:{person['id']}&size=influence", out)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
