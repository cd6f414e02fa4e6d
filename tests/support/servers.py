"""Private PostgreSQL and MariaDB servers for tests and benchmarks: random port, own data, gone afterwards."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support.programs import HOW_TO_INSTALL, find_program

USER = "warehouse"
PASSWORD = "s3cr:et/w'rd@1"  # every character that needs quoting somewhere
DATABASE = "platform"
_START_SECONDS = 60


class ServerMissing(Exception):
    """The server's programs are not installed."""


def _program(name: str) -> str:
    found = find_program(name)
    if found is None:
        raise ServerMissing(f"{name} is not installed. {HOW_TO_INSTALL} installs it.")
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _unprivileged(system_user: str) -> dict[str, Any]:
    """Both servers refuse to run as root."""
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam(system_user)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


@dataclass
class Server:
    """A started server with one database and one user, who has a password."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def query_log(self) -> str:
        """Everything the server was asked so far."""
        return (self.folder / "queries.log").read_text(errors="replace")

    def execute(self, sql: str) -> None:
        raise NotImplementedError

    def _client(self, command: list[str], sql: str, environment: dict[str, str]) -> None:
        done = subprocess.run(
            command, input=sql.encode(), capture_output=True, env={**os.environ, **environment}, check=False
        )
        if done.returncode:
            raise AssertionError(f"{command[0]}: {done.stderr.decode(errors='replace')}")

    def _wait_for(self, is_ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                log = self.query_log[-3000:]
                self.__exit__(None, None, None)
                raise AssertionError(f"the server did not start: {log}")
            time.sleep(0.05)


class PostgresServer(Server):
    """PostgreSQL, logging every statement."""

    def execute(self, sql: str) -> None:
        command = [
            _program("psql"),
            "-X",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
        ]
        self._client([*command, "-U", USER, DATABASE], sql, {"PGPASSWORD": PASSWORD})


class MariadbServer(Server):
    """MariaDB, logging every statement."""

    def execute(self, sql: str) -> None:
        command = [_program("mariadb"), "--no-defaults", "--default-character-set=utf8mb4", "--binary-mode"]
        command += ["-h", "127.0.0.1", "-P", str(self.port), "-u", USER, DATABASE]
        self._client(command, sql, {"MYSQL_PWD": PASSWORD})


def start_postgres() -> PostgresServer:
    """Raises ServerMissing without PostgreSQL."""
    initdb, postgres, psql = (_program(name) for name in ("initdb", "postgres", "psql"))
    rights = _unprivileged("postgres")
    folder = _private_folder("postgres", rights)
    password_file = folder / "password"
    password_file.write_text(PASSWORD)
    subprocess.run(
        [
            initdb,
            f"--pgdata={folder / 'data'}",
            f"--username={USER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ],
        check=True,
        capture_output=True,
        cwd=folder,
        **rights,
    )
    port = free_port()
    options = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": str(folder),
        "log_statement": "all",
        "fsync": "off",
        # Not the defaults, so that a reader who relies on them is found out.
        "TimeZone": "America/New_York",
        "DateStyle": "SQL, DMY",
    }
    with (folder / "queries.log").open("wb") as log:
        process = subprocess.Popen(
            [postgres, "-D", str(folder / "data"), "-p", str(port)]
            + [part for name, value in options.items() for part in ("-c", f"{name}={value}")],
            stdout=log,
            stderr=log,
            cwd=folder,
            **rights,
        )
    server = PostgresServer(folder, port, process)
    command = [psql, "-X", "-h", "127.0.0.1", "-p", str(port), "-U", USER]
    environment = {**os.environ, "PGPASSWORD": PASSWORD}

    def is_ready() -> bool:
        made = [*command, "-q", "-c", f"create database {DATABASE}", "postgres"]
        return subprocess.run(made, capture_output=True, env=environment, check=False).returncode == 0

    server._wait_for(is_ready)
    return server


def start_mariadb(*, logs_queries: bool = True) -> MariadbServer:
    """Raises ServerMissing without MariaDB. Logging costs time where much is written."""
    install, mariadbd = _program("mariadb-install-db"), _program("mariadbd")
    client = _program("mariadb")
    rights = _unprivileged("mysql")
    folder = _private_folder("mariadb", rights)
    data, port, sock = folder / "data", free_port(), folder / "server.sock"
    subprocess.run(
        [
            install,
            "--no-defaults",
            f"--datadir={data}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
        ],
        check=True,
        capture_output=True,
        cwd=folder,
        **rights,
    )
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [
                mariadbd,
                "--no-defaults",
                f"--datadir={data}",
                f"--port={port}",
                f"--socket={sock}",
                f"--pid-file={folder / 'server.pid'}",
                "--bind-address=127.0.0.1",
                f"--general-log={int(logs_queries)}",
                f"--general-log-file={folder / 'queries.log'}",
                "--innodb-flush-log-at-trx-commit=0",
                "--innodb-buffer-pool-size=64M",
                "--character-set-server=utf8mb4",
                # Not strict and not UTC, as platforms are found: zero dates get in, zones matter.
                "--sql-mode=",
                "--default-time-zone=-05:00",
            ],
            stdout=log,
            stderr=log,
            cwd=folder,
            **rights,
        )
    server = MariadbServer(folder, port, process)
    quoted = PASSWORD.replace("\\", "\\\\").replace("'", "\\'")
    setup = (
        f"create database {DATABASE}; create user '{USER}'@'127.0.0.1' identified by '{quoted}'; "
        f"grant all on {DATABASE}.* to '{USER}'@'127.0.0.1';"
    )
    command = [client, "--no-defaults", f"--socket={sock}", "-u", "root", "-e", setup]

    def is_ready() -> bool:
        return sock.exists() and subprocess.run(command, capture_output=True, check=False).returncode == 0

    server._wait_for(is_ready)
    return server


def _private_folder(name: str, rights: dict[str, Any]) -> Path:
    # Not below pytest's own folder: that one is closed to the server's unprivileged user.
    folder = Path(tempfile.mkdtemp(prefix=f"warehouse-{name}-"))
    if rights:
        os.chown(folder, rights["user"], rights["group"])
    (folder / "queries.log").touch()
    if rights:
        os.chown(folder / "queries.log", rights["user"], rights["group"])
    return folder
