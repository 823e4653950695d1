"""One settings class: command line over environment (``GRAPHSVC_*``) over defaults."""

from __future__ import annotations

from functools import cache

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
    page_rows: int = Field(default=100_000, ge=1, description="Rows per page.")
    api_keys: str | None = Field(default=None, description="File of hashed API keys; needed to bind beyond loopback.")


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
