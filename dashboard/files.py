"""Puts a set of pages in place at once: written aside with compressed copies of the pages, then a link is moved to it.

`$WAREHOUSE_HOME/dashboard` is a link to one complete set below `dashboard-sets/`. Readers see the old set or
the new one.
"""

import gzip
import os
import shutil
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

import brotli

from ingest.foundation.clock import now

KEPT_SETS = 2
# Brotli's qualities: the best takes a tenth of a second for a page, and far longer than it saves for what is large.
BEST, GOOD = 11, 5
BEST_BYTES = 64_000
# A set still being written after this long belongs to a process that is gone.
ABANDONED_SECONDS = 3600


def put_in_place(link: Path, pages: Mapping[str, str], let_in: Callable[[Path], None]) -> int:
    """Write `pages` (file name: text), HTML with `.br` and `.gz` copies, then make `link` lead to them.

    `let_in` opens a folder or file to its readers; until the set is complete it is its owner's. Returns the bytes before
    compression.
    """
    sets = link.with_name(f"{link.name}-sets")
    sets.mkdir(parents=True, exist_ok=True)
    name = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{uuid.uuid4().hex[:8]}"
    aside = sets / f".writing-{name}"
    aside.mkdir(mode=0o700)
    total = 0
    try:
        for file_name, text in pages.items():
            content = text.encode("utf-8")
            total += len(content)
            (aside / file_name).write_bytes(content)
            if not file_name.endswith(".html"):
                continue
            quality = BEST if len(content) <= BEST_BYTES else GOOD
            (aside / f"{file_name}.br").write_bytes(brotli.compress(content, quality=quality, lgwin=18))
            (aside / f"{file_name}.gz").write_bytes(gzip.compress(content, compresslevel=9, mtime=0))
        for file in aside.iterdir():
            let_in(file)
        for folder in (sets, aside):
            let_in(folder)
        complete = sets / name
        aside.rename(complete)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    _lead(link, complete)
    _tidy(sets, complete)
    return total


def _lead(link: Path, complete: Path) -> None:
    pointer = link.with_name(f".{link.name}-{complete.name}")
    pointer.symlink_to(Path(complete.parent.name) / complete.name, target_is_directory=True)
    if link.is_dir() and not link.is_symlink():
        # A copy of the home folder may have turned the link into a folder.
        link.rename(complete.with_name(f"{complete.name}-replaced"))
    os.replace(pointer, link)


def _tidy(sets: Path, complete: Path) -> None:
    """Remove old sets but the last, which a reader may still be reading, and what a killed build left."""
    finished = sorted(path for path in sets.iterdir() if not path.name.startswith(".") and path != complete)
    abandoned = [
        path
        for path in sets.glob(".writing-*")
        if path.exists() and now().timestamp() - path.stat().st_mtime > ABANDONED_SECONDS
    ]
    for path in [*finished[: max(len(finished) - KEPT_SETS + 1, 0)], *abandoned]:
        shutil.rmtree(path, ignore_errors=True)
