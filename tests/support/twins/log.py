"""The tables about twins, as an admin opens them."""

import sqlite3
from contextlib import closing
from typing import Any

from tests.support.workspace import Workspace


def rows(workspace: Workspace, table: str) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute(f"SELECT * FROM {table}")]


def twins(workspace: Workspace) -> list[dict[str, Any]]:
    return rows(workspace, "twins")


def answers(workspace: Workspace) -> list[str]:
    return [row["answer"] for row in rows(workspace, "consents")]
