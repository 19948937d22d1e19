"""What is generated from the table of settings: `.env.example`, and the table in the README."""

from bot.settings.table import REQUIRED, rows

FIRST = ("slack_bot_token", "slack_app_token", "segmind_api_key")  # what a new admin fills in


def env_example() -> str:
    """The text of `.env.example`."""
    lines = ["# Copy this file to .env and fill in these three. Everything else is optional."]
    for row in sorted(rows(), key=lambda row: row.name not in FIRST):
        default = row.metadata["default"]
        mark = "" if row.name in FIRST else "# "
        lines += ["", f"# {row.metadata['help']}", f"{mark}{row.name.upper()}={default or ''}"]
    return "\n".join(lines) + "\n"


def readme_table() -> str:
    """The Markdown table between the README's `settings` markers."""
    lines = ["| Setting | Default | What it is for |", "| --- | --- | --- |"]
    for row in rows():
        default = row.metadata["default"]
        shown = "**required**" if default is REQUIRED else f"`{default}`" if default else ""
        lines.append(f"| `{row.name.upper()}` | {shown} | {row.metadata['help']} |")
    return "\n".join(lines) + "\n"
