"""The settings: one table for the program, `.env.example` and the README; see `Settings`.

The only reader of the environment, and of `.env` in the working directory (the environment wins).
A problem's sentence never repeats the value: a secret pasted beside the wrong name stays secret.
"""

import os
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, Self, cast

from dotenv import dotenv_values

from bot.domain.estimates import Pace
from bot.errors import ConfigurationError
from bot.settings.parsers import (
    Parser,
    bare,
    choice,
    folder,
    number,
    password,
    postgres_url,
    secret,
    segmind_url,
    slack_url,
    switch,
    token,
    url,
    user_ids,
)

REQUIRED = None  # in place of a default
IN_FILE, ELSEWHERE = 0.8, 0.9  # how alike, of 1, a name and a setting's are for `misspelled`
FIRST = ("slack_bot_token", "slack_app_token", "segmind_api_key")  # what a new admin fills in


def setting(parse: Parser, default: str | None, help: str, *, hidden: bool = False) -> Any:
    """A row of the table. `default` is written as in the environment; "" may be left out."""
    return field(repr=not hidden, metadata={"parse": parse, "default": default, "help": help})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The table. A field's name in the environment is the same in capitals."""

    slack_bot_token: str = setting(
        token("xoxb-", "OAuth & Permissions"), REQUIRED,
        "Lets the bot act in your workspace; starts with xoxb-.", hidden=True,
    )  # fmt: skip
    slack_app_token: str = setting(
        token("xapp-", "Basic Information, App-Level Tokens"), "",
        "Connects by Socket Mode, with no public address; starts with xapp-.", hidden=True,
    )  # fmt: skip
    slack_signing_secret: str = setting(
        secret, "", "Proves that a request comes from Slack; needed only without SLACK_APP_TOKEN.",
        hidden=True,
    )  # fmt: skip
    slack_api_url: str = setting(
        slack_url, "https://slack.com/api/", "Where Slack's Web API is; ends in /api/."
    )
    admin_user_ids: tuple[str, ...] = setting(
        user_ids, "", "Member ids, with commas, of who may cancel for others and hears of trouble."
    )
    segmind_api_key: str = setting(
        secret, REQUIRED, "Pays for the renders; from the API keys of your Segmind account.",
        hidden=True,
    )  # fmt: skip
    segmind_api: Literal["v2", "v1"] = setting(
        choice("v2", "v1"), "v2", "v2 submits and polls; v1 waits on one long request."
    )
    segmind_api_url: str = setting(
        segmind_url, "https://api.segmind.com", "Where Segmind's API is, without a version."
    )
    segmind_history_url: str = setting(
        url, "https://api.spotprod.segmind.com", "Where Segmind tells what past renders cost."
    )
    segmind_requests_per_minute: float = setting(
        number(float), "50", "Requests a minute that your Segmind plan allows; 5 on a free one."
    )
    poll_seconds: float = setting(
        number(float), "5", "Seconds between two looks at a render at first; later they are longer."
    )
    render_timeout_minutes: float = setting(
        number(float), "30", "Minutes after which the bot stops waiting for a render."
    )
    typical_render_seconds: float = setting(
        number(float), "140", "Seconds a render usually takes, until finished renders say so."
    )
    max_renders: int = setting(number(int, least=1), "5", "Renders at the same time; others queue.")
    price_per_second: float = setting(
        number(float), "0.0834", "Dollars a second of video, for estimates until real costs are in."
    )
    max_video_mb: int = setting(
        number(int, least=1), "1024", "The largest video, in MB, that is brought into Slack."
    )
    approvals_needed: int = setting(
        number(int, least=1), "1", "Approvals that make a take approved; one request for changes "
        "outweighs them all.",
    )  # fmt: skip
    self_approval: bool = setting(
        switch, "false", "Whether the one who asked for a video may approve it."
    )
    data_dir: Path = setting(  # noqa: RUF009 (it returns a dataclass field)
        folder,
        "data",
        "The folder of the request log and the job queue; keep it on a lasting disk.",
    )
    database_url: str = setting(
        postgres_url, "",
        "postgresql://… keeps log and queue in Postgres, for more than one machine.", hidden=True,
    )  # fmt: skip
    port: int = setting(
        number(int, least=1, most=65535),
        "3000",
        "Where /healthz answers, and without Socket Mode Slack's requests come in.",
    )
    log_level: str = setting(
        choice("DEBUG", "INFO", "WARNING", "ERROR"), "INFO", "How much the program tells."
    )
    log_format: Literal["text", "json"] = setting(
        choice("text", "json"), "text", "json: one object a line, for a platform that reads logs."
    )
    allow_loopback: bool = setting(
        switch, "false", "Lets the demo use plain http on this machine; never in production."
    )

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Self:
        """Read `env`, or the environment over `.env`.

        Raises ConfigurationError about the first problem, with the names of the others.
        """
        values, wrong = _read(_environment() if env is None else env)
        if wrong:
            also = ", ".join(dict.fromkeys(problem.setting for problem in wrong[1:]))
            first = wrong[0].problem + (f" To mend as well: {also}." if also else "")
            raise ConfigurationError(wrong[0].setting, first)
        return cls(**values)

    @classmethod
    def for_log(cls, env: Mapping[str, str] | None = None, *, segmind: bool = False) -> Self:
        """Where the request log is, and `segmind`; nothing else: other tokens may be missing.

        Raises ConfigurationError about DATA_DIR or DATABASE_URL, or one of SEGMIND_….
        """
        values, wrong = _read(_environment() if env is None else env)
        for problem in wrong:
            name = problem.setting
            if name in ("DATA_DIR", "DATABASE_URL") or (segmind and name.startswith("SEGMIND_")):
                raise problem
        unknown: dict[str, Any] = dict.fromkeys(row.name for row in _table())
        return cls(**unknown | values)

    @property
    def socket_mode(self) -> bool:
        return bool(self.slack_app_token)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that must never be written anywhere."""
        values = (getattr(self, row.name) for row in _table() if not row.repr)
        return tuple(value for value in (*values, *password(self.database_url)) if value)

    @property
    def pace(self) -> Pace:
        """What to expect of a render until finished ones say so."""
        return Pace(
            price_per_second=self.price_per_second, render_seconds=self.typical_render_seconds
        )

    @property
    def log_location(self) -> Path | str:
        """Of the request log: a file, or the URL of a Postgres."""
        return self.database_url or self.log_path

    @property
    def jobs_location(self) -> Path | str:
        return self.database_url or self.jobs_path

    @property
    def log_path(self) -> Path:
        return self.data_dir / "avatar.db"

    @property
    def jobs_path(self) -> Path:
        return self.data_dir / "jobs.db"

    @property
    def catalog_path(self) -> Path:
        return self.data_dir / "catalog.toml"


def problems(env: Mapping[str, str] | None = None) -> list[ConfigurationError]:
    """Everything that is wrong with the settings, in the table's order; for `check`."""
    return _read(_environment() if env is None else env)[1]


def misspelled() -> list[ConfigurationError]:
    """Names that are no setting and close to one that is not set; for `check`.

    In `.env` all names are meant for the bot or for what starts it: less alike is enough there.
    """
    file, ours = _file(), [row.name.upper() for row in _table()]
    unset = [name for name in ours if not {**file, **os.environ}.get(name)]
    found: dict[str, ConfigurationError] = {}
    for names, cutoff in ((file, IN_FILE), (os.environ, ELSEWHERE)):
        for name in sorted(set(names) - set(ours)):
            for meant in get_close_matches(name, unset, n=1, cutoff=cutoff):
                found[name] = ConfigurationError(name, f"is no setting: do you mean {meant}?")
    return list(found.values())


def env_example() -> str:
    """The text of `.env.example`."""
    lines = ["# Copy this file to .env and fill in these three. All the rest is optional."]
    for row in sorted(_table(), key=lambda row: row.name not in FIRST):
        default = row.metadata["default"]
        mark = "" if row.name in FIRST else "# "
        lines += ["", f"# {row.metadata['help']}", f"{mark}{row.name.upper()}={default or ''}"]
    return "\n".join(lines) + "\n"


def readme_table() -> str:
    """The Markdown table that stands between README's `settings` markers."""
    lines = ["| Setting | Default | What it is for |", "| --- | --- | --- |"]
    for row in _table():
        default = row.metadata["default"]
        shown = "**required**" if default is REQUIRED else f"`{default}`" if default else ""
        lines.append(f"| `{row.name.upper()}` | {shown} | {row.metadata['help']} |")
    return "\n".join(lines) + "\n"


def _table() -> tuple[Field[Any], ...]:
    return fields(Settings)


def _file() -> dict[str, str]:
    # Without interpolation: a secret may hold a $.
    return {k: v for k, v in dotenv_values(Path(".env"), interpolate=False).items() if v}


def _environment() -> Mapping[str, str]:
    return {**_file(), **os.environ}


def _read(env: Mapping[str, str]) -> tuple[dict[str, Any], list[ConfigurationError]]:
    values: dict[str, Any] = {}
    wrong: list[ConfigurationError] = []
    for row in _table():
        name, meta = row.name.upper(), row.metadata
        raw = env.get(name) or meta["default"] or ""
        if raw:
            try:
                values[row.name] = meta["parse"](bare(raw))
            except ValueError as error:
                wrong.append(ConfigurationError(name, f"{error}."))
        elif meta["default"] is REQUIRED:
            hint = meta["help"]
            wrong.append(ConfigurationError(name, f"is missing: put it into .env. {hint}"))
        else:
            values[row.name] = () if meta["parse"] is user_ids else ""
    return values, wrong + _together(values)


def _together(values: Mapping[str, Any]) -> list[ConfigurationError]:
    """What only shows when one setting is held against another."""
    wrong = []
    if not values.get("slack_app_token", "?") and not values.get("slack_signing_secret", "?"):
        wrong.append(ConfigurationError(
            "SLACK_APP_TOKEN",
            "is missing: set it (Socket Mode, no public address), or set SLACK_SIGNING_SECRET "
            "and give Slack the public address of this bot.",
        ))  # fmt: skip
    for name, value in values.items():
        plain = name.endswith("_url") and cast(str, value).startswith("http:")
        if plain and not values.get("allow_loopback", True):
            wrong.append(ConfigurationError(
                name.upper(),
                "is plain http on this machine: use https, or ALLOW_LOOPBACK=true for the demo.",
            ))  # fmt: skip
    return wrong
