"""Runs a client's probe beside a test."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.clients.clients import Client


class Probe:
    """A running probe; see tests/clients/clients.py."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        # Superset says on its standard output which configuration it reads.
        line = next((line for line in self._process.stdout if line.startswith("{")), "")
        assert line, "the probe ended without an answer; its message stands above"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def go_on(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("published\n")
        self._process.stdin.flush()


@contextmanager
def probe(client: Client, path: Path, environment: dict[str, str] | None = None) -> Iterator[Probe]:
    """The client's probe on the file at `path`; `environment` adds to the variables of this process."""
    command = [*client.command(), str(path)]
    variables = {**os.environ, **(environment or {})}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=variables
    ) as process:
        yield Probe(process)
