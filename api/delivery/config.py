"""How lists are delivered: the file ``GRAPHSVC_DELIVERY`` names, and the secrets beside it.

The file holds nothing secret. The URL of the mail server and of each robot comes from the environment
(``GRAPHSVC_SMTP_URL``, ``GRAPHSVC_ROBOT_NAME``) or from a file that only its owner can read; neither is ever printed.
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from email.headerregistry import Address
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Literal, Self, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from graphsvc.errors import InputError
from graphsvc.settings import settings

Language = Literal["en", "zh"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
MAIL = "mail"
DIGEST = "digest"
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
Hour = Annotated[int, Field(ge=0, le=23)]


def check_zone(name: str) -> str:
    """The name of a time zone, if there is such a zone.

    Raises
    ------
    ValueError
        When there is none.
    """
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:  # no zone, a folder of zones, a name that is a path
        raise ValueError(f"no time zone {name[:60]!r}") from error
    return name


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Wishes(_Part):
    """When, where and in which language somebody wants the list; None leaves it to who stands above."""

    language: Language | None = None
    timezone: str | None = None
    weekday: Weekday | None = None
    hour: Hour | None = None
    channels: tuple[str, ...] | None = None

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str | None) -> str | None:
        return None if name is None else check_zone(name)


class Robot(_Part):
    """A robot of a chat: whose lists it may tell, and whether it names people.

    Everybody in its room reads what it says; so unless ``details`` is set it says how many lines there are, and where.
    """

    url_file: str | None = None
    reps: tuple[str, ...] = ()  # keys; empty: any rep who wants it
    details: bool = False


class Config(_Part):
    """One workspace's delivery."""

    sender: str
    base_url: str
    smtp_url_file: str | None = None
    mail_deduplicates: bool = False
    language: Language = "en"
    timezone: str | None = None
    weekday: Weekday = "monday"
    hour: Hour = 8
    channels: tuple[str, ...] = (MAIL,)
    todos: bool = False
    digest: bool = True
    digest_weekday: Weekday = "friday"
    digest_hour: Hour = 15
    robots: Mapping[str, Robot] = {}
    reps: Mapping[str, Wishes] = {}
    folder: Path = Field(default=Path(), exclude=True)  # that files are named relative to

    @field_validator("sender")
    @classmethod
    def _is_address(cls, text: str) -> str:
        name, address = parseaddr(text)
        if "@" not in address or not text.isprintable():
            raise ValueError("an address such as Lists <lists@company.example>")
        Address(name, addr_spec=address)
        return text

    @field_validator("base_url")
    @classmethod
    def _is_page(cls, text: str) -> str:
        parts = urlsplit(text)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
            raise ValueError("an address such as https://graph.company.example")
        return text.rstrip("/")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str | None) -> str | None:
        return None if name is None else check_zone(name)

    @model_validator(mode="after")
    def _known_channels(self) -> Self:
        for name in self.robots:
            if not NAME.fullmatch(name) or name in (MAIL, DIGEST):
                raise ValueError(f"a robot's name is lower-case letters, digits and _: {name[:60]!r}")
        asked = {*self.channels, *(c for wishes in self.reps.values() for c in wishes.channels or ())}
        unknown = sorted(asked - {MAIL, *self.robots})
        if unknown:
            raise ValueError(f"no such channel: {', '.join(unknown)[:100]}")
        return self

    @property
    def from_(self) -> tuple[str, str]:
        """Name and address of the sender."""
        return parseaddr(self.sender)

    def smtp_url(self) -> SecretStr:
        """URL of the mail server, with the account.

        Raises
        ------
        InputError
            When it is nowhere, or others can read its file.
        """
        return self._secret("GRAPHSVC_SMTP_URL", self.smtp_url_file, "smtp_url_file")

    def robot_url(self, name: str) -> SecretStr:
        """URL of a robot, as apprise reads it.

        Raises
        ------
        InputError
            As :meth:`smtp_url`.
        """
        return self._secret(f"GRAPHSVC_ROBOT_{name.upper()}", self.robots[name].url_file, f"robots.{name}.url_file")

    def _secret(self, variable: str, file: str | None, field: str) -> SecretStr:
        given = os.environ.get(variable, "").strip()
        if given:
            return SecretStr(given)
        if file is None:
            raise InputError("delivery.no_secret", variable=variable, field=field)
        return SecretStr(_private_text(self.folder / file))


def _private_text(path: Path) -> str:
    """What a file says that nobody but its owner can read."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("delivery.no_secret_file", path=str(path), problem=type(error).__name__) from error
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise InputError("delivery.open_secret", path=str(path))
    return text


def load(path: str | Path) -> Config:
    """The configuration of a file.

    Raises
    ------
    InputError
        Naming the file and the field that is wrong.
    """
    file = Path(path)
    try:
        value = tomllib.loads(file.read_text(encoding="utf-8"))
        return Config(**value, folder=file.resolve().parent)
    except OSError as error:
        raise InputError(
            "delivery.no_config", path=str(file), problem=error.strerror or type(error).__name__
        ) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(x) for x in first["loc"]) or "channels"
        raise InputError("delivery.bad_config", path=str(file), problem=f"{where}: {first['msg']}") from error
    except (ValueError, TypeError) as error:  # no TOML, no UTF-8, a field named twice
        raise InputError("delivery.bad_config", path=str(file), problem=str(error)) from error


def on_trial() -> Config:
    """What a dry run goes by where nobody has said anything yet: it sends nothing, and links lead to this machine."""
    return Config(sender="graphsvc <weekly@localhost>", base_url="http://127.0.0.1:8000")


def configured() -> Config:
    """The configuration of this process's settings, read anew each time: whoever edits the file need not restart.

    Raises
    ------
    InputError
        ``delivery.not_configured``, or as :func:`load`.
    """
    path = settings().delivery
    if path is None:
        raise InputError("delivery.not_configured")
    return load(path)
