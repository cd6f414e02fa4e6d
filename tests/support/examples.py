"""The examples of docs/bi-tools.md: code blocks by heading and language."""

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "bi-tools.md"


def example(heading: str, language: str) -> str:
    """The one block of `language` below `heading`. Raises ValueError when there is none or another one."""
    page = PAGE.read_text(encoding="utf-8")
    (section,) = re.findall(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", page, re.M | re.S)
    (block,) = re.findall(rf"^```{language}\n(.*?)^```", section, re.M | re.S)
    return str(block)
