"""The layout: which packages import which, and how long files, functions and folders may be."""

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAX_FILE, MAX_FUNCTION, MAX_FOLDER = 300, 50, 12  # lines, lines, Python files

# From the lowest layer to the highest: nothing imports a layer above its own.
LAYERS = (
    {"bot.errors"},
    {"bot.domain", "bot.network"},
    {"bot.blocks", "bot.catalog", "bot.downloads", "bot.video", "bot.settings", "bot.storage"},
    {"bot.process", "bot.request_log"},
    {"bot.monitoring"},
    {"bot.jobs", "bot.segmind", "bot.slack"},
    {"bot.services"},
    {"handlers"},
    {"bot.app"},
    {"bot.cli"},
    {"bot.__main__"},
)


def python_files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def measured() -> Iterator[Path]:
    yield from python_files("bot", "handlers", "tests")


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


@cache
def imports() -> dict[str, set[str]]:
    """For each of our modules those that it imports, wherever in the file."""
    paths = [p for p in python_files("bot", "handlers") if "bot/demo/" not in name_of(p)]
    modules = {module_of(path): ast.parse(path.read_text()) for path in paths}
    found: dict[str, set[str]] = {}
    for module, tree in modules.items():
        names: set[str] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                full = {f"{node.module}.{alias.name}" for alias in node.names}
                submodules = full & modules.keys()
                names |= submodules or {node.module}
        found[module] = (names & modules.keys()) - {module}
    return found


def package_of(module: str) -> str:
    first, _, rest = module.partition(".")
    return "handlers" if first == "handlers" else f"bot.{rest.partition('.')[0]}"


def test_no_module_imports_in_a_circle() -> None:
    try:
        TopologicalSorter(imports()).prepare()
    except CycleError as circle:
        pytest.fail(" -> ".join(circle.args[1]))


def test_no_import_runs_upwards() -> None:
    layer = {package: n for n, packages in enumerate(LAYERS) for package in packages}
    upwards = set()
    for module, imported in imports().items():
        for other in imported:
            arrow = package_of(module), package_of(other)
            if arrow[0] != arrow[1] and layer[arrow[0]] <= layer[arrow[1]]:
                upwards.add(arrow)
    assert upwards == set()


def test_journeys_do_not_import_each_other() -> None:
    journeys = ("handlers.requests", "handlers.rendering", "handlers.reviewing")
    for module, imported in imports().items():
        for other in imported:
            both = [j for j in journeys if f"{module}.".startswith(f"{j}.")]
            theirs = [j for j in journeys if f"{other}.".startswith(f"{j}.")]
            assert not both or not theirs or both == theirs, f"{module} imports {other}"


def test_what_journeys_share_imports_no_journey() -> None:
    for module, imported in imports().items():
        if module.startswith("handlers.") and module.count(".") == 1:
            name = ROOT / "handlers" / f"{module.partition('.')[2]}.py"
            if name.exists():
                assert not [
                    other
                    for other in imported
                    if other.count(".") > 1 and other.startswith("handlers.")
                ], module


def test_no_file_is_too_long() -> None:
    lengths = {name_of(p): len(p.read_text().splitlines()) for p in measured()}
    assert {name: lines for name, lines in lengths.items() if lines > MAX_FILE} == {}


def test_no_function_is_too_long() -> None:
    found = {}
    for path in measured():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                found[f"{name_of(path)}: {node.name}"] = node.end_lineno - node.lineno + 1
    assert {name: lines for name, lines in found.items() if lines > MAX_FUNCTION} == {}


def test_no_folder_has_too_many_files() -> None:
    files: dict[str, int] = {}
    for path in measured():
        folder = name_of(path.parent)
        files[folder] = files.get(folder, 0) + 1
    assert {folder: count for folder, count in files.items() if count > MAX_FOLDER} == {}
