"""Writes the digests of the last finished week and month below `$WAREHOUSE_HOME/digests/`, in both languages."""

import os
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from dashboard.digest.content import digest, read_rows
from dashboard.digest.periods import Span, last_finished
from dashboard.figures import CNY, Reader
from dashboard.pages.context import Context, Figures
from dashboard.texts import Language
from ingest.foundation.readers import let_readers_in
from ingest.foundation.settings import Settings
from orchestration.reading.published import open_published, read_publication
from orchestration.reading.trust import read_trust


@dataclass(frozen=True)
class Letter:
    """A digest as written: `key` is its period (2026-W39, 2026-09), `text` and `html` are the same in two forms."""

    key: str
    language: Language
    subject: str
    text: str
    html: str
    text_path: Path
    html_path: Path


def build_digests(settings: Settings) -> list[Letter]:
    """Write the digests that the publication gives, over earlier ones of the same periods.

    Raises WarehouseError where nothing is published.
    """
    zone = ZoneInfo(settings.business_time_zone)
    settings.digests_dir.mkdir(parents=True, exist_ok=True)
    let_readers_in(settings, settings.digests_dir)
    letters = []
    with open_published(settings) as connection:
        publication = read_publication(settings, connection)
        trust = read_trust(settings, connection)
        reader = Reader(connection)
        figures = Figures(CNY, publication, trust, {}, reader.definitions, reader.code_labels, {})
        for span in Span:
            period = last_finished(span, publication.as_of_date)
            rows = read_rows(reader, period, zone)
            for language in Language:
                said = digest(Context(figures, language, zone), period, rows)
                context = {
                    "digest": said,
                    "language": language,
                    "text": Context(figures, language, zone).text,
                }
                text, html = (
                    _environment(kind).get_template(f"digest.{kind}.j2").render(**context)
                    for kind in ("txt", "html")
                )
                stem = settings.digests_dir / f"{period.key}.{language.value}"
                letter = Letter(
                    period.key,
                    language,
                    said.subject,
                    text,
                    html,
                    stem.with_name(f"{stem.name}.txt"),
                    stem.with_name(f"{stem.name}.html"),
                )
                _write(settings, letter.text_path, text)
                _write(settings, letter.html_path, html)
                letters.append(letter)
    return letters


def _environment(kind: str) -> Environment:
    return Environment(
        loader=PackageLoader("dashboard"),
        autoescape=kind == "html",
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _write(settings: Settings, path: Path, text: str) -> None:
    """A reader sees the old file or the new one."""
    aside = path.with_name(f".{path.name}")
    aside.write_text(text, encoding="utf-8")
    let_readers_in(settings, aside)
    os.replace(aside, path)
