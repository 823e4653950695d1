"""Pages for people, headers, logs, and the description of the API."""

import json
import logging
import re
from pathlib import Path

from openapi_spec_validator import validate

from api.gate import is_local, trace_id
from graphsvc.errors import NotFoundError, TransientError
from graphsvc.phrases import catalogue
from tests.unit.api.transport import description, fail_with


def test_pages_need_nothing_from_elsewhere(client):
    for url in ("/", "/docs", "/style.css", "/web/main.js", "/web/style/base.css", "/web/icon.svg"):
        response = client.get(url)
        assert response.status_code == 200
        assert response.headers["content-security-policy"].startswith("default-src 'self'")
        assert not re.search(r"""(src|href)=["']?(https?:)?//|<style|style="|url\(|@import""", response.text), url
    shown = client.get("/docs").text
    for path in client.app.openapi()["paths"]:
        assert path in shown


def test_no_script_of_the_page_is_inline(client):
    scripts = re.findall(r"<script\b([^>]*)>(.*?)</script>", client.get("/").text, re.DOTALL)
    assert scripts and all("src=" in attributes and not body.strip() for attributes, body in scripts)


def test_what_the_page_loads_is_there(client):
    for url in re.findall(r"""(?:src|href)="(/web/[^"]+)\"""", client.get("/").text):
        assert client.get(url).status_code == 200, url


def test_the_page_is_asked_for_again_after_an_upgrade(client):
    first = client.get("/web/main.js")
    assert first.headers["cache-control"] == "no-cache"
    again = client.get("/web/main.js", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304


def test_the_page_has_its_texts_in_both_languages(client):
    texts = {language: client.get(f"/web/texts/{language}.json").json() for language in ("en", "zh")}
    assert texts["en"].keys() == texts["zh"].keys()
    assert texts["en"]["web.search"] == catalogue("en", "web")["search"]
    assert client.get("/web/texts/fr.json").status_code == 404


def test_nothing_outside_the_page_is_served_as_its_file(client):
    for url in ("/web/../site.py", "/web/%2e%2e/site.py", "/web//etc/passwd", "/web/texts/../../../site.json"):
        assert client.get(url).status_code == 404, url


def test_every_answer_has_its_headers_and_no_cors(client, asked):
    headers = client.get("/v1/search?text=a", headers={"origin": "https://evil.example"}).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert not [name for name in headers if name.startswith("access-control")]


def test_the_trace_id_comes_from_the_caller_when_valid(client):
    given = "0af7651916cd43dd8448eb211c80319c"
    response = client.get("/v1/healthz", headers={"traceparent": f"00-{given}-b7ad6b7169203331-01"})
    assert response.headers["x-trace-id"] == given
    assert trace_id("nonsense\n") != trace_id("nonsense\n")


def test_health_says_when_the_store_does_not_answer(client, store):
    store.broken = TransientError("api.keys_unreadable")
    assert client.get("/v1/healthz").status_code == 503


def test_the_index_leads_on(client):
    body = client.get("/v1/").json()
    assert body["links"]["find_paths"] == "/v1/paths"
    assert "tie_strength" in {s["name"] for s in body["scores"]}


def test_requests_are_logged_by_operation_not_by_path(client, monkeypatch, caplog):
    fail_with(monkeypatch, NotFoundError("errors.not_found", text="x"))
    with caplog.at_level(logging.INFO, "graphsvc.api"):
        client.get("/v1/people/lena@customer.example")
    line = next(r.getMessage() for r in caplog.records if r.name == "graphsvc.api")
    assert "get_person 404" in line and "lena" not in line


KEYLESS = ("/v1/healthz", "/v1/unsubscribe")


def test_the_description_is_valid_and_complete(client):
    document = client.get("/openapi.json").json()
    validate(document)
    assert document["openapi"].startswith("3.1")
    for response in document["components"]["responses"].values():
        assert response["description"] and response["content"].keys() == {"application/problem+json"}
    seen = set()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            where = f"{method} {path}"
            assert operation["operationId"] not in seen, where
            seen.add(operation["operationId"])
            assert operation["summary"] and operation["description"] and operation["tags"], where
            assert not operation["summary"].endswith(".") and "\n" not in operation["summary"], where
            content = operation["responses"]["200"]["content"]
            assert all("$ref" in c["schema"] or "example" in c for c in content.values()), where
            for parameter in operation.get("parameters", ()):
                assert parameter.get("description"), f"{where}: {parameter['name']}"
            problems = {s for s, r in operation["responses"].items() if r.get("$ref", "").endswith(f"/Problem{s}")}
            assert {"422", "500"} <= problems, where
            assert ("401" in problems) == (path not in KEYLESS), where
            assert ("security" in operation) == (path not in KEYLESS), where
    assert {t for m in document["paths"].values() for o in m.values() for t in o["tags"]} <= {
        t["name"] for t in document["tags"]
    }


def test_the_description_in_the_docs_is_in_step():
    kept = Path(__file__).parents[3] / "docs" / "openapi.json"
    assert json.loads(kept.read_text(encoding="utf-8")) == description(), (
        "run `python -m api.openapi docs/openapi.json`"
    )


def test_texts_are_in_step_in_both_languages():
    english, chinese = catalogue("en", "api"), catalogue("zh", "api")
    assert english.keys() == chinese.keys()
    for name, text in english.items():
        fields = re.compile(r"(?<!\{)\{(\w+)\}")
        assert sorted(fields.findall(text)) == sorted(fields.findall(chinese[name])), name


def test_is_local():
    assert all(map(is_local, ("127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost")))
    assert not any(map(is_local, ("0.0.0.0", "::", "10.0.0.1", "example.com", "")))
