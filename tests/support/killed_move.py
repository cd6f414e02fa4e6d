"""A move of raw rows out of the build file that dies, as by a power cut, at a named point: `… HOME POINT`."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

BEFORE_THE_COPY = "before the copy"
BEFORE_ITS_PLACE = "before the copy is in place"
BEFORE_THE_DROP = "before the build file drops its own"
BEFORE_THE_END = "before it is said to be over"
POINTS = (BEFORE_THE_COPY, BEFORE_ITS_PLACE, BEFORE_THE_DROP, BEFORE_THE_END)


def die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(home: str, point: str) -> None:
    from ingest.foundation.settings import load_settings
    from ingest.raw import earlier_layout
    from ingest.raw.raw_file import has_raw

    if point == BEFORE_THE_COPY:
        earlier_layout._copy = die
    elif point == BEFORE_ITS_PLACE:
        os.replace = die
    elif point == BEFORE_THE_DROP:
        earlier_layout._drop = die
    elif point == BEFORE_THE_END:
        Path.unlink = die  # type: ignore[method-assign]
    has_raw(load_settings(Path(home)))


if __name__ == "__main__":
    main(*sys.argv[1:])
