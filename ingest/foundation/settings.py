"""The settings of one warehouse: defaults, overridden by settings.toml, overridden by the environment."""

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from ingest.foundation.clock import naive_utc, utc_now
from ingest.foundation.errors import UsageError
from ingest.foundation.suggestion import suggestion

DEFAULT_HOME = Path("var")
FILE_NAME = "settings.toml"


def _setting(default: Any, meaning: str, *, expected: str, is_secret: bool = False) -> Any:
    """A setting: its default, what it means in one sentence, and what it must be, in the words of an error."""
    return Field(default, description=meaning, json_schema_extra={"expected": expected}, repr=not is_secret)


def _no_boolean(value: Any) -> Any:
    # Python takes true for the number 1.
    if isinstance(value, bool):
        raise ValueError("true and false are no numbers")
    return value


def _none_if_empty(value: Any) -> Any:
    return None if value == "" else value


def time_zone_key(name: str) -> str:
    """The name of an IANA time zone as it is written. Raises ValueError for any other text."""
    try:
        # These are whatever the machine has, and DuckDB does not know them.
        if name not in ("localtime", "posixrules", "Factory"):
            return ZoneInfo(name).key
    except (KeyError, ValueError, OSError):
        pass
    raise ValueError("not a time zone")


def _absolute_path(path: Path | None) -> Path | None:
    # A relative one would follow the folder in which the program happens to be started.
    if path is not None and not path.is_absolute():
        raise ValueError("not absolute")
    return path


def _date(value: Any) -> str | None:
    return date.fromisoformat(str(value)).isoformat() if value not in ("", None) else None


def _instant(value: Any) -> datetime | None:
    # One without an offset would be read in another zone by everybody.
    if value in ("", None):
        return None
    instant = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    if instant.tzinfo is None:
        raise ValueError("has no offset")
    return instant


def _words(value: Any) -> Any:
    words = value.replace(",", " ").split() if isinstance(value, str) else value
    return tuple(dict.fromkeys(words)) if isinstance(words, list) else words


def _lake_place(value: str | None) -> str | None:
    # A folder, or an address of a store that Spark reads (s3a://…): a relative one would follow the current folder.
    if value is not None and "://" not in value and not Path(value).is_absolute():
        raise ValueError("neither an absolute path nor an address")
    return value.rstrip("/") if value else value


def _options(value: Any) -> Any:
    options = (
        dict(pair.strip().partition("=")[::2] for pair in value.split(",") if pair.strip())
        if isinstance(value, str)
        else value
    )
    if isinstance(options, dict):
        return {
            key: str(each).lower() if isinstance(each, bool) else str(each) for key, each in options.items()
        }
    return options


def _days_by_feed(value: Any) -> Any:
    pairs = (
        [pair.partition("=") for pair in value.split(",") if pair.strip()] if isinstance(value, str) else None
    )
    days = value if pairs is None else {feed.strip(): count.strip() for feed, _, count in pairs}
    if not isinstance(days, dict):
        return days
    return {feed: None if count == "none" else _no_boolean(count) for feed, count in days.items()}


_ONE_OR_MORE = "a whole number of at least 1"
_TIME_ZONE = "an IANA time zone such as Asia/Shanghai"
_RATE_SOURCE = "the name of a rate source such as central_parity or ecb"

OneOrMore = Annotated[int, BeforeValidator(_no_boolean), Field(ge=1)]
Number = Annotated[float, BeforeValidator(_no_boolean), Field(allow_inf_nan=False)]
TimeZone = Annotated[str, AfterValidator(time_zone_key)]
RateSource = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]
MemorySize = Annotated[str, Field(pattern=r"^[1-9]\d*(\.\d+)? ?([KMGT]i?B)$")]
CurrencyCode = Annotated[str, Field(pattern="^[A-Z]{3}$")]
GroupName = Annotated[str, Field(pattern=r"^\S+$")]
MailAddress = Annotated[str, Field(pattern=r"^[^@\s,<>]+@[^@\s,<>]+$")]
SmtpAddress = Annotated[str, Field(pattern=r"^smtps?://([^\s/@]+@)?[^\s/@:]+(:\d{1,5})?$")]
DigestLanguage = Literal["en", "zh"]
Engine = Literal["duckdb", "spark"]
SparkAddress = Annotated[str, Field(pattern=r"^sc://[^\s/:]+(:\d{1,5})?(/\S*)?$")]
CatalogName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
WebAddress = Annotated[str, Field(pattern=r"^https?://\S+$")]


class Settings(BaseSettings):
    """All that can be set, and the paths that follow from `home`. Immutable; load it with `load_settings`.

    Built directly, as tests do, it reads neither a file nor the environment.
    """

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix="WAREHOUSE_")

    home: Path
    business_time_zone: TimeZone = _setting(
        "Asia/Shanghai", "The calendar of all figures.", expected=_TIME_ZONE
    )
    source_time_zone: TimeZone = _setting(
        "Asia/Shanghai", "Zone of instants delivered without an offset.", expected=_TIME_ZONE
    )
    official_rate_source: RateSource = _setting(
        "central_parity", "Which `rate_source` is official (the demo sets `ecb`).", expected=_RATE_SOURCE
    )
    fallback_rate_source: Annotated[RateSource | None, BeforeValidator(_none_if_empty)] = _setting(
        None,
        "Used, and labelled, where the official source has no rate on or before a date.",
        expected=_RATE_SOURCE,
    )
    stale_rate_days: OneOrMore = _setting(
        10, "A rate that is carried for more days is marked.", expected=_ONE_OR_MORE
    )
    display_currencies: Annotated[tuple[CurrencyCode, ...], NoDecode, BeforeValidator(_words)] = _setting(
        ("USD", "EUR"),
        "Currencies in which figures are shown beside CNY.",
        expected='currency codes such as ["USD", "EUR"] (USD,EUR in the environment)',
    )
    rhythm_days: Annotated[Mapping[str, OneOrMore | None], NoDecode, BeforeValidator(_days_by_feed)] = (
        _setting(
            {},
            "Days of silence expected of a feed at most, where other than its own; `none` expects nothing.",
            expected='a table such as { payments = 2, refunds = "none" }, in whole days of at least 1 '
            "(payments=2,refunds=none in the environment)",
        )
    )
    daytime_minutes: OneOrMore = _setting(15, "How often Dagster increments.", expected=_ONE_OR_MORE)
    calibration_time: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = _setting(
        "03:30", "When Dagster calibrates, in the business zone.", expected="a time of day such as 03:30"
    )
    history_start_date: Annotated[str | None, BeforeValidator(_date)] = _setting(
        None,
        "First daily partition in Dagster, where it is not the first date with data.",
        expected="a date such as 2020-01-01",
    )
    fixed_as_of: Annotated[datetime | None, BeforeValidator(_instant)] = _setting(
        None,
        "Every run is as of this instant instead of now: for a home of past data (the demo sets it).",
        expected="an ISO 8601 instant with its offset such as 2026-10-18T12:00:00Z",
    )
    lock_wait_seconds: Annotated[Number, Field(ge=0, le=86_400)] = _setting(
        60.0,
        "How long a second writer waits before it is told who holds the lock.",
        expected="a number from 0 to 86400",
    )
    keep_publications: OneOrMore = _setting(
        3, "Earlier public files kept in `published/previous/`.", expected=_ONE_OR_MORE
    )
    full_refresh_share: Annotated[Number, Field(ge=0, le=1)] = _setting(
        0.5,
        "Share of pending rows from which a rebuild replaces an increment.",
        expected="a number from 0 to 1",
    )
    memory_limit: Annotated[MemorySize | None, BeforeValidator(_none_if_empty)] = _setting(
        None,
        "Memory that DuckDB may take, such as `2GB`; what does not fit goes to the disk. Without it a gigabyte and the size of "
        "the raw file, at most 80 % of the machine's.",
        expected="a size such as 2GB or 512MB",
    )
    engine: Engine = _setting(
        "duckdb",
        "What computes the tables: DuckDB on this machine, or Apache Spark with Iceberg (docs/spark.md).",
        expected="duckdb or spark",
    )
    # It may carry a token: no error shows it.
    spark_address: Annotated[SparkAddress | None, BeforeValidator(_none_if_empty)] = _setting(
        None,
        "Spark Connect server that computes; without one, Spark runs in the process of the command.",
        expected="an address of Spark Connect such as sc://spark.example.com:15002 (Thrift is not supported)",
        is_secret=True,
    )
    spark_catalog: CatalogName = _setting(
        "lake",
        "Iceberg catalog that holds the tables on Spark.",
        expected="the name of a catalog such as lake",
    )
    spark_options: Annotated[Mapping[str, str], NoDecode, BeforeValidator(_options)] = _setting(
        {},
        "Further options of the session on Spark.",
        expected='a table such as { "spark.driver.memory" = "4g" } (spark.driver.memory=4g in the environment)',
    )
    lake_dir: Annotated[str | None, BeforeValidator(_none_if_empty), AfterValidator(_lake_place)] = _setting(
        None,
        "Where Spark in the process of the command keeps its tables (without it `lake` in the home).",
        expected="an absolute path such as /mnt/lake, or an address such as s3a://bucket/lake",
    )
    handover_dir: Annotated[Path | None, BeforeValidator(_none_if_empty), AfterValidator(_absolute_path)] = (
        _setting(
            None,
            "Folder through which rows go to Spark and back; a cluster sees it under the same path (without it "
            "`handover` in the home).",
            expected="an absolute path such as /mnt/shared/handover",
        )
    )
    backup_dir: Annotated[Path | None, BeforeValidator(_none_if_empty), AfterValidator(_absolute_path)] = (
        _setting(
            None,
            "Folder that Dagster backs up to every night, after the calibration.",
            expected="an absolute path such as /mnt/backup",
        )
    )
    reader_group: Annotated[GroupName | None, BeforeValidator(_none_if_empty)] = _setting(
        None,
        "Group of the operating system that may read the published file and the pages.",
        expected="the name of a group such as analysts",
    )
    # The address may carry a secret: no error shows it.
    webhook_url: Annotated[WebAddress | None, BeforeValidator(_none_if_empty)] = _setting(
        None,
        "Told of failed runs and of what is wrong with the data.",
        expected="an http or https address",
        is_secret=True,
    )

    digest_languages: Annotated[tuple[DigestLanguage, ...], NoDecode, BeforeValidator(_words)] = _setting(
        ("en", "zh"),
        "In which languages the weekly and monthly digests are sent.",
        expected='languages such as ["en", "zh"] (en,zh in the environment)',
    )
    # Both addresses may carry a secret: no error shows them.
    smtp_url: Annotated[SmtpAddress | None, BeforeValidator(_none_if_empty)] = _setting(
        None,
        "Mail server that sends the digests.",
        expected="an address such as smtp://user:password@mail.example.com:587, or smtps:// for TLS from the start",
        is_secret=True,
    )
    mail_from: Annotated[MailAddress | None, BeforeValidator(_none_if_empty)] = _setting(
        None, "Who sends the digests.", expected="a mail address"
    )
    mail_to: Annotated[tuple[MailAddress, ...], NoDecode, BeforeValidator(_words)] = _setting(
        (),
        "Who gets the digests.",
        expected='mail addresses such as ["a@example.com"] (separated by commas in the environment)',
    )
    digest_webhook_url: Annotated[WebAddress | None, BeforeValidator(_none_if_empty)] = _setting(
        None, "Gets the digests as text.", expected="an http or https address", is_secret=True
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)

    def replace(self, **changes: Any) -> "Settings":
        """The same settings but for `changes`."""
        return Settings(**(dict(self) | changes))

    def now(self) -> datetime:
        """Now for the books (UTC, naive): `fixed_as_of`, else the clock's."""
        return naive_utc(self.fixed_as_of) if self.fixed_as_of else utc_now()

    @property
    def raw_path(self) -> Path:
        return self.home / "raw" / "warehouse.duckdb"

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
    def digests_dir(self) -> Path:
        return self.home / "digests"

    @property
    def aliases_path(self) -> Path:
        return self.home / "aliases.toml"

    @property
    def lock_path(self) -> Path:
        return self.home / "writer.lock"

    @property
    def dbt_target_dir(self) -> Path:
        return self.home / "dbt" / "target"

    @property
    def lake_place(self) -> str:
        return self.lake_dir or str(self.home / "lake")

    @property
    def handover_path(self) -> Path:
        return self.handover_dir or self.home / "handover"

    @property
    def logs_dir(self) -> Path:
        return self.home / "logs"


# All settings but the home, which says where the file with them stands.
_FIELDS = {key: field for key, field in Settings.model_fields.items() if key != "home"}


def home_path(home: Path | None = None) -> Path:
    """The home that is meant: the given one, else `$WAREHOUSE_HOME`, else `./var`; absolute."""
    return Path(home or os.environ.get("WAREHOUSE_HOME") or DEFAULT_HOME).expanduser().absolute()


def load_settings(home: Path | None = None) -> Settings:
    """Settings of the warehouse at `home` (as `home_path` has it); paths are absolute.

    Raises UsageError that names every unknown key and every value that is not as expected, each with where it
    stands; never creates anything.
    """
    home = home_path(home)
    file = home / FILE_NAME
    in_file = _read_toml(file)
    in_environment = {key: value for key, value in EnvSettingsSource(Settings)().items() if key in _FIELDS}
    faults = [_unknown(file, key) for key in in_file if key not in _FIELDS]
    known = {key: value for key, value in in_file.items() if key in _FIELDS}
    try:
        settings = Settings(**(known | in_environment), home=home)
    except ValidationError as error:
        for key in dict.fromkeys(str(each["loc"][0]) for each in error.errors()):
            variable = f"environment variable WAREHOUSE_{key.upper()}"
            where, value = (variable, in_environment) if key in in_environment else (file, in_file)
            faults.append(_not_as_expected(where, key, value[key]))
    if faults:
        raise UsageError("\n".join(faults))
    return settings


@dataclass(frozen=True)
class SettingRow:
    """One setting for a page of documentation: `default` as it would be typed, or `none`."""

    key: str
    default: str
    meaning: str
    expected: str


def setting_rows() -> list[SettingRow]:
    """All settings in the order of their declaration."""
    return [
        SettingRow(key, _as_typed(field.default), str(field.description), _expected(key))
        for key, field in _FIELDS.items()
    ]


def settings_file() -> str:
    """A settings.toml that sets nothing: every setting in a comment, with its meaning, what it must be, its default."""
    paragraphs = [
        "# Settings of this warehouse. Each line that sets something shows the default; take away its `#` to change it.\n"
        "# The environment (WAREHOUSE_<KEY>) goes before this file."
    ]
    for key, field in _FIELDS.items():
        paragraphs.append(
            f"# {field.description}\n# Must be {_expected(key)}.\n#{key} = {_as_toml(field.default)}"
        )
    return "\n\n".join(paragraphs) + "\n"


def _as_toml(default: Any) -> str:
    if default in (None, {}):
        # The optional texts take "" for none.
        return '""' if default is None else "{}"
    return json.dumps(default)


def _as_typed(default: Any) -> str:
    if isinstance(default, tuple):
        return ", ".join(default) or "none"
    if isinstance(default, float):
        return f"{default:g}"
    return "none" if default in (None, {}) else str(default)


def _expected(key: str) -> str:
    extra = _FIELDS[key].json_schema_extra
    assert isinstance(extra, dict)
    return str(extra["expected"])


def _unknown(file: Path, key: str) -> str:
    return f"{file}: unknown setting {key!r}{suggestion(key, _FIELDS)}."


def _not_as_expected(where: Path | str, key: str, value: Any) -> str:
    shown = repr(value) if _FIELDS[key].repr else "the given value"
    return f"{where}: {key} must be {_expected(key)}, not {shown}."


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UsageError(f"{file}: cannot be read as TOML ({error}). Correct or remove the file.") from None
