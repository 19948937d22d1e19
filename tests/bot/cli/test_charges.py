"""`log --unclaimed`: charges without a take."""

import argparse
import asyncio
import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web

from bot.cli import charges
from bot.cli.log import add_arguments, check_filters
from bot.cli.main import main
from bot.errors import ConfigurationError
from bot.request_log.log import RequestLog
from bot.settings.table import Settings
from tests.support.files.serve import served
from tests.support.workspace import Workspace, wait_for_text

NOW = datetime.now(UTC)


async def listed(settings: Settings, *arguments: str) -> int:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    args = parser.parse_args(["--unclaimed", *arguments])
    check_filters(args)
    return await charges.run(settings, args)


async def test_only_charges_without_a_take_are_listed(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    card = await workspace.ask("This one is ours.")
    await wait_for_text(card, "Ready")
    assert await listed(workspace.settings) == 0
    assert "Every charge in the last 29 days belongs to a take." in capsys.readouterr().out

    async with httpx.AsyncClient(headers={"x-api-key": workspace.segmind.api_key}) as somebody:
        url = f"{workspace.segmind.url}/v2/heygen-avatar-v"
        foreign = (await somebody.post(url, json={"prompt": "Somebody else's."})).json()
        await somebody.get(f"{workspace.segmind.url}/v2/requests/{foreign['request_id']}/status")
    await listed(workspace.settings)
    printed = capsys.readouterr().out
    assert foreign["request_id"] in printed
    assert "Somebody else's." in printed
    assert "This one is ours." not in printed
    await listed(workspace.settings, "--json")
    [row] = json.loads(capsys.readouterr().out)
    assert row["request_id"] == foreign["request_id"]
    assert row["cost_usd"] > 0


async def test_every_page_of_the_history_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        first = (int(request.query["page"]) - 1) * 100
        return web.json_response([row(n) for n in range(first, min(first + 100, 1234))])

    async with served(answer) as url:
        assert await listed(await settings_with_log(tmp_path, url)) == 0
    printed = capsys.readouterr()
    assert "request-1233" in printed.out
    assert "\x1b" not in printed.out
    assert len(printed.out.splitlines()) == 1234 + 2
    assert "1234 without a take, $382.54 in the last 29 days" in printed.out
    assert printed.err == ""


async def test_no_output_commands_a_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response(
            [{**row(1), "request_body": {"a\x9bb": "\x1b]0;x\x07\x9b31m\x7f"}}]
        )

    async with served(answer) as url:
        settings = await settings_with_log(tmp_path, url)
        for output in ((), ("--json",), ("--csv",)):
            assert await listed(settings, *output) == 0
    assert not {"\x1b", "\x07", "\x9b", "\x7f"} & {*capsys.readouterr().out}


async def test_only_the_settings_that_it_needs_have_to_be_valid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SLACK_BOT_TOKEN", "of somebody else")
    assert await asyncio.to_thread(main, ["log", "--unclaimed"]) == 2
    assert "SEGMIND_API_KEY is missing" in capsys.readouterr().err

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response([])

    async with served(answer) as url:
        await settings_with_log(tmp_path, url)
        for name, value in {
            "SEGMIND_API_KEY": "k", "SEGMIND_HISTORY_URL": url, "ALLOW_LOOPBACK": "true",
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        assert await asyncio.to_thread(main, ["log", "--unclaimed"]) == 0
    assert "belongs to a take" in capsys.readouterr().out


async def test_only_charges_of_that_time_are_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        rows = [row(n * 24 * 60) for n in range(1, 10)] if request.query["page"] == "1" else []
        return web.json_response([*rows, {**row(0), "model_created": None}] if rows else [])

    async with served(answer) as url:
        settings = await settings_with_log(tmp_path, url)
        assert await listed(settings, "--since", "100h", "--until", "60h", "--csv") == 0
        found = [*csv.DictReader(io.StringIO(capsys.readouterr().out))]
        await listed(settings, "--since", "100h", "--until", "60h")
        summary = capsys.readouterr().out.splitlines()[-1]
    # A charge of unknown time could be any: it is never left out.
    assert [one["request_id"] for one in found] == ["request-4320", "request-5760", "request-0"]
    assert json.loads(found[0]["request_body"]) == row(1)["request_body"]
    assert summary.startswith("3 without a take, $0.93 since ")
    assert " until " in summary


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--unclaimed", "--user", "U1"], "belong to no request"),
        (["--unclaimed", "--state", "failed"], "belong to no request"),
        (["--review", "--state", "failed"], "doesn't apply to --review"),
        (["--since", "2026-11-02", "--until", "2026-11-01"], "--until is before --since"),
        (["--spend", "--unclaimed"], "not allowed with"),
    ],
    ids=str,
)
def test_a_filter_that_does_not_apply_is_refused(
    arguments: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    with pytest.raises(SystemExit):
        check_filters(parser.parse_args(arguments))
    assert why in capsys.readouterr().err


@pytest.mark.parametrize("as_json", [False, True])
async def test_a_history_that_is_too_long_is_reported_as_incomplete(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.json_response([row(int(request.query["page"]))])

    async with served(answer) as url:
        assert await listed(await settings_with_log(tmp_path, url), *["--json"] * as_json) == 1
    printed = capsys.readouterr()
    oldest = f"{NOW - timedelta(minutes=200):%Y-%m-%d %H:%M} UTC"
    assert f"only charges since {oldest} were checked" in printed.err
    if as_json:
        assert len(json.loads(printed.out)) == 200
    else:
        assert f"200 without a take, $62.00 since {oldest}" in printed.out


async def test_nothing_is_listed_when_segmind_does_not_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        if request.query["page"] == "1":
            return web.json_response([row(1)])
        raise web.HTTPBadGateway

    async with served(answer) as url:
        assert await listed(await settings_with_log(tmp_path, url)) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Segmind didn't respond" in printed.err


@pytest.mark.parametrize("folder_is_there", [True, False])
async def test_a_missing_log_is_reported_and_not_created(
    tmp_path: Path, folder_is_there: bool
) -> None:
    folder = tmp_path if folder_is_there else tmp_path / "nowhere"
    settings = log_settings(folder, "https://history.example")
    with pytest.raises(ConfigurationError) as raised:
        await listed(settings)
    assert f": {folder.absolute()}." in raised.value.sentence
    assert list(tmp_path.iterdir()) == []


def row(number: int) -> dict[str, Any]:
    return {
        "request_id": f"request-{number}",
        "model_status": "COMPLETED",
        "credits_deduction": 0.31,
        "request_body": {"prompt": "Hello\x1b[2J\nteam"},
        "model_created": (NOW - timedelta(minutes=number)).isoformat(),
    }


def log_settings(folder: Path, url: str) -> Settings:
    return Settings.from_env(
        {
            "SLACK_BOT_TOKEN": "xoxb-1",
            "SLACK_APP_TOKEN": "xapp-1",
            "SEGMIND_API_KEY": "k",
            "SEGMIND_HISTORY_URL": url,
            "SEGMIND_REQUESTS_PER_MINUTE": "600000",
            "ALLOW_LOOPBACK": "true",
            "DATA_DIR": str(folder),
        }
    )


async def settings_with_log(folder: Path, url: str) -> Settings:
    settings = log_settings(folder, url)
    await (await RequestLog.open(settings.log_location)).close()
    return settings
