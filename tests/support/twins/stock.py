"""Avatars that an admin has marked as showing nobody of the workspace."""

import json
from pathlib import Path


def mark_as_stock(data_dir: Path, *avatar_ids: str) -> None:
    """Before the bot starts."""
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "catalog.toml").write_text(f"stock_ids = {json.dumps(avatar_ids)}\n", "utf-8")
