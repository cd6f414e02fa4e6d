"""The tested clients: what each is made of, and how it shows the published types.

A probe (`probes/`) is a program run inside the client's environment. It opens the published file and reads all of it,
writes what it saw as one line of JSON, waits for a line on its standard input, reads again and writes a second line.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.clients.environments import node_environment, python_environment

PROBES = Path(__file__).parent / "probes"

# How a client shows a published type: text, integer, decimal, float, boolean, date, timestamp.
PLAIN: dict[str, tuple[str, ...]] = {
    "VARCHAR": ("text",),
    "BIGINT": ("integer",),
    "DECIMAL": ("decimal",),
    "DOUBLE": ("float",),
    "BOOLEAN": ("boolean",),
    "DATE": ("date",),
    "TIMESTAMP": ("timestamp",),
}
# pandas has no decimals, and an integer column with NULLs becomes one of floats.
PANDAS = {**PLAIN, "DECIMAL": ("float",), "BIGINT": ("integer", "float"), "DATE": ("timestamp",)}


@dataclass(frozen=True)
class Client:
    """A client. `command` makes its environment when needed and returns the command line before the path."""

    name: str
    command: Callable[[], list[str]]
    types: dict[str, tuple[str, ...]] = field(default_factory=lambda: PLAIN)
    # Whether connections of one process to the same path share the file that the first of them opened.
    shares_open_file: bool = True

    def __str__(self) -> str:
        return self.name


def duckdb_python(version: str) -> Client:
    return Client(
        f"duckdb-{version}", lambda: _python(f"duckdb-{version}", "with_duckdb.py", f"duckdb=={version}")
    )


def _python(name: str, probe: str, *requirements: str) -> list[str]:
    return [str(python_environment(name, requirements)), str(PROBES / probe)]


def _cli() -> list[str]:
    python = python_environment("cli-1.5.6", ("duckdb-cli==1.5.6",))
    return [sys.executable, str(PROBES / "with_cli.py"), str(python.parent / "duckdb")]


def _node() -> list[str]:
    folder = node_environment("duckdb", ("@duckdb/node-api@1.5.6-r.1",))
    return ["node", str(PROBES / "with_node.cjs"), str(folder)]


def _sqlalchemy_1(probe: str) -> list[str]:
    return _python("sqlalchemy-1.4", probe, "sqlalchemy==1.4.54", "duckdb-engine==0.17.0", "duckdb==1.4.5")


def _sqlalchemy_2(probe: str) -> list[str]:
    return _python("sqlalchemy-2", probe, "sqlalchemy==2.1.9", "duckdb-sqlalchemy==1.5.6.5", "duckdb==1.5.6")


# The oldest that this Python has a package of; an older one would be compiled, for half an hour.
OLDEST = duckdb_python("1.0.0" if sys.version_info < (3, 13) else "1.1.3")
INSTALLED = Client("installed-duckdb", lambda: [sys.executable, str(PROBES / "with_duckdb.py")])
INSTALLED_PANDAS = Client(
    "installed-pandas", lambda: [sys.executable, str(PROBES / "with_pandas.py")], PANDAS
)

CLI = Client("cli-1.5.6", _cli, shares_open_file=False)
NODE = Client("node-1.5.6", _node, shares_open_file=False)
SQLALCHEMY_1 = Client("sqlalchemy-1.4-duckdb-engine", lambda: _sqlalchemy_1("with_sqlalchemy.py"))
SQLALCHEMY_2 = Client("sqlalchemy-2-duckdb-sqlalchemy", lambda: _sqlalchemy_2("with_sqlalchemy.py"))

OTHERS = (
    duckdb_python("1.1.3"),
    duckdb_python("1.2.2"),
    duckdb_python("1.3.2"),
    duckdb_python("1.4.5"),
    duckdb_python("1.5.6"),
    duckdb_python("2.0.0"),
    CLI,
    NODE,
    SQLALCHEMY_1,
    SQLALCHEMY_2,
    Client(
        "pandas-2-duckdb-1.1.3",
        lambda: _python("pandas-2", "with_pandas.py", "pandas==2.3.3", "duckdb==1.1.3", "numpy<2.4"),
        PANDAS,
    ),
)

POOLED = (
    Client("sqlalchemy-1.4-pooled", lambda: _sqlalchemy_1("sqlalchemy_pool.py")),
    Client("sqlalchemy-2-pooled", lambda: _sqlalchemy_2("sqlalchemy_pool.py")),
)


# Its release names neither rich nor cachetools, and does not run with newer cache packages.
SUPERSET = Client(
    "superset-6.1",
    lambda: _python(
        "superset-6.1",
        "with_superset.py",
        "apache-superset==6.1.0",
        "flask-caching==2.3.1",
        "cachelib==0.13.0",
        "rich==15.0.0",
        "cachetools==8.0.1",
        "duckdb-engine==0.17.0",
        "duckdb==1.4.5",
    ),
)
