"""The house keeps its plan: who may import whom, what the README says, what Slack is told."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from types import ModuleType

import pytest
import yaml

import handlers.rendering
import handlers.requests
import handlers.reviewing
from bot.blocks import modal
from bot.blocks.forms.more_options import DRAFT_FIRST
from bot.blocks.twins.form import TWIN_OF_MESSAGE
from bot.cli.main import parser
from bot.demo.slack.api.web_api import METHODS
from bot.domain import takes
from bot.domain.parameters import Parameters
from handlers import channel_moves
from handlers.home import pages
from handlers.requests.opening import answers, shortcuts
from handlers.requests.opening.command import COMMAND
from handlers.reviewing.notes import replies

ROOT = Path(__file__).parent.parent
JOURNEYS = (handlers.requests, handlers.rendering, handlers.reviewing)
README = (ROOT / "README.md").read_text()
MANIFEST = yaml.safe_load((ROOT / "app_manifest.yml").read_text())


def sources(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text())


def imports(*folders: str) -> Iterator[tuple[str, frozenset[str]]]:
    for folder in folders:
        yield from _imports(folder)


@cache
def _imports(folder: str) -> list[tuple[str, frozenset[str]]]:
    """Once for all tests: they are cached, and not the trees, which take much memory."""
    return [(name, imported_by(tree)) for name, tree in sources(folder)]


def imported_by(tree: ast.Module) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(found)


# A library, and the only places that know it. The demo's servers stand outside.
KNOWN_BY = {
    "httpx": {"bot/segmind/", "bot/slack/files.py", "bot/downloads/", "bot/network/"},
    "dbos": {"bot/jobs/"},
    "sqlalchemy": {"bot/jobs/"},
    "sqlite3": {"bot/storage/", "bot/jobs/database.py"},
    "psycopg": {"bot/storage/", "bot/jobs/lease.py"},
    "psycopg_pool": {"bot/storage/"},
    "sqlite_utils": {"bot/storage/"},
    "slack_bolt": {
        "bot/app.py",
        "bot/slack/connection/",
        "handlers/",
    },
    "dotenv": {"bot/settings/"},
    "prometheus_client": {"bot/monitoring/"},
}


@pytest.mark.parametrize("library", KNOWN_BY)
def test_a_library_is_known_only_where_it_belongs(library: str) -> None:
    knowing = {
        name
        for name, imported in imports("bot", "handlers")
        if not name.startswith("bot/demo/")
        and any(f"{module}.".startswith(f"{library}.") for module in imported)
    }
    assert knowing
    assert [name for name in knowing if not name.startswith(tuple(KNOWN_BY[library]))] == []


# All that the rest of the code may use of bot/jobs: nothing that DBOS or its database returns or
# raises is among it.
QUEUE_NAMES = {"Jobs", "Steps", "HostLease", "LeaseTimes", "DRAIN_SECONDS", "check_sqlite"}


def test_the_job_queue_is_used_only_by_its_own_names() -> None:
    used = {
        alias.name
        for name, tree in sources("bot", "handlers")
        if not name.startswith("bot/jobs/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if f"{getattr(node, 'module', '')}.{alias.name}.".lstrip(".").startswith("bot.jobs.")
    }
    assert used == QUEUE_NAMES


def test_the_map_in_the_readme_is_the_tree() -> None:
    tree = README[README.index("### The map") : README.index("### Dependencies")]
    on_the_map = re.findall(r"(?:^  |(?<=\.py ))(\w+(?:\.py|/)) ", tree, re.MULTILINE)
    paths = [path for folder in ("bot", "handlers") for path in (ROOT / folder).iterdir()]
    names = [path.name + "/" * path.is_dir() for path in paths if path.name[0] not in "_."]
    assert sorted({*on_the_map}) == sorted({*names})


def test_only_the_composition_root_imports_handlers() -> None:
    importing = {
        name
        for name, imported in imports("bot")
        if any(f"{module}.".startswith("handlers.") for module in imported)
    }
    assert importing == {"bot/app.py"}


def test_blocks_know_only_the_domain() -> None:
    for name, imported in imports("bot/blocks"):
        ours = {module for module in imported if module.startswith(("bot.", "handlers"))}
        allowed = ("bot.blocks", "bot.domain")
        assert [module for module in ours if not module.startswith(allowed)] == [], name


def test_the_domain_imports_only_our_errors() -> None:
    for name, imported in imports("bot/domain"):
        ours = {module for module in imported if module.startswith(("bot", "handlers"))}
        assert {m for m in ours if not m.startswith(("bot.domain", "bot.errors"))} == set(), name


def test_no_modules_import_each_other_in_a_circle() -> None:
    trees = {
        name.removesuffix(".py").removesuffix("/__init__").replace("/", "."): tree
        for name, tree in sources("bot", "handlers")
    }
    imported = {name: our_imports(tree, set(trees)) - {name} for name, tree in trees.items()}
    TopologicalSorter(imported).prepare()  # raises CycleError, which names the circle


def our_imports(tree: ast.Module, ours: set[str]) -> set[str]:
    """The modules of ours that it names: `from package import module` is only that module."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in ours else node.module for name in names}
    return found & ours


def test_the_readme_names_every_command_of_the_command_line() -> None:
    help_text = parser().format_help()
    commands = re.findall(r"^    (\w+) {2,}", help_text, re.MULTILINE)
    assert set(commands) >= {"run", "check", "log", "demo"}
    assert [name for name in commands if f"python -m bot {name}" not in README] == []


def test_the_readme_draws_the_states_of_a_take_as_the_code_has_them() -> None:
    drawn = re.findall(r"^ +(\w+) --> (\w+)", README, re.MULTILINE)
    moves = {(old.value, new.value) for old, ends in takes.MOVES.items() for new in ends}
    assert set(drawn) == moves


def test_the_readme_says_why_each_dependency_is_there() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = [re.split(r"[>=\[]", wanted)[0] for wanted in project["dependencies"]]
    assert [name for name in names if f"`{name}`" not in README] == []


def test_make_lock_pins_the_tool_that_it_installs() -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(r"^UV := uv==\d+\.\d+\.\d+$", makefile, re.MULTILINE)
    assert "pip install --quiet --disable-pip-version-check $(UV)\n" in makefile


def test_the_readme_says_why_each_scope_is_asked_for() -> None:
    scopes = MANIFEST["oauth_config"]["scopes"]["bot"]
    assert [scope for scope in scopes if f"`{scope}`" not in README] == []


def test_every_scope_is_needed_and_every_need_has_its_scope() -> None:
    granted = set(MANIFEST["oauth_config"]["scopes"]["bot"])
    # https://docs.slack.dev/reference/events/message.channels and its sisters
    needed = {"commands"} | {
        SCOPES_OF[event] for event in bot_events() if event not in WITHOUT_SCOPE
    }
    assert needed <= granted
    for name, tree in sources("bot", "handlers"):
        if name.startswith("bot/demo/"):
            continue
        for method in methods_called(tree):
            needs = METHODS[method].scopes or SCOPES_BY_KIND.get(method, ())
            assert not needs or granted.intersection(needs), f"{name} calls {method}"
            needed |= granted.intersection(needs)
    assert needed == granted


# Those of its four, one for each kind of channel, that the bot asks for.
SCOPES_BY_KIND = {
    "conversations.info": ("channels:read", "groups:read"),
    "conversations.members": ("groups:read",),
}
WITHOUT_SCOPE = (channel_moves.ID_CHANGED, pages.EVENT)
SCOPES_OF = {
    "app_mention": "app_mentions:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
}


def bot_events() -> list[str]:
    return list(MANIFEST["settings"]["event_subscriptions"]["bot_events"])


def methods_called(tree: ast.Module) -> Iterator[str]:
    """Web API methods, as client.chat_postMessage(…) or client.api_call("chat.postMessage", …)."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if node.func.attr == "api_call" and isinstance(node.args[0], ast.Constant):
            yield str(node.args[0].value)
        elif (dotted := node.func.attr.replace("_", ".")) in METHODS:
            yield dotted


def test_the_manifest_has_each_command_that_is_handled_and_no_other() -> None:
    handled: dict[str, set[str]] = {
        "command": set(),
        "shortcut": set(),
        "event": set(),
        "message": set(),
    }
    for _, tree in sources("handlers"):
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="app"), attr=kind)):
                    handled.setdefault(kind, set()).add(ast.unparse(node.args[0]))
    assert handled["command"] == {"COMMAND"}
    assert [c["command"] for c in MANIFEST["features"]["slash_commands"]] == [COMMAND]
    assert handled["shortcut"] == {"FROM_ANYWHERE", "FROM_MESSAGE", "TWIN_OF_MESSAGE"}
    declared = {one["callback_id"] for one in MANIFEST["features"]["shortcuts"]}
    assert declared == {shortcuts.FROM_ANYWHERE, shortcuts.FROM_MESSAGE, TWIN_OF_MESSAGE}
    assert handled["event"] == {"EVENT", "ID_CHANGED", "MENTION", "MESSAGE"}
    assert {event.partition(".")[0] for event in bot_events()} == {
        replies.EVENT,
        answers.MENTION,
        channel_moves.ID_CHANGED,
        pages.EVENT,
    }
    assert not handled["message"]


@pytest.mark.parametrize("package", [handlers, *JOURNEYS], ids=lambda p: p.__name__)
def test_every_trigger_fits_on_one_screen(package: ModuleType) -> None:
    assert package.__doc__
    assert len(Path(str(package.__file__)).read_text().splitlines()) <= 56


def test_the_form_and_the_parameters_share_their_words() -> None:
    assert set(modal.LIVE_FIELDS) - {DRAFT_FIRST} <= set(Parameters.__dataclass_fields__)
