"""The page in a real browser, over a served sample company.

`page` is a Playwright page whose console must stay free of errors; `site` is a running server that tests must not
change; `own_site` is one of their own. Screenshots go to ``build/web`` (kept by CI).
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "build" / "web"
AXE = ROOT / "tests" / "web" / "node_modules" / "axe-core" / "axe.min.js"
KEY = "5c" * 32
SCALE = "0.3"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever is in this folder needs a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.web)


@dataclass(frozen=True)
class Site:
    """A running server, the truths planted in its data, and its database."""

    url: str
    truth: dict[str, Any]
    database: Path

    def get(self, path: str) -> Any:
        """The answer of the API to a question."""
        with urllib.request.urlopen(f"{self.url}/v1{path}", timeout=60) as answer:
            return json.load(answer)

    def id_of(self, text: str, label: str = "person") -> str:
        """Public id of the first hit of a search."""
        items = self.get(f"/search?text={urllib.request.quote(text)}&label={label}")["items"]
        assert items, f"nobody is found by {text}"
        return str(items[0]["id"])


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Database of a small sample company, synced, fitted and scored; and its truths."""
    folder = tmp_path_factory.mktemp("company")
    database = folder / "company.db"
    _graphsvc(database, "sample", str(folder / "files"), "--scale", SCALE)
    truth = json.loads((folder / "files" / "truth.json").read_text(encoding="utf-8"))
    for source in ("crm", "tables", "mail"):
        _graphsvc(database, "sync", source, str(folder / "files" / source), "--own", str(truth["own"]))
    _graphsvc(database, "fit")
    _graphsvc(database, "score")
    return database, truth


@pytest.fixture(scope="session")
def site(company: tuple[Path, dict[str, Any]]) -> Iterator[Site]:
    """A server that tests must not change."""
    database, truth = company
    with served(database) as url:
        yield Site(url, truth, database)


@pytest.fixture
def own_site(company: tuple[Path, dict[str, Any]], tmp_path: Path) -> Iterator[Site]:
    """A server over a copy of the company that a test may change."""
    database, truth = company
    copy = tmp_path / "own.db"
    shutil.copy(database, copy)
    with served(copy) as url:
        yield Site(url, truth, copy)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium of the machine."""
    from playwright.sync_api import sync_playwright

    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    assert path, "no Chromium found: install it (Debian: apt-get install chromium) and try again"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET_FLAGS))
        yield browser
        browser.close()


@dataclass
class Expected:
    """Console errors a test brings about on purpose, as patterns."""

    patterns: list[str]


@pytest.fixture
def expected_errors() -> Expected:
    """Append patterns of console errors that the test wants to see."""
    return Expected([])


@pytest.fixture
def page(browser: Any, site: Site, expected_errors: Expected) -> Iterator[Any]:
    """A page of its own on the site; the test fails on any console error, and on requests to anywhere else."""
    with watched(browser, site.url, expected_errors) as page:
        yield page


@pytest.fixture
def own_page(browser: Any, own_site: Site, expected_errors: Expected) -> Iterator[Any]:
    """The same over :func:`own_site`."""
    with watched(browser, own_site.url, expected_errors) as page:
        yield page


@contextmanager
def watched(browser: Any, url: str, expected: Expected, **options: Any) -> Iterator[Any]:
    """A page in a new browser context (``options`` of Playwright's ``new_context``), watched for errors."""
    options = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", "base_url": url} | options
    context = browser.new_context(**options)
    context.set_default_timeout(30_000)
    page, seen = context.new_page(), list[str]()
    page.on("console", lambda message: seen.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: seen.append(str(error)))
    page.on("request", lambda request: seen.append(f"request to {request.url}") if foreign(request.url, url) else None)
    try:
        yield page
    finally:
        context.close()
    wrong = [text for text in seen if not any(re.search(pattern, text) for pattern in expected.patterns)]
    assert not wrong, f"the page's console is not clean: {wrong[:5]}"


def foreign(address: str, site: str) -> bool:
    """Whether a request leaves the site."""
    return not address.startswith((site, "data:", "blob:", "about:"))


def settle(page: Any) -> None:
    """Wait until nothing loads any more (Playwright's own waiting needs eval, which the policy forbids)."""
    page.wait_for_selector("main")
    busy = page.locator(".loading, [aria-busy=true]")
    for _ in range(600):
        if busy.count() == 0:
            return
        page.wait_for_timeout(50)
    raise AssertionError("the view loads for ever")


def use(page: Any, language: str = "en", theme: str = "light", alias: bool = False) -> None:
    """Language and theme of the pages opened from now on."""
    kept = json.dumps({"language": language, "theme": theme, "alias": alias})
    page.add_init_script(f"localStorage.setItem('graphsvc.settings', {json.dumps(kept)})")


def picture(page: Any, name: str) -> Path:
    """A screenshot, kept."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    path = PICTURES / f"{name}.png"
    if page.locator("influence-map").count():
        page.wait_for_timeout(1_500)  # until the map is laid out
    page.screenshot(path=path)
    return path


def violations(page: Any, within: str = "document") -> list[str]:
    """WCAG 2 A and AA violations that axe finds, as "rule: selector"."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    found = page.evaluate(
        f"async tags => (await axe.run({within}, {{runOnly: tags}})).violations"
        ".flatMap(v => v.nodes.map(n => `${v.id}: ${n.target.join(' ')} ${n.failureSummary.slice(0, 200)}`))",
        tags,
    )
    return list(found)


@contextmanager
def served(database: Path, **environment: str) -> Iterator[str]:
    """A server in a process of its own; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    command = [sys.executable, "-m", "graphsvc.cli", "--db", f"sqlite:///{database}", "serve", "--port", str(port)]
    log = database.with_suffix(".log")
    with log.open("w") as out:
        server = subprocess.Popen(command, cwd=ROOT, env=_environment(**environment), stdout=out, stderr=out)
    try:
        _wait_for(f"http://127.0.0.1:{port}/v1/healthz", server, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        assert server.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the server does not answer: {log.read_text()}")


def _graphsvc(database: Path, *args: str) -> None:
    command = [sys.executable, "-m", "graphsvc.cli", "--db", f"sqlite:///{database}", *args]
    done = subprocess.run(command, cwd=ROOT, env=_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _environment(**more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GRAPHSVC_")}
    return kept | {"GRAPHSVC_WORKSPACE_KEY": KEY, "OPENBLAS_NUM_THREADS": "1", "GRAPHSVC_LANG": "en"} | more
