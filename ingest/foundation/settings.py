"""The settings of one warehouse: defaults, overridden by settings.toml, overridden by the environment."""

import os
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ingest.foundation.errors import UsageError

DEFAULT_HOME = Path("var")


@dataclass(frozen=True)
class Settings:
    """All that can be set, and the paths that follow from `home`. Load it with `load_settings`."""

    home: Path
    business_time_zone: str = "Asia/Shanghai"
    source_time_zone: str = "Asia/Shanghai"
    official_rate_source: str = "central_parity"
    fallback_rate_source: str | None = None
    stale_rate_days: int = 10
    lock_wait_seconds: float = 60.0
    daytime_minutes: int = 15
    calibration_time: str = "03:30"
    history_start_date: str = "2020-01-01"
    display_currencies: tuple[str, ...] = ("USD", "EUR")
    webhook_url: str | None = None
    keep_publications: int = 3
    full_refresh_share: float = 0.5

    @property
    def build_path(self) -> Path:
        return self.home / "build" / "warehouse.duckdb"

    @property
    def published_path(self) -> Path:
        return self.home / "published" / "warehouse.duckdb"

    @property
    def landing_dir(self) -> Path:
        return self.home / "landing"

    @property
    def dashboard_dir(self) -> Path:
        return self.home / "dashboard"

    @property
    def lock_path(self) -> Path:
        return self.home / "writer.lock"

    @property
    def dbt_target_dir(self) -> Path:
        return self.home / "dbt" / "target"

    @property
    def logs_dir(self) -> Path:
        return self.home / "logs"


def _whole_number(minimum: int) -> Callable[[Any], int]:
    def parse(value: Any) -> int:
        if isinstance(value, bool) or not re.fullmatch(r"\d+", str(value)) or int(value) < minimum:
            raise ValueError(f"a whole number of at least {minimum}")
        return int(value)

    return parse


def _number(minimum: float, maximum: float) -> Callable[[Any], float]:
    def parse(value: Any) -> float:
        try:
            number = float("nan") if isinstance(value, bool) else float(value)
        except (TypeError, ValueError):
            number = float("nan")
        if not minimum <= number <= maximum:
            raise ValueError(f"a number from {minimum:g} to {maximum:g}")
        return number

    return parse


def _text(pattern: str, expected: str) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise ValueError(expected)
        return value

    return parse


def _optional(parse: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value in (None, "") else parse(value)


def _date(value: Any) -> str:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise ValueError("a date such as 2020-01-01") from None


def _time_zone(value: Any) -> str:
    try:
        return ZoneInfo(value).key
    except (KeyError, TypeError, ValueError, OSError):
        raise ValueError("an IANA time zone such as Asia/Shanghai") from None


def _currencies(value: Any) -> tuple[str, ...]:
    codes = [code for code in re.split(r"[\s,]+", value) if code] if isinstance(value, str) else value
    if not isinstance(codes, list) or not all(
        isinstance(code, str) and re.fullmatch(r"[A-Z]{3}", code) for code in codes
    ):
        raise ValueError('currency codes such as ["USD", "EUR"] (USD,EUR in the environment)')
    return tuple(dict.fromkeys(codes))


_RATE_SOURCE = _text(r"[A-Za-z0-9_-]+", "the name of a rate source such as central_parity or ecb")

_PARSERS: dict[str, Callable[[Any], Any]] = {
    "business_time_zone": _time_zone,
    "source_time_zone": _time_zone,
    "official_rate_source": _RATE_SOURCE,
    "fallback_rate_source": _optional(_RATE_SOURCE),
    "stale_rate_days": _whole_number(1),
    "lock_wait_seconds": _number(0, 86_400),
    "daytime_minutes": _whole_number(1),
    "calibration_time": _text(r"([01]\d|2[0-3]):[0-5]\d", "a time of day such as 03:30"),
    "history_start_date": _date,
    "display_currencies": _currencies,
    "webhook_url": _optional(_text(r"https?://\S+", "an http or https address")),
    "keep_publications": _whole_number(1),
    "full_refresh_share": _number(0, 1),
}


def load_settings(home: Path | None = None) -> Settings:
    """Settings of the warehouse at `home` (else `$WAREHOUSE_HOME`, else `./var`); paths are absolute.

    Raises UsageError for an unknown key or a value that cannot be read; never creates anything.
    """
    home = Path(home or os.environ.get("WAREHOUSE_HOME") or DEFAULT_HOME).expanduser().absolute()
    given: dict[str, tuple[Any, str]] = {}
    file = home / "settings.toml"
    for key, value in _read_toml(file).items():
        if key not in _PARSERS:
            raise UsageError(f"{file}: unknown setting {key!r}. Known settings: {', '.join(_PARSERS)}.")
        given[key] = (value, str(file))
    for key in _PARSERS:
        name = f"WAREHOUSE_{key.upper()}"
        if name in os.environ:
            given[key] = (os.environ[name], f"environment variable {name}")
    values: dict[str, Any] = {}
    for key, (value, where) in given.items():
        try:
            values[key] = _PARSERS[key](value)
        except ValueError as expected:
            # The address of a webhook may carry a secret.
            shown = "the given value" if key == "webhook_url" else repr(value)
            raise UsageError(f"{where}: {key} must be {expected}, not {shown}.") from None
    return Settings(home=home, **values)


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UsageError(f"{file}: cannot be read as TOML ({error}). Correct or remove the file.") from None


assert set(_PARSERS) == {field.name for field in fields(Settings)} - {"home"}
