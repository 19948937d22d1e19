"""What the commands do where the terminal, the output or `.env` isn't what they expect."""

import asyncio
import io
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bot.cli.main import main
from bot.domain.parameters import Parameters
from bot.domain.takes import Request, Take
from bot.request_log.log import RequestLog

SCRIPT = "Grüße → „日本語“ 👋"
AT = "2026-11-01T09:00:00.000+00:00"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A DATA_DIR with one take, and no other settings."""
    monkeypatch.chdir(tmp_path)
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SEGMIND_API_KEY", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))

    async def fill() -> None:
        log = await RequestLog.open(tmp_path / "data" / "avatar.db")
        take = Take("T1", "R1", 1, Parameters(prompt=SCRIPT), requested_at=AT)
        await log.add_request(Request("R1", "U1", "C1", AT), take)
        await log.close()

    asyncio.run(fill())
    return tmp_path / "data"


def printed(monkeypatch: pytest.MonkeyPatch, encoding: str, *words: str) -> bytes:
    """What a command prints to a terminal with this encoding."""
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(output := io.BytesIO(), encoding=encoding))
    assert main(words) in (0, 1)
    return output.getvalue()


@pytest.mark.usefixtures("data")
def test_a_terminal_without_these_characters_shows_others(monkeypatch: pytest.MonkeyPatch) -> None:
    assert b'Gr??e -> "???" ?' in printed(monkeypatch, "ascii", "log")
    assert 'Grüße -> "???" ?'.encode("latin-1") in printed(monkeypatch, "latin-1", "log")
    assert b"-> Add it to .env." in printed(monkeypatch, "ascii", "check")
    # For programs nothing is replaced.
    [row] = json.loads(printed(monkeypatch, "latin-1", "log", "--json").decode())
    assert row["script"] == SCRIPT
    assert SCRIPT in printed(monkeypatch, "ascii", "log", "--csv").decode()


@pytest.mark.usefixtures("data")
def test_a_full_disk_behind_the_output_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in ("log", "check"):
        with Path("/dev/full").open("w") as full:
            monkeypatch.setattr("sys.stdout", full)
            assert main([command]) == 1
        assert capsys.readouterr().err == (
            "avatar: the output can't be written: No space left on device.\n"
        )


def test_without_any_output_the_command_runs_all_the_same(data: Path) -> None:
    command = f"exec {sys.executable} -m bot log >&-"
    root = Path(__file__).parents[3]
    ends = subprocess.run(
        ["sh", "-c", command],
        cwd=root,
        env={"DATA_DIR": str(data)},
        capture_output=True,
        check=False,
    )
    assert (ends.returncode, ends.stderr) == (0, b"")


def test_a_user_without_a_home_can_run_the_commands(data: Path) -> None:
    """As in a container whose user is only a number. Slack's library is imported for `check`."""
    nobody = "import pwd, sys; pwd.getpwuid = lambda _: {}['nobody']; from bot.cli.main import main"
    ends = subprocess.run(
        [sys.executable, "-c", f"{nobody}; sys.exit(main(['check']))"],
        cwd=data.parent,
        env={"DATA_DIR": str(data), "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        check=False,
    )
    assert (ends.returncode, ends.stderr) == (1, b"")
    assert "SLACK_BOT_TOKEN" in ends.stdout.decode()


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("command", ["check", "log", "run"])
def test_an_env_file_that_cannot_be_read_says_why(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path(".env")
    path.write_bytes(b"# first\n# f\xfcr die B\xfcro-App\n")
    assert main([command]) != 0
    assert ".env isn't in UTF-8 (line 2): in your editor, save it" in "".join(capsys.readouterr())
    path.write_bytes("SLACK_BOT_TOKEN=xoxb-1\n".encode("utf-16-le"))
    assert main([command]) != 0
    assert ".env isn't in UTF-8: in your editor, save it" in "".join(capsys.readouterr())
    path.unlink()
    path.mkdir()
    assert main([command]) != 0
    assert ".env can't be read: Is a directory." in "".join(capsys.readouterr())
    path.rmdir()
    path.symlink_to("nowhere")
    assert main([command]) != 0
    assert ".env is a link to a file that doesn't exist." in "".join(capsys.readouterr())


def test_an_env_file_with_a_mark_of_its_encoding_is_read(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(".env").write_bytes(b"\xef\xbb\xbfSLACK_BOT_TOKEN=hush\n")
    assert main(["check"]) == 1
    assert "SLACK_BOT_TOKEN is not the right token" in capsys.readouterr().out
    assert data.exists()


def test_what_a_database_holds_commands_no_terminal_in_an_error(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(data / "avatar.db")) as db, db:
        db.execute("INSERT INTO _sqlite_migrations SELECT * FROM _sqlite_migrations WHERE 0")
        db.execute(
            "UPDATE _sqlite_migrations SET name = ? WHERE rowid = 1", ("\x1b]0;title\x07 next",)
        )
    assert main(["log"]) == 2
    said = capsys.readouterr().err
    assert "newer version" in said
    assert "\x1b" not in said


@pytest.mark.parametrize(
    "words",
    [["\x1b[31m"], ["run", "\x1b[31m"], ["limits", "set", "channels", "\x1b[31m"],
     ["erase", "\x1b[31m"], ["demo", "--port", "\x1b[31m"], ["demo", "--port", "70000"]],
)  # fmt: skip
def test_an_argument_that_is_none_commands_no_terminal(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(words)
    said = capsys.readouterr()
    assert "error" in said.err
    assert "\x1b" not in said.out + said.err
