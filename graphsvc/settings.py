"""One settings class: command line over environment (``GRAPHSVC_*``) over defaults."""

from __future__ import annotations

from functools import cache
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from graphsvc.errors import InputError


class Settings(BaseSettings):
    """Settings of one process; what belongs to the workspace (own domains, time zone) is in its store."""

    model_config = SettingsConfigDict(env_prefix="GRAPHSVC_", frozen=True, extra="ignore")

    database_url: str = Field(default="sqlite:///graphsvc.db", description="sqlite:///FILE or neo4j://HOST:PORT.")
    lang: str | None = Field(default=None, description="en or zh; default: the locale.")
    workspace_key: str | None = Field(
        default=None, description="Hexadecimal key of a new workspace's ids; default: random."
    )
    wait_seconds: float = Field(default=30.0, gt=0, description="How long a writer waits for another one [s].")
    page_rows: int = Field(default=100_000, ge=1, description="Rows per page (5,000 into Neo4j unless set).")
    query_seconds: float = Field(default=60.0, gt=0, description="How long one question to Neo4j may take [s].")
    query_rows: int = Field(default=5_000_000, ge=1, description="Most rows that one answer of Neo4j may have.")
    neo4j_user: str = Field(default="neo4j", description="User of the Neo4j database.")
    neo4j_password: str | None = Field(default=None, repr=False, description="Its password; or give a file of it.")
    neo4j_password_file: str | None = Field(default=None, description="File that holds the password of Neo4j.")
    neo4j_database: str | None = Field(default=None, description="Database on the Neo4j server; default: the user's.")
    redis_url: str | None = Field(
        default=None, repr=False, description="redis://[:PASSWORD@]HOST:PORT/DB of the workers; unset: no Redis."
    )
    redis_password_file: str | None = Field(default=None, description="File of Redis's password, if not in the URL.")
    job_seconds: int = Field(default=3600, ge=10, description="How long one job may take; then it is stopped [s].")
    lease_seconds: float = Field(
        default=120.0, gt=0, description="How long a worker may be silent before another takes its job up [s]."
    )
    engine: Literal["auto", "local", "gds"] = Field(
        default="auto", description="Who measures graphs: local, gds (in Neo4j), or auto: gds where it answers alike."
    )
    engine_memory_mb: int | None = Field(
        default=None, ge=1, description="Most memory a measure may take in Neo4j [MB]; default: 80 % of its heap."
    )
    column_files: bool = Field(
        default=True, description="Keep large graphs as column files, from which the next process starts at once."
    )
    cache_dir: str | None = Field(
        default=None, description="Folder of the column files; default: beside an embedded database, else none."
    )
    heavy_requests: int = Field(
        default=2, ge=1, description="Heavy questions (paths, lists, explanations, what-ifs) the API answers at a time."
    )
    caller_requests: int = Field(default=32, ge=1, description="Requests of one API key at a time.")
    caller_rate: float = Field(default=500.0, ge=1, description="Requests of one API key per second [1/s].")
    caller_streams: int = Field(default=8, ge=1, description="Streams of live events one API key may hold open.")
    api_keys: str | None = Field(default=None, description="File of hashed API keys; needed to bind beyond loopback.")
    delivery: str | None = Field(default=None, description="File that says how weekly lists are delivered (TOML).")


@cache
def settings() -> Settings:
    """The settings of this process.

    Raises
    ------
    InputError
        When an environment variable holds what its setting cannot be.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "GRAPHSVC_" + "_".join(str(part) for part in first["loc"]).upper()
        raise InputError("errors.bad_setting", name=name, value=str(first["input"])[:60]) from error
