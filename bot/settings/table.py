"""The settings: `Settings` is the one table for the program, `.env.example` and the README.

Only this folder reads the environment, and `.env` (the environment wins).
A problem's sentence never repeats the value: it may be a secret, pasted next to the wrong name.
"""

import os
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from datetime import tzinfo
from pathlib import Path
from typing import Any, Literal, Self, cast

from bot.domain.estimates import Pace
from bot.errors import ConfigurationError
from bot.network.way_out import WayOut
from bot.settings.env_file import env_file
from bot.settings.network import VARIABLES, proxy_secrets, way_out
from bot.settings.parsers import (
    Parser,
    ai_label,
    bare,
    boolean,
    choice,
    folder,
    ip_address_or_localhost,
    number,
    password,
    postgres_url,
    secret,
    segmind_url,
    slack_url,
    time_zone,
    token,
    url,
    user_ids,
)

REQUIRED = None  # instead of a default


def setting(parse: Parser, default: str | None, help: str, *, hidden: bool = False) -> Any:
    """A row of the table. `default` is written as in the environment; "" means optional."""
    return field(repr=not hidden, metadata={"parse": parse, "default": default, "help": help})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The table. In the environment, a field has its name in capitals."""

    slack_bot_token: str = setting(
        token("xoxb-", "OAuth & Permissions"), REQUIRED,
        "Lets the bot act in your workspace; starts with xoxb-.", hidden=True,
    )  # fmt: skip
    slack_app_token: str = setting(
        token("xapp-", "Basic Information, App-Level Tokens"), "",
        "Connects with Socket Mode, without a public address; starts with xapp-.", hidden=True,
    )  # fmt: skip
    slack_signing_secret: str = setting(
        secret, "", "Proves that a request comes from Slack; only needed without SLACK_APP_TOKEN.",
        hidden=True,
    )  # fmt: skip
    slack_api_url: str = setting(
        slack_url, "https://slack.com/api/", "The address of Slack's Web API; ends in /api/."
    )
    admin_user_ids: tuple[str, ...] = setting(
        user_ids, "",
        "Member IDs, separated by commas. Admins are told about problems and can cancel any video.",
    )  # fmt: skip
    segmind_api_key: str = setting(
        secret, REQUIRED, "Pays for the renders; listed under API keys in your Segmind account.",
        hidden=True,
    )  # fmt: skip
    segmind_api: Literal["v2", "v1"] = setting(
        choice("v2", "v1"), "v2",
        "v2 submits and polls; v1 waits for the answer to one long request.",
    )  # fmt: skip
    segmind_api_url: str = setting(
        segmind_url, "https://api.segmind.com", "The address of Segmind's API, without a version."
    )
    segmind_history_url: str = setting(
        url, "https://api.spotprod.segmind.com",
        "The address of Segmind's history, which says what past renders cost.",
    )  # fmt: skip
    segmind_upload_url: str = setting(
        url, "https://workflows-api.segmind.com", "The address of Segmind's file storage."
    )
    segmind_requests_per_minute: float = setting(
        number(float), "50",
        "Requests per minute that your Segmind plan allows; 5 on the free plan.",
    )  # fmt: skip
    poll_seconds: float = setting(
        number(float), "5", "Seconds between polls on average; most come when a render may finish."
    )
    render_timeout_minutes: float = setting(
        number(float), "30", "Minutes after which the bot stops waiting for a render."
    )
    typical_render_seconds: float = setting(
        number(float), "140", "Seconds a render usually takes, until enough have finished."
    )
    max_renders: int = setting(number(int, least=1), "5", "Renders at the same time; others queue.")
    price_per_second: float = setting(
        number(float), "0.0834",
        "Dollars per second of video, for estimates until real costs are known.",
    )  # fmt: skip
    max_video_mb: int = setting(
        number(int, least=1), "1024", "The largest video, in MB, that the bot uploads to Slack."
    )
    approvals_needed: int = setting(
        number(int, least=1), "1",
        "Approvals a take needs; one request for changes outweighs them all.",
    )  # fmt: skip
    self_approval: bool = setting(
        boolean, "false", "Whether the requester can approve their own video."
    )
    allow_guests: bool = setting(
        boolean, "false", "Whether guests of the workspace may do what members may."
    )
    allow_outsiders: bool = setting(
        boolean, "false", "Whether people from other organizations (Slack Connect) may."
    )
    max_unfinished_takes: int = setting(
        number(int, least=1), "10", "Videos one person can have under way; copies count them, too."
    )
    confirm_usd: float = setting(
        number(float), "10", "Dollars above which the form asks to confirm a video's price."
    )
    publish_label: str = setting(
        ai_label, "AI-generated video", "What copies to publish say in the picture; has “AI” in it."
    )
    retention_days: int = setting(
        number(int, least=1, most=36_500), "",
        "Days after which the words of a request are deleted; never by default.",
    )  # fmt: skip
    budget_timezone: tzinfo = setting(  # noqa: RUF009 (as below)
        time_zone, "UTC", "The time zone of a budget's month, such as Europe/Berlin."
    )
    data_dir: Path = setting(  # noqa: RUF009 (it returns a dataclass field)
        folder, "data", "The folder of the request log and job queue; needs a persistent disk."
    )
    database_url: str = setting(
        postgres_url, "",
        "postgresql://… keeps log and queue in Postgres, for several machines.", hidden=True,
    )  # fmt: skip
    host: str = setting(
        ip_address_or_localhost, "",
        "The IP address to listen on; by default only this machine with Socket Mode, or else all.",
    )  # fmt: skip
    port: int = setting(
        number(int, least=1, most=65535), "3000",
        "The port of /healthz, and of Slack's requests without Socket Mode.",
    )  # fmt: skip
    metrics_token: str = setting(
        secret, "", "Turns on /metrics; Prometheus has to send this secret, which you choose.",
        hidden=True,
    )  # fmt: skip
    log_level: str = setting(
        choice("DEBUG", "INFO", "WARNING", "ERROR"), "INFO", "How much the program logs."
    )
    log_format: Literal["text", "json"] = setting(
        choice("text", "json"), "text",
        "json writes one object per line, for platforms that parse logs.",
    )  # fmt: skip
    allow_loopback: bool = setting(
        boolean, "false", "Lets the demo use plain http on this machine; never in production."
    )
    way_out: WayOut = field(default_factory=WayOut)  # network.py reads it

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Self:
        """Reads `env`, or else the environment and `.env`.

        Raises ConfigurationError for the first problem; it names the settings with others.
        """
        values, wrong = _settings_in(_environment() if env is None else env)
        if wrong:
            also = ", ".join(dict.fromkeys(problem.setting for problem in wrong[1:]))
            first = wrong[0].problem + (f" Also fix: {also}." if also else "")
            raise ConfigurationError(wrong[0].setting, first)
        return cls(**values)

    @classmethod
    def for_log(
        cls, env: Mapping[str, str] | None = None, *, segmind: bool = False, budgets: bool = False
    ) -> Self:
        """Where the request log is; with these, Segmind's and BUDGET_TIMEZONE. Others may be wrong.

        Raises ConfigurationError for one of those.
        """
        needed = ("DATA_DIR", "DATABASE_URL", *(["BUDGET_TIMEZONE"] if budgets else []))
        values, wrong = _settings_in(_environment() if env is None else env)
        for problem in wrong:
            name = problem.setting
            for_segmind = name.startswith("SEGMIND_") or name.upper() in VARIABLES
            if name in needed or (segmind and for_segmind):
                raise problem
        unknown: dict[str, Any] = dict.fromkeys(row.name for row in rows())
        return cls(**unknown | values)

    @property
    def socket_mode(self) -> bool:
        return bool(self.slack_app_token)

    @property
    def listen_addresses(self) -> tuple[str, ...]:
        """The IP addresses to listen on, IPv4 first."""
        if self.host not in ("", "localhost", "::"):  # :: is for both families on most systems
            return (self.host,)
        # The demo is for nobody else, and with Socket Mode only monitoring connects.
        only_here = self.host == "localhost" or (
            not self.host and (self.socket_mode or self.allow_loopback)
        )
        return ("127.0.0.1", "::1") if only_here else ("0.0.0.0", "::")

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that must never be logged or shown."""
        values = (getattr(self, row.name) for row in rows() if not row.repr)
        passwords = (*password(self.database_url), *proxy_secrets(self.way_out.proxy))
        return tuple(value for value in (*values, *passwords) if value)

    @property
    def pace(self) -> Pace:
        """What to expect of a render until enough of them have finished."""
        return Pace(
            price_per_second=self.price_per_second, render_seconds=self.typical_render_seconds
        )

    @property
    def log_location(self) -> Path | str:
        """The request log's file, or the URL of its Postgres."""
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
    """Everything wrong with the settings, in the table's order; for `check`."""
    return _settings_in(_environment() if env is None else env)[1]


def rows() -> tuple[Field[Any], ...]:
    return tuple(row for row in fields(Settings) if row.metadata)


def _environment() -> Mapping[str, str]:
    return {**env_file(), **os.environ}


def _settings_in(env: Mapping[str, str]) -> tuple[dict[str, Any], list[ConfigurationError]]:
    values: dict[str, Any] = {}
    wrong: list[ConfigurationError] = []
    for row in rows():
        name, meta = row.name.upper(), row.metadata
        raw = env.get(name) or meta["default"] or ""
        if raw:
            try:
                values[row.name] = meta["parse"](bare(raw))
            except ValueError as error:
                wrong.append(ConfigurationError(name, f"{error}."))
        elif meta["default"] is REQUIRED:
            wrong.append(ConfigurationError(name, f"is missing. Add it to .env. {meta['help']}"))
        else:
            values[row.name] = () if meta["parse"] is user_ids else 0 if row.type == "int" else ""
    values["way_out"], unusable = way_out(env)
    return values, wrong + _together(values) + unusable


def _together(values: Mapping[str, Any]) -> list[ConfigurationError]:
    """Problems that only show when settings are compared with each other."""
    wrong = []
    if not values.get("slack_app_token", "?") and not values.get("slack_signing_secret", "?"):
        wrong.append(ConfigurationError(
            "SLACK_APP_TOKEN",
            "is missing. Set it (Socket Mode, no public address), or set SLACK_SIGNING_SECRET "
            "and give Slack the public address of this bot.",
        ))  # fmt: skip
    for name, value in values.items():
        plain = name.endswith("_url") and cast(str, value).startswith("http:")
        if plain and not values.get("allow_loopback", True):
            wrong.append(ConfigurationError(
                name.upper(),
                "is plain http on this machine. Use https, or ALLOW_LOOPBACK=true for the demo.",
            ))  # fmt: skip
    return wrong
