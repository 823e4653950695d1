"""Lines of records that no parser of JSON refuses and no database can keep: each is told, and the good ones stay."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.app import assemble
from graphsvc.policy import OWNER
from graphsvc.stores import open_store
from graphsvc.workspace import Workspace
from tests.unit.api.transport import LOCAL


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (rb'{"table":"people","id":"\ud800"}', "half a character"),
        (rb'{"table":"people","id":"c2","\ud800":"x"}', "half a character"),
        (rb'{"table":["people"],"id":"c2"}', '"table" is missing or unknown'),
        (rb'{"table":{},"id":"c2"}', '"table" is missing or unknown'),
        (rb'["people"]', '"table" is missing or unknown'),
    ],
)
def test_a_line_that_cannot_be_kept_is_rejected_alone(tmp_path: Path, line: bytes, code: str) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'lines.db'}")
    client = TestClient(assemble(Workspace(store), None), base_url=LOCAL)
    body = b"\n".join([b'{"table":"people","id":"c1","name":"\\ud83d\\ude00"}', line, b'{"table":"people","id":"c3"}'])
    answer = client.post("/v1/records", content=body, headers={"content-type": "application/x-ndjson"})
    assert answer.status_code == 200, answer.text
    assert [r["status"] for r in answer.json()["results"]] == ["accepted", "rejected", "accepted"]
    assert code in answer.json()["results"][1]["reason"]
    assert [store.resolve(key, OWNER) == [] for key in ("c1", "c2", "c3")] == [False, True, False]
    store.close()
