"""How far a command is: one line that is written anew on a terminal, a line a stage elsewhere, on standard error."""

import contextlib
import shutil
import sys
import time
from collections.abc import Iterator
from typing import TextIO

from ingest.foundation.progress import Progress, ShowProgress

_CLEAR_LINE = "\r\033[K"


class _Screen:
    def __init__(self, file: TextIO) -> None:
        self.file = file
        self.is_terminal = file.isatty()
        self.latest: Progress | None = None
        self.started_at = time.monotonic()

    def show(self, progress: Progress) -> None:
        if self.latest is None or progress.stage != self.latest.stage:
            self.end_stage()
            self.started_at = time.monotonic()
        self.latest = progress
        if self.is_terminal:
            place = f" {progress.number} of {progress.count}" if progress.count else ""
            line = f"{progress.stage}{place}, {self.seconds:.0f} s  {progress.what}".rstrip()
            self.file.write(_CLEAR_LINE + line[: shutil.get_terminal_size().columns - 1])
            self.file.flush()

    def end_stage(self) -> None:
        if self.latest is None:
            return
        if self.is_terminal:
            self.file.write(_CLEAR_LINE)
        else:
            count = f" {self.latest.number} of {self.latest.count}" if self.latest.count else ""
            self.file.write(f"{self.latest.stage}{count}, {self.seconds:.1f} s\n")
        self.file.flush()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started_at


@contextlib.contextmanager
def progress_shown() -> Iterator[ShowProgress]:
    """What long work calls to say how far it is, for the length of the block."""
    screen = _Screen(sys.stderr)
    try:
        yield screen.show
    finally:
        screen.end_stage()
