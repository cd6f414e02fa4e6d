"""Dagster for one warehouse: code server, daemon and web server, started and ended together.

    python -m orchestration.dagster_graph.server [--host H] [--port P]

`$WAREHOUSE_HOME/dagster` holds its history; it is set up where it is missing.
"""

import argparse
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from ingest.foundation.settings import home_path

DEFAULT_PORT = 3000
DEFINITIONS = "orchestration.definitions"
_CONFIG = Path(__file__).with_name("dagster.yaml")
# Runs are started by this environment's own Python.
_CODE_SERVER_OPTIONS = ("--log-level", "warning", "--use-python-environment-entry-point")
_START_SECONDS = 180
_END_SECONDS = 20


def set_up(home: Path) -> Path:
    """The folder of Dagster's history below `home`, with the configuration of this version."""
    folder = home / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_CONFIG, folder / "dagster.yaml")
    return folder


def serve(home: Path, host: str, port: int) -> int:
    """Run until interrupted (0), or until one of the three ends by itself (1)."""
    folder = set_up(home)
    environment = os.environ | {
        "WAREHOUSE_HOME": str(home),
        "DAGSTER_HOME": str(folder),
        "DAGSTER_DISABLE_TELEMETRY": "1",
    }
    programs = Path(sys.executable).parent
    # A socket's path is short; a home's may be long.
    sockets = tempfile.TemporaryDirectory(prefix="warehouse-dagster-")
    # One code server for both: it loads the project once, and the UI's reload reaches the daemon as well.
    code = Path(sockets.name) / "code"
    workspace = folder / "workspace.yaml"
    workspace.write_text(
        f"load_from:\n  - grpc_server:\n      socket: {code}\n      location_name: {DEFINITIONS}\n",
        encoding="utf-8",
    )
    started: list[subprocess.Popen[bytes]] = []

    def start(program: str, *arguments: str) -> subprocess.Popen[bytes]:
        # In a group of its own, which ends whole: the programs start others.
        process = subprocess.Popen([programs / program, *arguments], env=environment, start_new_session=True)
        started.append(process)
        return process

    signal.signal(signal.SIGTERM, _interrupt)
    try:
        server = start(
            "dagster", "code-server", "start", "-m", DEFINITIONS, "--socket", str(code), *_CODE_SERVER_OPTIONS
        )
        if not _answers(code, server):
            print("The code server did not start; what it said stands above.", file=sys.stderr)
            return 1
        start("dagster-daemon", "run", "-w", str(workspace))
        start("dagster-webserver", "-w", str(workspace), "-h", host, "-p", str(port))
        print(f"Dagster of {home} on http://{host}:{port}; Ctrl-C ends it.", flush=True)
        while all(process.poll() is None for process in started):
            time.sleep(0.5)
        print("One of Dagster's processes has ended; what it said stands above.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        _end(started)
        sockets.cleanup()


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _answers(path: Path, server: subprocess.Popen[bytes]) -> bool:
    """Whether the code server takes connections within its time."""
    deadline = time.monotonic() + _START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        with socket.socket(socket.AF_UNIX) as probe:
            if path.exists() and probe.connect_ex(str(path)) == 0:
                return True
        time.sleep(0.2)
    return False


def _end(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """The last started first: what uses the code server goes before it."""
    for process in reversed(processes):
        _signal(process, signal.SIGTERM)
    for process in reversed(processes):
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_END_SECONDS)
        _signal(process, signal.SIGKILL)
        process.wait()


def _signal(process: subprocess.Popen[bytes], which: signal.Signals) -> None:
    """To the whole group of a program, also of one that has ended before those that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, which)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m orchestration.dagster_graph.server", description="Dagster for one warehouse."
    )
    parser.add_argument("--home", type=Path, help="default: $WAREHOUSE_HOME, else ./var")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help=f"default {DEFAULT_PORT}")
    given = parser.parse_args(arguments)
    return serve(home_path(given.home), given.host, given.port)


if __name__ == "__main__":
    sys.exit(main())
