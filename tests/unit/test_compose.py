"""The container set-up keeps its promises: nobody is root, nothing is unlimited, no secret stands in a file of ours."""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from graphsvc.cli.tree import command_line
from graphsvc.settings import Settings

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
CLOSED: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "closed-network.yml").read_text("utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = ("api", "worker", "beat")
IMAGES = {s["image"] for s in SERVICES.values()}
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
services = pytest.mark.parametrize("name", SERVICES)
ours = pytest.mark.parametrize("name", OURS)


def default(text: str) -> str:
    """A value with the defaults of its ``${VARIABLE:-default}``."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


def settings_of(name: str) -> dict[str, str]:
    return dict(SERVICES[name].get("environment", {}))


def stages() -> list[list[str]]:
    """The instructions of each stage of the Dockerfile, continued lines joined."""
    lines = re.sub(r"\\\n\s*", "", re.sub(r"(?m)^\s*#.*\n", "", DOCKERFILE)).splitlines()
    out: list[list[str]] = []
    for line in filter(None, lines):
        if line.startswith("FROM "):
            out.append([])
        if out:
            out[-1].append(line)
    return out


def test_the_services_are_those_of_the_design() -> None:
    assert set(SERVICES) == {"neo4j", "redis", *OURS}


# -- every container --------------------------------------------------------------------------------------------------


@services
def test_a_service_runs_as_a_user_without_rights(name: str) -> None:
    user, group = SERVICES[name]["user"].split(":")
    assert int(user) > 0
    assert int(group) > 0
    assert SERVICES[name]["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in SERVICES[name]["security_opt"]
    assert not SERVICES[name].get("privileged")


@services
def test_a_service_has_limits(name: str) -> None:
    service = SERVICES[name]
    assert re.fullmatch(r"\d+[mg]", default(service["mem_limit"]))
    assert 0 < float(default(str(service["cpus"]))) <= 4
    assert 0 < service["pids_limit"] <= 1000


@services
def test_a_service_says_whether_it_is_well(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    assert check["test"][0] in ("CMD", "CMD-SHELL")
    assert {"interval", "timeout", "retries", "start_period"} <= set(check)


@services
def test_a_service_comes_back_and_its_log_does_not_grow_for_ever(name: str) -> None:
    assert SERVICES[name]["restart"] == "unless-stopped"
    assert {"max-size", "max-file"} <= set(SERVICES[name]["logging"]["options"])


@pytest.mark.parametrize("image", sorted(IMAGES))
def test_an_image_has_a_version(image: str) -> None:
    _, colon, tag = default(image).partition(":")
    assert colon
    assert re.search(r"\d", tag), f"{image} would be whatever is newest"
    assert "latest" not in tag


def test_the_image_of_neo4j_is_the_community_edition_of_the_long_term_release() -> None:
    assert default(SERVICES["neo4j"]["image"]) == "neo4j:5.26-community"
    assert SERVICES["neo4j"]["environment"]["NEO4J_PLUGINS"] == '["graph-data-science"]'


@pytest.mark.parametrize("name", ["redis", *OURS])
def test_the_root_file_system_is_read_only(name: str) -> None:
    """Neo4j's own start writes its settings into its home, so that it cannot be among these."""
    assert SERVICES[name]["read_only"] is True
    assert any(mount.startswith("/tmp:size=") for mount in SERVICES[name]["tmpfs"])  # without a size: half the memory


# -- secrets ----------------------------------------------------------------------------------------------------------


def test_secrets_are_files_that_the_repository_does_not_keep() -> None:
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", ())}
    assert used == set(COMPOSE["secrets"])
    for secret in COMPOSE["secrets"].values():
        assert set(secret) == {"file"}
        assert secret["file"].startswith("./deploy/secrets/")
    ignored = (ROOT / "deploy" / "secrets" / ".gitignore").read_text().split()
    assert ignored == ["*", "!.gitignore", "!README.md"]


@services
def test_no_secret_is_in_an_environment_variable(name: str) -> None:
    for variable, value in settings_of(name).items():
        if re.search("PASSWORD|AUTH|SECRET|TOKEN|KEY", variable):
            secret = Path(str(value))
            assert secret.parent == Path("/run/secrets"), f"{variable} is {value}"
            assert secret.name in SERVICES[name]["secrets"]
        assert not re.search(r"://[^/]*@", str(value)), f"{variable} holds a password"


def test_secrets_are_made_once_and_differ(tmp_path: Path) -> None:
    script, folder = str(ROOT / "deploy" / "secrets.sh"), tmp_path / "secrets"
    subprocess.run(["sh", script, str(folder)], check=True, capture_output=True)
    first = {f.name: f.read_text() for f in folder.iterdir()}
    subprocess.run(["sh", script, str(folder)], check=True, capture_output=True)
    assert {f.name: f.read_text() for f in folder.iterdir()} == first
    assert first["neo4j_auth"] == f"neo4j/{first['neo4j_password']}"
    assert re.fullmatch("[A-Za-z0-9]{40}", first["neo4j_password"])
    assert re.fullmatch("[A-Za-z0-9]{40}", first["redis_password"])
    assert first["redis_password"] != first["neo4j_password"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


# -- who reaches whom -------------------------------------------------------------------------------------------------


def test_only_the_api_is_published_and_on_this_machine_only() -> None:
    assert {name for name, service in SERVICES.items() if service.get("ports")} == {"api"}
    assert [default(port) for port in SERVICES["api"]["ports"]] == ["127.0.0.1:8000:8000"]


def test_databases_do_not_reach_each_other_nor_the_world() -> None:
    networks = {name: set(service["networks"]) for name, service in SERVICES.items()}
    assert networks["neo4j"] & networks["redis"] == set()
    assert COMPOSE["networks"]["graph"] == COMPOSE["networks"]["queue"] == {"internal": True}
    assert {name for name, of in networks.items() if "front" in of} == {"api"}
    assert {name for name, of in networks.items() if "outside" in of} == {"neo4j"}  # its plugin is fetched
    assert CLOSED["networks"]["outside"] == {"internal": True}
    assert CLOSED["services"]["neo4j"]["environment"]["NEO4J_PLUGINS"] == ""


def test_a_service_starts_when_what_it_needs_is_well() -> None:
    needs = {name: service.get("depends_on", {}) for name, service in SERVICES.items()}
    assert set(needs["api"]) == {"neo4j", "redis"}
    assert set(needs["worker"]) == set(needs["beat"]) == {"api"}  # the API makes the workspace
    assert all(d == {"condition": "service_healthy"} for of in needs.values() for d in of.values())


def test_what_must_last_is_on_named_volumes() -> None:
    assert "neo4j_data:/data" in SERVICES["neo4j"]["volumes"]
    assert "redis_data:/data" in SERVICES["redis"]["volumes"]
    for name in OURS:
        assert "graphsvc_data:/data" in SERVICES[name]["volumes"]
    named = {v.partition(":")[0] for s in SERVICES.values() for v in s["volumes"] if not v.startswith((".", "$"))}
    assert named == set(COMPOSE["volumes"])


# -- our own part -----------------------------------------------------------------------------------------------------


@ours
def test_a_command_is_one_of_ours_with_options_it_has(name: str) -> None:
    command, *options = SERVICES[name]["command"]
    found = command_line().commands[command]
    known = {o for parameter in found.params for o in parameter.opts}
    assert {o for o in options if o.startswith("-")} <= known


@ours
def test_a_setting_is_one_of_ours(name: str) -> None:
    known = {f"GRAPHSVC_{field.upper()}" for field in Settings.model_fields}
    assert set(settings_of(name)) <= known


@ours
def test_the_containers_run_one_image_of_this_version(name: str) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert default(SERVICES[name]["image"]) == f"graphsvc:{version}"
    assert SERVICES[name]["init"] is True


def test_the_image_installs_what_is_locked_by_hash() -> None:
    build, _ = stages()
    installs = [line for line in build if "pip install" in line]
    assert re.search(r"--require-hashes --only-binary=:all: -r requirements/server\.lock", installs[0])
    assert "--no-deps --no-build-isolation ." in installs[1]
    assert "--hash=sha256:" in (ROOT / "requirements" / "server.lock").read_text("utf-8")


def test_the_image_holds_every_package_of_the_product() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    packages = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    copied = {m[1] for line in stages()[0] if (m := re.fullmatch(r"COPY (\w+) \1/", line))}
    assert copied == packages
    let_in = set(re.findall(r"(?m)^!(\S+)$", (ROOT / ".dockerignore").read_text("utf-8")))
    assert packages <= let_in
    for path in let_in:
        assert (ROOT / path).exists(), f".dockerignore lets {path} in, which is not there"
    assert not {p for p in let_in if p.startswith(("deploy/secrets", ".git", "tests"))}


def test_the_image_runs_as_the_user_that_compose_names() -> None:
    _, final = stages()
    (user,) = [line.removeprefix("USER ") for line in final if line.startswith("USER ")]
    assert {SERVICES[name]["user"] for name in OURS} == {user}
    assert any(line.startswith("HEALTHCHECK ") for line in final)
    assert final.index(f"USER {user}") > max(i for i, line in enumerate(final) if line.startswith("RUN "))
    assert not [line for line in final if re.search("pip install|apt-get", line)], "the final stage builds nothing"


def test_every_role_has_a_health_check() -> None:
    checked = {SERVICES[name]["healthcheck"]["test"][-1] for name in OURS}
    source = (ROOT / "deploy" / "alive.py").read_text("utf-8")
    assert checked == set(OURS) == set(re.findall(r"(?m)^def ([a-z]+)\(\) -> bool:", source))


@pytest.mark.skipif(
    not shutil.which("docker-compose"), reason="docker-compose is not installed; `make compose-check` installs it"
)
def test_compose_itself_accepts_it() -> None:
    said = subprocess.run(["docker-compose", "config", "-q"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
