"""The repository's tracked text files, and what stands in its Markdown pages."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def tracked(*patterns: str) -> list[Path]:
    """Tracked files that match the patterns, as git knows them."""
    names = subprocess.run(
        ["git", "ls-files", "-z", "--", *patterns], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [path for name in names.split("\0") if name and (path := ROOT / name).is_file()]


def prose(page: Path) -> str:
    """A page without what stands in code fences and comments."""
    text = page.read_text(encoding="utf-8")
    text = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    return re.sub(r"<!--.*?-->", "", text, flags=re.S)


def anchors(page: Path) -> set[str]:
    """What a link into the page may name: its headings as GitHub names them, and its own anchors."""
    found: dict[str, int] = {}
    names = set(re.findall(r'<a id="([^"]+)">', page.read_text(encoding="utf-8")))
    for heading in re.findall(r"^#{1,6} (.+)$", prose(page), flags=re.M):
        text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", text).strip().replace(" ", "-")
        count = found.get(slug, 0)
        found[slug] = count + 1
        names.add(f"{slug}-{count}" if count else slug)
    return names
