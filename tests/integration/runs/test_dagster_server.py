"""Dagster for one home: its programs start together, know the graph, and end together."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestration.dagster_graph.server import set_up

START_SECONDS = 300


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A started server in a process group of its own, and its address."""
    port = free_port()
    command = [sys.executable, "-m", "orchestration.dagster_graph.server", "--home", str(tmp_path / "a home")]
    process = subprocess.Popen([*command, "--port", str(port)], start_new_session=True)
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def asked(address: str, query: str) -> dict[str, Any]:
    request = urllib.request.Request(
        f"{address}/graphql",
        data=json.dumps({"query": query}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return dict(json.load(answer)["data"])


def wait_for(process: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None
        try:
            urllib.request.urlopen(f"{address}/server_info", timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise AssertionError("the server did not start")


def processes_of(home: Path) -> list[tuple[int, str]]:
    """Living processes of which the environment names the home: (process id, command line)."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"WAREHOUSE_HOME={home}\0".encode() in (folder / "environ").read_bytes():
                found.append((int(folder.name), (folder / "cmdline").read_text().replace("\0", " ")))
        except OSError:
            continue
    return found


@pytest.mark.long
def test_it_shows_the_graph_and_leaves_no_process_behind(
    server: tuple[subprocess.Popen[bytes], str], tmp_path: Path
) -> None:
    process, address = server
    home = tmp_path / "a home"
    wait_for(process, address)
    shown = asked(address, "{ assetNodes { assetKey { path } } instance { hasInfo } }")
    assert len(shown["assetNodes"]) > 80
    assert len(processes_of(home)) >= 3
    process.terminate()
    assert process.wait(60) == 0
    assert processes_of(home) == []


@pytest.mark.long
def test_a_killed_daemon_ends_the_others_and_a_new_start_goes_on(
    server: tuple[subprocess.Popen[bytes], str], tmp_path: Path
) -> None:
    process, address = server
    home = tmp_path / "a home"
    wait_for(process, address)
    (daemon,) = [pid for pid, command in processes_of(home) if "dagster-daemon" in command]
    os.kill(daemon, signal.SIGKILL)
    assert process.wait(60) == 1
    assert processes_of(home) == []
    again = subprocess.Popen(process.args, start_new_session=True)
    try:
        wait_for(again, address)
        again.terminate()
        assert again.wait(60) == 0
        assert processes_of(home) == []
    finally:
        if again.poll() is None:
            os.killpg(again.pid, signal.SIGKILL)
            again.wait()


def test_the_configuration_is_that_of_the_program_at_every_start(tmp_path: Path) -> None:
    folder = set_up(tmp_path)
    (folder / "dagster.yaml").write_text("telemetry:\n  enabled: true\n")
    assert "enabled: false" in (set_up(tmp_path) / "dagster.yaml").read_text()
