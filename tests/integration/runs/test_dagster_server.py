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


@pytest.mark.long
def test_it_shows_the_graph_and_leaves_no_process_behind(server: tuple[subprocess.Popen[bytes], str]) -> None:
    process, address = server
    wait_for(process, address)
    shown = asked(address, "{ assetNodes { assetKey { path } } instance { hasInfo } }")
    assert len(shown["assetNodes"]) > 80
    process.terminate()
    assert process.wait(60) == 0
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_the_configuration_is_that_of_the_program_at_every_start(tmp_path: Path) -> None:
    folder = set_up(tmp_path)
    (folder / "dagster.yaml").write_text("telemetry:\n  enabled: true\n")
    assert "enabled: false" in (set_up(tmp_path) / "dagster.yaml").read_text()
