"""The command line as its users meet it: every command, its exit codes, its JSON, and what corrections do."""

from __future__ import annotations

import csv
import gzip
import json
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

import pyarrow.parquet as pq
import pytest

Cli = Any  # tests/e2e/conftest.py
ROOT = Path(__file__).parents[2]
TIES = ("tie_strength", "relationship_health", "active")
SCORES = (*TIES, "depth", "breadth", "organization_health", "influence", "ecosystem")
CHINESE = re.compile("[\u4e00-\u9fff]")


def opened(path: Path) -> TextIO:
    """A text file, unpacked where it is packed."""
    return gzip.open(path, "rt", encoding="utf-8", newline="") if path.suffix == ".gz" else path.open(newline="")


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The rows of an export, with "" for null."""
    if path.name.endswith(".parquet"):
        return [{k: "" if v is None else v for k, v in r.items()} for r in pq.read_table(path).to_pylist()]
    if path.name.endswith(".jsonl"):
        lines = path.read_text("utf-8").splitlines()
        return [{k: "" if v is None else v for k, v in json.loads(line).items()} for line in lines]
    with opened(path) as file:
        return list(csv.DictReader(file))


def exported(cli: Cli, name: str, out: Path, *args: str) -> list[dict[str, Any]]:
    """One score as a table; all columns but the run's."""
    cli("export", "scores", name, "--out", out, *args)
    return [{k: v for k, v in row.items() if k != "run_id"} for row in rows_of(out)]


@pytest.fixture(scope="module")
def people(sample_cli: Cli) -> Mapping[str, str]:
    """The rep and the contact of the dying tie, another rep and that rep's contact, and the hidden influencer."""
    truths = sample_cli.truth["truths"]
    return {
        "rep": truths["dying_tie"]["rep"]["key"],
        "contact": truths["dying_tie"]["contact"]["key"],
        "other_rep": truths["ignored_rep"]["rep"]["key"],
        "other_contact": truths["ignored_rep"]["contact"]["key"],
        "influencer": truths["hidden_influencer"]["person"]["key"],
    }


@pytest.fixture(scope="module")
def exports(sample_cli: Cli, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Every score as a CSV file."""
    files = {name: tmp_path_factory.mktemp("exports") / f"{name}.csv" for name in SCORES}
    for name, out in files.items():
        sample_cli("export", "scores", name, "--out", out)
    return files


def best(path: Path) -> list[str]:
    """Keys of the row with the highest value."""
    row = max((r for r in rows_of(path) if r["value"]), key=lambda r: float(r["value"]))
    return [row["a_key"], row["b_key"]] if "a_key" in row else [row["key"]]


# -- help -----------------------------------------------------------------------------------------------------------


def command_paths() -> Iterator[tuple[str, ...]]:
    """Every command and group of the tree, as words."""
    from graphsvc.cli.tree import command_line

    def below(item: Any, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        yield words
        for name, part in getattr(item, "commands", {}).items():
            yield from below(part, (*words, name))

    return below(command_line(), ())


@pytest.mark.parametrize("words", list(command_paths()), ids=lambda w: " ".join(w) or "graphsvc")
def test_every_command_has_help_in_both_languages(sample_cli: Cli, words: tuple[str, ...]) -> None:
    english, chinese = (sample_cli(*words, "--help", "--lang", lang).out for lang in ("en", "zh"))
    assert "Usage:" in english and "用法：" in chinese
    assert not CHINESE.search(english), "Chinese in the English help"
    assert "Show this message" not in chinese and "Options:" not in chinese
    told = re.findall(r"^  (?:-\S+,? ?)+(?:<[^>]*>)?\s+(\S.*)$", chinese, re.M)
    assert all(CHINESE.search(line) for line in told if re.search("[a-z]{4} ", line)), "English in the Chinese help"
    assert "cli." not in english + chinese, "a code instead of its text"


def test_the_issue_names_these_commands() -> None:
    named = {
        "sample", "sync", "fit", "score", "top", "paths", "explain", "why-not", "export", "evaluate", "merge", "split",
        "override", "erase", "suggestions", "runs", "serve", "doctor",
    }  # fmt: skip
    tree = set(command_paths())
    assert named <= {words[0] for words in tree if words}
    assert {
        ("export", "scores"),
        ("export", "ties"),
        ("evaluate", "health"),
        ("runs", "verify"),
        ("runs", "prune"),
    } <= tree


def test_readme_names_only_commands_and_options_that_exist(sample_cli: Cli) -> None:
    tree = set(command_paths())
    lines = [
        part.split("#")[0].split()
        for part in re.findall(
            r"(?:^|&& |(?<=`))graphsvc ((?!is )[a-z-][^`&\n]+)", (ROOT / "README.md").read_text("utf-8"), re.M
        )
    ]
    assert len(lines) > 8
    for words in lines:
        words = words[2:] if words[0] == "--lang" else words
        command = tuple(words[:2]) if tuple(words[:2]) in tree else (words[0],)
        assert command in tree, f"README: there is no `graphsvc {' '.join(words)}`"
        known = sample_cli(*command, "--help").out + sample_cli("--help").out
        unknown = [w for w in words if w.startswith("--") and not re.search(rf"{w}\b", known)]
        assert unknown == [], f"README: {command} has no {unknown}"


def test_common_options_stand_anywhere_and_are_forgotten_afterwards(sample_cli: Cli) -> None:
    assert sample_cli("--json", "search", "zhang").json == sample_cli("search", "zhang", "--json").json
    assert not sample_cli("doctor").out.startswith("{"), "--json of the call before still holds"
    assert CHINESE.search(sample_cli("doctor", "--lang=zh").out)
    assert not CHINESE.search(sample_cli("doctor").out), "--lang of the call before still holds"


# -- data in --------------------------------------------------------------------------------------------------------


def test_sync_twice_adds_nothing(own_cli: Cli) -> None:
    before = own_cli("search", "a", "--json").json["meta"]["sequence"]
    for source in ("crm", "tables", "mail"):
        report = own_cli("sync", source, own_cli.folder / source, "--json").json
        assert report["total"]["taken"] == report["total"]["quarantined"] == 0
    assert own_cli("search", "a", "--json").json["meta"]["sequence"] == before


def test_sync_accounts_for_every_row(own_cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "interactions.csv").write_text(
        "time,from,to\n2026-01-01,a@x.example,b@x.example\n2026-01-01,a@x.example,b@x.example\nsoon,a@x.example,c@x.example\n"
    )
    report = own_cli("sync", "tables", tmp_path, "--name", "odd", "--json").json
    total = report["total"]
    assert (total["read"], total["taken"], total["quarantined"]) == (3, 1, 1)
    kept = own_cli("quarantine", "--source", "odd", "--json").json
    assert [r["where"] for r in kept] and "soon" in json.dumps(kept)
    shown = own_cli("quarantine", "--source", "odd")
    assert "soon" in shown.out
    again = own_cli("sync", "tables", tmp_path, "--name", "odd")
    assert "taken" not in again.out or re.search(r"interactions\s+\d+\s+0", again.out)


def test_sample_writes_what_its_readme_says(sample_cli: Cli, tmp_path: Path) -> None:
    said = sample_cli("sample", tmp_path / "s", "--scale", "0.05", "--json").json
    assert said["folder"] == str(tmp_path / "s") and said["interaction_rows"] > 1000
    assert (tmp_path / "s" / "truth.json").read_bytes() == (sample_cli.folder / "truth.json").read_bytes()


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (("sync", "nosuch", "."), 3, "crm, mail, tables"),
        (("sync", "mail", "/no/such"), 2, "/no/such"),
        (("sync", "tables", ".", "--preset", "maven"), 2, "--preset"),
        (("sync", "tables", ".", "--map", "from"), 2, "--map"),
        (("sample", "x", "--end", "soon"), 2, "soon"),
        (("top",), 2, "--team"),
        (("top", "a", "--team", "b"), 2, "--team"),
        (("top", "zzzz"), 3, "zzzz"),
        (("top", "--team", "x", "--week", "2026-99"), 2, "2026-W47"),
        (("score", "--as-of", "yesterday"), 2, "yesterday"),
        (("score", "nosuch"), 3, "tie_strength"),
        (("fit", "nosuch"), 3, "nosuch"),
        (("explain", "nosuch", "a"), 3, "nosuch"),
        (("explain", "influence", "zzzz"), 3, "zzzz"),
        (("explain", "tie_strength", "yuan.lu@yuanlan.example"), 3, "both sides"),
        (("paths", "--to", "zzzz"), 3, "zzzz"),
        (("why-not", "zzzz", "zzzz"), 3, "zzzz"),
        (("export", "scores", "depth", "--out", "x.xls"), 2, ".parquet"),
        (("export", "ties", "--out", "/no/such/x.csv"), 6, "/no/such/x.csv"),
        (("suggestions", "zzzz", "--state", "declined"), 3, "zzzz"),
        (("suggestions", "zzzz"), 2, "--state"),
        (("override", "depth", "zzzz", "--value", "1", "--clear"), 2, "--clear"),
        (("override", "nosuch", "yuan.lu@yuanlan.example", "--value", "1"), 3, "nosuch"),
        (("override", "influence", "yuan.lu@yuanlan.example", "--value", "nan"), 2, "nan"),
        (("override", "depth", "yuan.lu@yuanlan.example", "--value", "101"), 2, "100"),
        (("runs", "verify", "nosuch"), 3, "nosuch"),
        (("keys", "k", "--scope", "all"), 2, "admin"),
        (("--as", "zzzz", "doctor"), 3, "zzzz"),
        (("nosuch",), 2, "nosuch"),
        (("doctor", "--lang", "fr"), 2, "zh"),
    ],
    ids=lambda x: " ".join(x) if isinstance(x, tuple) else None,
)
def test_wrong_input_gets_one_sentence_and_its_code(
    sample_cli: Cli, args: tuple[str, ...], code: int, says: str
) -> None:
    answer = sample_cli(*args, code=code)
    assert says in answer.err and "Traceback" not in answer.err
    assert answer.out == ""


def test_no_database_is_said(sample_cli: Cli, tmp_path: Path) -> None:
    missing = type(sample_cli)(tmp_path / "none.db", tmp_path)
    assert "none.db" in missing("top", "--team", "x", code=3).err
    assert not (tmp_path / "none.db").exists(), "asking created a database"


def test_an_ambiguous_key_lists_its_candidates(own_cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("id,name\ntwin-1,Kim Twin\ntwin-2,Kim Twin\n")
    own_cli("sync", "tables", tmp_path, "--name", "twins")
    answer = own_cli("explain", "influence", "Kim Twin", "--json", code=2)
    assert {c["key"] for c in answer.json["candidates"]} == {"twin-1", "twin-2"}
    assert answer.json["status"] == 409
    ids = [c["id"] for c in answer.json["candidates"]]
    assert all(i in answer.err for i in ids), "the sentence names the candidates' ids"
    assert own_cli("why-not", "yuan.lu@yuanlan.example", ids[0], "--json").json["key"] in {"twin-1", "twin-2"}


# -- questions ------------------------------------------------------------------------------------------------------


def test_search_finds_by_name_and_key(sample_cli: Cli, people: Mapping[str, str]) -> None:
    items = sample_cli("search", people["influencer"], "--json").json["items"]
    assert items[0]["label"] == "person" and items[0]["name"]
    shown = sample_cli("search", items[0]["name"], "--lang", "zh").out
    assert items[0]["name"] in shown and "人员" in shown and "person" not in shown
    assert "zzzzzz" in sample_cli("search", "zzzzzz").err


def test_top_json_has_the_promised_fields(sample_cli: Cli, people: Mapping[str, str]) -> None:
    found = sample_cli("top", people["rep"], "--json").json
    assert {"rep", "week", "as_of", "items"} <= found.keys()
    assert re.fullmatch(r"\d{4}-W\d\d", found["week"])
    assert found["items"] and len(found["items"]) <= 20
    for rank, item in enumerate(found["items"], 1):
        fields = {"rank", "key", "name", "organization", "gain", "reasons", "evidence", "play", "channel", "changed"}
        assert fields <= item.keys()
        assert item["rank"] == rank and item["reasons"] and item["gain"] > 0
    gains = [i["gain"] for i in found["items"]]
    assert gains == sorted(gains, reverse=True) or len(set(gains)) == len(gains)
    assert any(e["record_id"] for i in found["items"] for e in i["evidence"])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_top_reads_well(sample_cli: Cli, people: Mapping[str, str], lang: str) -> None:
    shown = sample_cli("top", people["rep"], "--lang", lang)
    assert not re.search(r"\d[eE]\+\d", shown.out), "a number in powers of ten"
    assert not re.search(r"\d{5,}", shown.out), "a number without separators"
    if lang == "zh":
        plays = r"\b(reconnect|keep_in_touch|rest|wecom|phone|calendar|site)\b"
        assert not re.search(plays, shown.out), "a machine's word in Chinese output"
    assert "AUC" in shown.err, "no measured accuracy"


def test_top_of_the_team_and_of_a_week(sample_cli: Cli, people: Mapping[str, str]) -> None:
    team = sample_cli("top", "--team", "everybody", "--json").json
    assert team["rep"] == "everybody" and team["items"]
    past = sample_cli("top", people["rep"], "--week", "2026-W20", "--json").json
    assert past["week"] == "2026-W20" and past["as_of"] == "2026-05-11T00:00:00Z"


def test_why_not_gives_a_reason_for_those_off_the_list(sample_cli: Cli, people: Mapping[str, str]) -> None:
    found = sample_cli("why-not", people["rep"], people["other_contact"], "--json").json
    assert found["rank"] is None and all(found["reasons"]) and found["reasons"]
    first = sample_cli("top", people["rep"], "--json").json["items"][0]
    assert sample_cli("why-not", people["rep"], first["key"], "--json").json["rank"] == 1
    assert sample_cli("why-not", people["rep"], people["other_contact"], "--lang", "zh").out.count("\n") > 1


def test_paths_json_has_the_promised_fields(sample_cli: Cli) -> None:
    target = sample_cli.truth["truths"]["referral_path"]["target"]
    key = target if isinstance(target, str) else target["key"]
    found = sample_cli("paths", "--to", key, "--json").json
    assert {"as_of", "calibrated", "paths"} <= found.keys() and found["calibrated"] is False
    assert found["paths"]
    for path in found["paths"]:
        assert path["probability"] == pytest.approx(math.prod(h["probability"] for h in path["hops"]), rel=1e-9)
        assert sum(h["weakest"] for h in path["hops"]) == 1
        for hop in path["hops"]:
            assert {"from", "to", "probability", "weakest", "evidence"} <= hop.keys()
            assert hop["evidence"] and all(e["record_id"] for e in hop["evidence"])
        for before, after in zip(path["hops"], path["hops"][1:], strict=False):
            assert before["to"] == after["from"]
    assert "score" in sample_cli("paths", "--to", key).out, "an uncalibrated number is not called a score"
    assert "评分" in sample_cli("paths", "--to", key, "--lang", "zh").out


@pytest.mark.parametrize("name", SCORES)
def test_explain_adds_up_and_opens_to_source_records(sample_cli: Cli, exports: Mapping[str, Path], name: str) -> None:
    keys = best(exports[name])
    found = sample_cli("explain", name, *keys, "--json", "--limit", "3").json
    summed = math.fsum(t["value"] for t in found["terms"] if t["kind"] != "subgraph" and t["value"] is not None)
    link, value = found["score"]["link"], found["score"]["value"]
    shown_as = {"identity": lambda x: x, "log": lambda x: 100 * math.exp(x), "logit": lambda x: 1 / (1 + math.exp(-x))}
    assert shown_as[link](summed) == pytest.approx(value, rel=1e-6), "the terms do not add up to the score"
    assert any(t["evidence"] for t in found["terms"]), "nothing opens down to a record"
    for lang in ("en", "zh"):
        shown = sample_cli("explain", name, *keys, "--lang", lang)
        assert "nan" not in shown.out and not re.search(r"\d[eE][+-]\d", shown.out)
        assert bool(CHINESE.search(shown.out.splitlines()[1])) == (lang == "zh") or link == "logit"


@pytest.mark.parametrize("name", ["ecosystem", "breadth", "influence"])
def test_explain_of_null_says_why(sample_cli: Cli, exports: Mapping[str, Path], name: str) -> None:
    empty = next(r for r in rows_of(exports[name]) if not r["value"])
    shown = sample_cli("explain", name, empty["key"]).out
    assert empty["reason"] and empty["reason"] in shown
    assert sample_cli("explain", name, empty["key"], "--json").json["score"]["value"] is None


# -- results --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCORES)
def test_export_header_and_rows(sample_cli: Cli, exports: Mapping[str, Path], name: str) -> None:
    header = exports[name].read_text("utf-8").partition("\n")[0].split(",")
    node = ["key", "label", "value", "rank", "low", "high"]
    start = ["a_key", "b_key", "value", "low", "high"] if name in TIES else node
    assert header[: len(start)] == start and header[-1] == "run_id"
    terms = sample_cli("explain", name, *best(exports[name]), "--json").json["score"]["terms"]
    assert header[len(start) : len(start) + len(terms)] == list(terms), "the terms do not follow the value"
    rows = rows_of(exports[name])
    assert all(r["value"] or r["reason"] for r in rows), "a null without its reason"
    if name in TIES:
        assert all(r["a_key"] < r["b_key"] for r in rows)
    else:
        ranks = [int(r["rank"]) for r in rows if r["rank"]]
        assert ranks == list(range(1, len(ranks) + 1))
    assert len({r["run_id"] for r in rows}) == 1 and rows[0]["run_id"]


def test_export_forms_agree(sample_cli: Cli, tmp_path: Path) -> None:
    tables = [exported(sample_cli, "influence", tmp_path / f"x.{e}") for e in ("csv", "csv.gz", "parquet", "jsonl")]
    first = [(r["key"], r["label"], r["value"] and float(r["value"])) for r in tables[0]]
    for table in tables[1:]:
        assert [(r["key"], r["label"], r["value"] and float(r["value"])) for r in table] == first


def test_export_ties_and_its_keys_are_the_sources(sample_cli: Cli, tmp_path: Path) -> None:
    said = sample_cli("export", "ties", "--out", tmp_path / "t.csv", "--json").json
    rows = rows_of(tmp_path / "t.csv")
    assert said["rows"] == len(rows) > 100
    assert {"relationship_health", "active", "strength_ab", "strength_ba", "last_time"} <= rows[0].keys()
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT.*Z", r["last_time"]) for r in rows), "a moment as a bare number"
    keys = {r["a_key"] for r in rows} | {r["b_key"] for r in rows}
    internal = [k for k in keys if re.fullmatch("[0-9a-f]{32}", k)]
    assert internal == [], "an internal id where the source's key is known"
    tie = next(r for r in rows if float(r["strength_ab"]) > 0)
    found = sample_cli("explain", "tie_strength", tie["a_key"], tie["b_key"], "--json").json
    assert found["score"]["value"] == pytest.approx(float(tie["value"]), rel=1e-8)


def test_export_of_the_past_uses_nothing_later(sample_cli: Cli, tmp_path: Path) -> None:
    """The same as from a database that holds only what had happened by then, whatever the models."""
    then = "2026-03-01"
    cut = tmp_path / "cut"
    cut.mkdir()
    for name, column in (("interactions.csv.gz", "time"), ("facts.csv", "valid_from"), ("works.csv", "time")):
        _only_until(sample_cli.folder / "tables" / name, cut / name.removesuffix(".gz"), column, then)
    for name in ("people.csv", "organizations.csv"):
        (cut / name).write_bytes((sample_cli.folder / "tables" / name).read_bytes())
    whole, part = (type(sample_cli)(tmp_path / f"{n}.db", sample_cli.folder) for n in ("whole", "part"))
    for cli, folder in ((whole, sample_cli.folder / "tables"), (part, cut)):
        cli("sync", "tables", folder, "--name", "tables", "--own", "yuanlan.example")
    for name in ("relationship_health", "organization_health", "depth", "breadth", "influence", "ecosystem"):
        mine, theirs = (exported(c, name, tmp_path / f"{i}.csv", "--as-of", then) for i, c in enumerate((whole, part)))
        assert mine == theirs, f"{name} as of {then} knew something later"


def _only_until(source: Path, target: Path, column: str, then: str) -> None:
    with opened(source) as file, target.open("w", encoding="utf-8", newline="") as out:
        reader = csv.DictReader(file)
        writer = csv.DictWriter(out, reader.fieldnames or [])
        writer.writeheader()
        for row in reader:
            if not row[column] or row[column] <= then:
                writer.writerow(row | ({"valid_to": ""} if (row.get("valid_to") or "") > then else {}))


def test_evaluate_health_json(own_cli: Cli) -> None:
    found = own_cli("evaluate", "health", "--json").json
    assert {"horizon_days", "protocol", "test_rows", "alive_rate", "model", "baselines"} <= found.keys()
    assert found["horizon_days"] == 28 and found["test_rows"] > 0 and 0 < found["alive_rate"] < 1
    assert {"recency", "frequency_90d", "half_life_90d", "breadbox"} == found["baselines"].keys()
    for figures in (found["model"], *found["baselines"].values()):
        assert {"auc", "ap", "brier", "ece"} <= figures.keys()
        assert all(0 <= figures[k] <= 1 for k in ("auc", "ap", "brier", "ece"))
    assert own_cli("runs", "--kind", "evaluate", "--json").json[0]["report"]["test_rows"] == found["test_rows"]


def test_runs_are_listed_and_verify_says_equal(own_cli: Cli) -> None:
    kinds = [r["kind"] for r in own_cli("runs", "--json").json]
    assert {"sync", "fit", "score"} <= set(kinds)
    newest = own_cli("runs", "--json", "--kind", "score").json[0]
    assert newest["started"].endswith("Z") and newest["as_of"].endswith("Z")
    verified = own_cli("runs", "verify", newest["id"], "--json").json
    assert verified["equal"] is True and set(verified["largest_relative_difference"]) <= set(SCORES)
    own_cli("fit", "--as-of", "2026-06-01")
    assert own_cli("runs", "verify", newest["id"], "--json").json["equal"] is True, "a later fit changed an old run"
    assert newest["id"] in own_cli("runs", "--lang", "zh").out


def test_score_as_of_and_prune(own_cli: Cli) -> None:
    done = own_cli("score", "tie_strength", "--as-of", "2026-06-01", "--json").json
    assert done["as_of"] == "2026-06-01T00:00:00Z" and done["scores"][0]["name"] == "tie_strength"
    own_cli("score", "tie_strength", "--as-of", "2026-05-01")
    assert own_cli("runs", "prune", "--keep", "1", "--json").json["dropped"] >= 1
    assert own_cli("runs", "prune", "--keep", "1", "--json").json["dropped"] == 0


def test_doctor(sample_cli: Cli) -> None:
    found = sample_cli("doctor", "--json").json
    assert found["ok"] and all(c["ok"] for c in found["checks"])
    assert "GB" in sample_cli("doctor").out


def test_keys_go_into_the_file_as_hashes(sample_cli: Cli, tmp_path: Path, people: Mapping[str, str]) -> None:
    made = sample_cli("keys", "list-page", "--rep", people["rep"], "--file", tmp_path / "keys.json").json
    assert made["token"] and made["token"] not in (tmp_path / "keys.json").read_text("utf-8")
    assert sample_cli("top", "--team", "x", "--json").json["items"], "the rep of the key became the caller"


def test_serve_hands_over_to_the_api(sample_cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    import api.app

    asked: list[tuple[Any, ...]] = []
    monkeypatch.setattr(api.app, "serve", lambda *args: asked.append(args))
    assert "http://127.0.0.1:8123/" in sample_cli("serve", "--port", "8123").err
    assert asked == [(f"sqlite:///{sample_cli.db}", "127.0.0.1", 8123)]


# -- policy ---------------------------------------------------------------------------------------------------------


def test_a_rep_does_not_open_what_is_others(sample_cli: Cli, people: Mapping[str, str]) -> None:
    rep = ("--as", people["rep"])
    theirs = (people["other_rep"], people["other_contact"])
    sample_cli(*rep, "explain", "relationship_health", *theirs, code=4)
    sample_cli(*rep, "top", people["other_rep"], code=4)
    sample_cli(*rep, "top", "--team", "x", code=4)
    opened = sample_cli(*rep, "explain", "relationship_health", people["rep"], people["contact"], "--json").json
    assert any(t["evidence"] for t in opened["terms"])
    assert sample_cli(*rep, "top", people["rep"], "--json").json["items"]


def test_a_rep_sees_of_others_ties_the_band_only(sample_cli: Cli, people: Mapping[str, str]) -> None:
    found = sample_cli("--as", people["rep"], "paths", "--to", people["other_contact"], "--json").json
    mine = [e["key"] for e in sample_cli("search", people["rep"], "--json").json["items"]]
    others = [h for p in found["paths"] for h in p["hops"] if not {h["from"], h["to"]} & set(mine)]
    assert others and found["meta"]["hidden"]
    assert all(h["probability"] is None and h["evidence"] == [] and h["band"] for h in others)
    assert "not yours" in sample_cli("--as", people["rep"], "paths", "--to", people["other_contact"]).out


def test_a_rep_exports_own_rows_only(sample_cli: Cli, people: Mapping[str, str], tmp_path: Path) -> None:
    whole = exported(sample_cli, "tie_strength", tmp_path / "a.csv")
    part = exported(sample_cli, "tie_strength", tmp_path / "b.csv", "--as", people["rep"])
    assert 0 < len(part) < len(whole)
    [me] = set.intersection(*({r["a_key"], r["b_key"]} for r in part))
    assert me == sample_cli("search", people["rep"], "--json").json["items"][0]["key"]


@pytest.mark.parametrize(
    "args",
    [
        ("merge", "{rep}", "{contact}"), ("split", "{rep}"), ("erase", "{contact}", "--yes"), ("own", "x.example"),
        ("quarantine",), ("fit",), ("score",), ("runs", "prune"), ("sync", "tables", "."), ("evaluate", "health"),
        ("override", "influence", "{influencer}", "--value", "3"), ("keys", "k", "--rep", "{rep}"),
    ],
    ids=lambda a: a[0],
)  # fmt: skip
def test_a_rep_does_not_rule(own_cli: Cli, people: Mapping[str, str], args: tuple[str, ...]) -> None:
    own_cli("--as", people["rep"], *(a.format(**people) for a in args), code=4)


# -- corrections ----------------------------------------------------------------------------------------------------


def test_an_override_survives_is_shown_beside_and_used(own_cli: Cli, people: Mapping[str, str], tmp_path: Path) -> None:
    tie = (people["rep"], people["contact"])
    computed = own_cli("explain", "relationship_health", *tie, "--json").json["score"]["value"]
    before = own_cli("top", people["rep"], "--json").json
    own_cli("override", "relationship_health", *tie, "--value", "0.01", "--reason", "I know better")
    own_cli("override", "active", *tie, "--value", "0.01")
    own_cli("score")
    rows = exported(own_cli, "relationship_health", tmp_path / "x.csv")
    [row] = [r for r in rows if r["override"]]
    assert float(row["override"]) == 0.01
    assert float(row["value"]) == pytest.approx(computed, rel=1e-6), "the computed value gave way"
    shown = own_cli("explain", "relationship_health", *tie)
    assert "0.01" in shown.out
    after = own_cli("top", people["rep"], "--json").json
    assert after["items"] != before["items"], "the list does not use the override"
    own_cli("override", "relationship_health", *tie, "--clear")
    own_cli("override", "active", *tie, "--clear")
    assert own_cli("top", people["rep"], "--json").json["items"] == before["items"]


def test_a_restriction_keeps_a_person_off_lists(own_cli: Cli, people: Mapping[str, str]) -> None:
    first = own_cli("top", people["rep"], "--json").json["items"][0]["key"]
    own_cli("override", "restricted", first, "--value", "1")
    assert first not in [i["key"] for i in own_cli("top", people["rep"], "--json").json["items"]]
    assert own_cli("why-not", people["rep"], first, "--json").json["rank"] is None


def test_merge_then_split_restores_the_export(own_cli: Cli, people: Mapping[str, str], tmp_path: Path) -> None:
    names = ("tie_strength", "depth")
    before = [exported(own_cli, n, tmp_path / "a.csv") for n in names]
    pair = (people["contact"], people["other_contact"])
    merged = own_cli("merge", *pair, "--json").json["id"]
    both = [own_cli("search", key, "--json").json["items"][0]["id"] for key in pair]
    assert both == [merged, merged]
    assert exported(own_cli, names[0], tmp_path / "b.csv") != before[0]
    apart = own_cli("split", pair[1], "--json").json["ids"]
    assert len(set(apart)) >= 1
    assert [exported(own_cli, n, tmp_path / "c.csv") for n in names] == before


def test_erase_leaves_nothing_of_the_person(own_cli: Cli, people: Mapping[str, str], tmp_path: Path) -> None:
    key = people["contact"]
    [found] = own_cli("search", key, "--json").json["items"][:1]
    removed = own_cli("erase", key, "--yes", "--json").json
    assert removed["id"] == found["id"] and sum(removed["removed"].values()) > 0
    for text in (key, found["name"]):
        assert found["id"] not in [e["id"] for e in own_cli("search", text, "--json").json["items"]]
    for args in (("explain", "depth", key), ("why-not", people["rep"], key), ("paths", "--to", key)):
        own_cli(*args, code=3)
    own_cli("score")
    for name in ("tie_strength", "depth", "influence"):
        out = tmp_path / f"{name}.csv"
        exported(own_cli, name, out)
        assert key not in out.read_text("utf-8") and found["key"] not in out.read_text("utf-8")
    own_cli("sync", "mail", own_cli.folder / "mail")
    (tmp_path / "people.csv").write_text(f"id,name,email\n{key},Back Again,{key}\n")
    report = own_cli("sync", "tables", tmp_path / "people.csv", "--name", "again", "--json").json
    assert report["total"]["blocked"] == 1 and report["total"]["taken"] == 0
    own_cli("explain", "depth", key, code=3)


def test_erase_asks_first(own_cli: Cli, people: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    import typer

    asked: list[str] = []

    def no(text: str, **_: Any) -> None:
        asked.append(text)
        raise typer.Abort

    monkeypatch.setattr(typer, "confirm", no)
    own_cli("erase", people["contact"], code=1)
    assert own_cli("search", people["contact"], "--json").json["items"][0]["name"] in asked[0]
    own_cli("explain", "depth", people["contact"])


def test_a_declined_suggestion_stays_away(own_cli: Cli) -> None:
    proposed = own_cli("suggestions", "--json", "--state", "proposed").json["items"]
    assert proposed
    first = proposed[0]
    own_cli("suggestions", first["id"], "--state", "declined", "--reason", "not now, not ever")
    own_cli("score")
    assert first["id"] not in [s["id"] for s in own_cli("suggestions", "--json", "--state", "proposed").json["items"]]
    [declined] = own_cli("suggestions", "--json", "--state", "declined").json["items"]
    assert (declined["id"], declined["reason"], declined["state"]) == (first["id"], "not now, not ever", "declined")
    assert "not now, not ever" in own_cli("suggestions", "--state", "declined").out
    own_cli("suggestions", first["id"], "--state", "confirmed", code=2)


def test_suggestions_read_well_in_chinese(sample_cli: Cli) -> None:
    shown = sample_cli("suggestions", "--lang", "zh").out
    assert not re.search(r"\b(reconnect|proposed|ask_introduction|invite)\b", shown)
    assert not re.search(r"\d[eE]\+\d", shown)


def test_own_is_kept(own_cli: Cli) -> None:
    assert own_cli("own", "partner.example", "--json").json["own"] == ["partner.example"]
