"""Addresses of live databases, and keeping their credentials out of everything that is shown or stored."""

import os
import re
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field

from ingest.foundation.errors import UsageError

PASSWORD_VARIABLE = "WAREHOUSE_DB_PASSWORD"

_KINDS = {
    "postgres": "postgres",
    "postgresql": "postgres",
    "mysql": "mysql",
    "mariadb": "mysql",
    "sqlite": "sqlite",
}
_OPTIONS = {
    "postgres": ("sslmode", "sslrootcert", "connect_timeout"),
    "mysql": ("ssl_mode", "ssl_ca", "socket"),
    "sqlite": (),
}
_OWN_PASSWORD_VARIABLES = {"postgres": "PGPASSWORD", "mysql": "MYSQL_PWD"}
_DEFAULT_PORTS = {"postgres": 5432, "mysql": 3306}


@dataclass(frozen=True)
class DatabaseAddress:
    """A parsed address. `kind` is postgres, mysql or sqlite; `path` is for SQLite only."""

    kind: str
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    database: str = ""
    options: tuple[tuple[str, str], ...] = ()
    path: str = ""

    @property
    def shown(self) -> str:
        """The address as it may be shown: without user, password and options."""
        if self.kind == "sqlite":
            return f"sqlite:{self.path}"
        return f"{self.kind}://{self.host}:{self.port}/{self.database}"

    def scrubbed(self, text: str) -> str:
        """`text` without the password, in any form in which a server or a driver could quote it."""
        if not self.password:
            return text
        quoted = urllib.parse.quote(self.password, safe="")
        forms = {
            self.password,
            quoted,
            urllib.parse.quote(self.password),
            urllib.parse.quote_plus(self.password),
            self.password.replace("'", "''"),
            self.password.replace("\\", "\\\\").replace("'", "\\'"),
        }
        for form in sorted(forms, key=len, reverse=True):
            text = text.replace(form, "***")
        return text


def is_database_url(text: str) -> bool:
    """Whether `warehouse land` was given a database rather than a folder.

    Also an address that is mistyped: taken for a folder that is not there, it would be shown, password and all.
    """
    scheme, colon, _ = text.partition(":")
    if (colon and scheme.lower() in _KINDS) or re.fullmatch(r"\$\{\w+\}", text):
        return True
    return ("//" in text or "@" in text) and not os.path.lexists(text)


def parse_database_url(url: str, environment: Mapping[str, str] = os.environ) -> DatabaseAddress:
    """Reads `postgres://user@host:port/database`, `mysql://…` or `sqlite:path`.

    `${NAME}` in any part (or as the whole) stands for an environment variable, taken literally. Without a
    password in the address, WAREHOUSE_DB_PASSWORD, then PGPASSWORD or MYSQL_PWD. Raises UsageError, never
    quoting a value that may be secret.
    """
    whole = re.fullmatch(r"\$\{(\w+)\}", url)
    if whole:
        url = _variable(whole[1], environment)
    scheme, colon, rest = url.partition(":")
    kind = _KINDS.get(scheme.lower()) if colon else None
    if kind is None:
        raise UsageError(
            "this is no folder or file that is there, and a database's address must start with postgres://, mysql:// or "
            "sqlite:. Nothing was landed. What was given is not shown, for it may hold a password."
        )
    if kind == "sqlite":
        path = re.sub(r"^///?(?=/)|^//", "", rest)
        if not path:
            raise UsageError("sqlite: needs the path of a database file. Nothing was landed.")
        return DatabaseAddress(kind, path=os.path.abspath(os.path.expanduser(_expanded(path, environment))))
    return _server_address(kind, rest, environment)


def _server_address(kind: str, rest: str, environment: Mapping[str, str]) -> DatabaseAddress:
    example = f"{kind}://user@host:{_DEFAULT_PORTS[kind]}/database"
    if not rest.startswith("//"):
        raise UsageError(f"the database's address must look like {example}. Nothing was landed.")
    authority, _, tail = rest[2:].partition("/")
    if "@" in tail.partition("?")[0] or ("@" in tail and "@" not in authority):
        raise UsageError(
            f"the database's address must look like {example}, and a password in it must have / @ ? and # as %2F %40 %3F "
            f"and %23; better give it in {PASSWORD_VARIABLE}. Nothing was landed."
        )
    credentials, _, place = authority.rpartition("@")
    user, has_password, password = credentials.partition(":")
    host, port = _host_and_port(place)
    database, _, query = tail.partition("?")
    port = _expanded(port, environment)
    if not host or not database or (port and not port.isdigit()):
        raise UsageError(f"the database's address must look like {example}. Nothing was landed.")
    options = urllib.parse.parse_qsl(query, keep_blank_values=True)
    if not {name for name, _ in options} <= set(_OPTIONS[kind]):
        # Its name is not shown: it may be what follows a question mark in a password.
        raise UsageError(
            f"the address has an unknown option; known for {kind}: {', '.join(_OPTIONS[kind])}. Nothing was landed."
        )
    given = tuple((name, _expanded(value, environment)) for name, value in options)
    for name, value in given:
        # They become part of a connection string.
        if not re.fullmatch(r"[\w./:@-]+", value):
            raise UsageError(
                f"the option {name} of the address may hold letters, digits and ./:@_- only. "
                "Nothing was landed."
            )
    if not has_password:
        variables = (PASSWORD_VARIABLE, _OWN_PASSWORD_VARIABLES[kind])
        secret = next((environment[name] for name in variables if environment.get(name)), "")
    else:
        secret = _part(password, environment)
    return DatabaseAddress(
        kind=kind,
        host=_part(host, environment),
        port=int(port or _DEFAULT_PORTS[kind]),
        user=_part(user, environment),
        password=secret,
        database=_part(database, environment),
        options=given,
    )


def _host_and_port(place: str) -> tuple[str, str]:
    bracketed = re.fullmatch(r"\[([^]]*)\](?::(.*))?", place)
    if bracketed:
        return bracketed[1], bracketed[2] or ""
    host, _, port = place.partition(":")
    return host, port


def _part(text: str, environment: Mapping[str, str]) -> str:
    """Percent-decoded, except for what stands in variables."""
    pieces = re.split(r"(\$\{\w+\})", text)
    return "".join(
        _expanded(piece, environment) if piece.startswith("${") else urllib.parse.unquote(piece)
        for piece in pieces
    )


def _expanded(text: str, environment: Mapping[str, str]) -> str:
    return re.sub(r"\$\{(\w+)\}", lambda found: _variable(found[1], environment), text)


def _variable(name: str, environment: Mapping[str, str]) -> str:
    if name not in environment:
        raise UsageError(
            f"the database's address names the environment variable {name}, which is not set. Nothing was "
            "landed."
        )
    return environment[name]
