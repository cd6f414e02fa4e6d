"""A new home: settings.toml, aliases.toml and one sample file a feed."""

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from ingest.contract.aliases import ALIASES_FILE
from ingest.contract.feeds import FEEDS
from ingest.contract.samples import sample_rows
from ingest.databases.addresses import parse_database_url
from ingest.databases.draft import Draft, draft_mapping
from ingest.foundation.clock import in_zone, now
from ingest.foundation.errors import UsageError, WarehouseError
from ingest.foundation.settings import FILE_NAME, Settings, settings_file

SAMPLES = "samples"
MAPPING = "mapping.toml"


@dataclass(frozen=True)
class NewHome:
    """What was written: the two files that a user may fill, and the folder that has one folder a feed."""

    settings_file: Path
    aliases_file: Path
    samples: Path


def make_home(home: Path) -> NewHome:
    """Writes `settings.toml`, `aliases.toml`, `samples/<feed>/sample.csv` into `home`, which is made where it is missing.

    The samples tell what one customer did in the weeks up to yesterday. Raises UsageError where one of the files, or a
    warehouse, is there already; WarehouseError where the folder cannot be written. Nothing is ever overwritten.
    """
    settings = Settings(home=home)
    made = NewHome(home / FILE_NAME, settings.aliases_path, home / SAMPLES)
    written = (made.settings_file, made.aliases_file, made.samples)
    for path in (*written, settings.raw_path, settings.build_path, settings.published_path):
        if path.exists():
            raise UsageError(
                f"{path} is there already. Nothing was changed. Give a folder of its own: warehouse init DIR"
            )
    today = in_zone(now(), ZoneInfo(settings.business_time_zone)).date()
    try:
        for feed in FEEDS:
            _write_sample(made.samples / feed / "sample.csv", feed, today - timedelta(days=1))
        for path, text in ((made.aliases_file, ALIASES_FILE), (made.settings_file, settings_file())):
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        raise _cannot_write(home, error) from error
    return made


@dataclass(frozen=True)
class DraftedHome:
    """The mapping that was drafted from a database, and its file."""

    file: Path
    shown_address: str
    draft: Draft


def draft_home(home: Path, url: str) -> DraftedHome:
    """Writes `mapping.toml` into `home`, drafted from the database at `url`, and the settings where there are none.

    Raises UsageError for a wrong address and where a mapping is there already; WarehouseError where the database cannot
    be read or the folder not be written. The file never holds a credential.
    """
    address = parse_database_url(url)
    file = home / MAPPING
    if file.exists():
        raise UsageError(
            f"{file} is there already. Nothing was changed. Move it away, or give another folder."
        )
    draft = draft_mapping(address)
    settings = Settings(home=home)
    texts = {file: draft.text}
    if not (home / FILE_NAME).exists():
        texts |= {settings.aliases_path: ALIASES_FILE, home / FILE_NAME: settings_file()}
    try:
        home.mkdir(parents=True, exist_ok=True)
        for path, text in texts.items():
            with path.open("x", encoding="utf-8") as opened:
                opened.write(text)
    except OSError as error:
        raise _cannot_write(home, error) from error
    return DraftedHome(file, address.shown, draft)


def _cannot_write(home: Path, error: OSError) -> WarehouseError:
    return WarehouseError(
        f"{error.filename or home}: {error.strerror}. Nothing that was there was changed. Give a folder that can be "
        "written, and remove what this attempt has left in it."
    )


def _write_sample(path: Path, feed: str, last_date: date) -> None:
    path.parent.mkdir(parents=True)
    with path.open("x", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FEEDS[feed].column_names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(sample_rows(FEEDS[feed], last_date))
