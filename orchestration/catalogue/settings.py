"""The settings, described, for the documentation."""

from ingest.foundation.settings import setting_rows


def as_table() -> str:
    """Markdown: one line per setting, its default and what it means."""
    lines = ["| key | default | meaning |", "|---|---|---|"]
    for row in setting_rows():
        default = row.default if row.default == "none" else f"`{row.default}`"
        lines.append(f"| `{row.key}` | {default} | {row.meaning} |")
    return "\n".join(lines)
