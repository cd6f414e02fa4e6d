"""`warehouse` in a process of its own that starts warm: what it does to limits, accounts and folders ends with it."""

import contextlib
import io
import os
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from orchestration import cli


@dataclass(frozen=True)
class Outcome:
    """How a command ended; a killed one has the negative number of the signal as `status`."""

    status: int
    out: str
    err: str


def forked(
    words: list[str],
    *,
    before: Callable[[], object] = lambda: None,
    main: Callable[[list[str]], int] = cli.main,
    kill_after: float | None = None,
    seconds: int = 120,
) -> Outcome:
    """Run `warehouse WORDS`, or another `main`, in a fork of this process, after `before` there.

    It is killed after `kill_after` seconds; one that hangs ends after `seconds`.
    """
    with tempfile.TemporaryDirectory() as name:
        paths = [Path(name) / "out", Path(name) / "err"]
        files = [path.open("wb") for path in paths]
        child = os.fork()
        if child == 0:
            _run(main, words, before, [file.fileno() for file in files], seconds)
        for file in files:
            file.close()
        killer = threading.Timer(kill_after, _kill, (child,)) if kill_after is not None else None
        if killer:
            killer.start()
        _, waited = os.waitpid(child, 0)
        if killer:
            killer.cancel()
        out, err = (path.read_text(encoding="utf-8", errors="replace") for path in paths)
    return Outcome(os.waitstatus_to_exitcode(waited), out, err)


def _kill(child: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)


def _run(
    main: Callable[[list[str]], int],
    words: list[str],
    before: Callable[[], object],
    descriptors: list[int],
    seconds: int,
) -> None:
    """The child: never returns."""
    status = 70
    try:
        for place, descriptor in enumerate(descriptors, start=1):
            os.dup2(descriptor, place)
        sys.stdout, sys.stderr = (
            io.TextIOWrapper(io.FileIO(place, "w", closefd=False), encoding="utf-8", write_through=True)
            for place in (1, 2)
        )
        signal.alarm(seconds)
        before()
        status = main(words)
        sys.stdout.flush()
    except SystemExit as left:
        status = int(left.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)
