"""Figures, language and zone of one page: how its measures, codes and values are called and written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dashboard import formats
from dashboard.explained import explain_command
from dashboard.figures import CNY, Definition, Row, Window
from dashboard.formats import Kind
from dashboard.pages.measure import Measure
from dashboard.pages.model import Column, Meaning
from dashboard.texts import Language, text
from orchestration.reading.published import Publication
from orchestration.reading.trust import Trust

_UNITS = {Kind.WEIGHT_KG: "kg"}
# Endings of column names that say the unit: a measure without a label is called by its column without them.
_UNIT_ENDINGS = ("_cny", "_g", "_count", "_ratio")
# The list of a dimension's codes where it is not called as the dimension. Currencies stay codes, as in the heads
# of columns and the choice of currency.
_CODE_LISTS = {
    "country_code": "country",
    "destination_country": "country",
    "currency_code": "",
    "reason": "refund_reason",
}


@dataclass(frozen=True)
class Figures:
    """All that is shown in one display currency: the rows of each query in each window, what they are from, how far to trust.

    `examples` is a row of each table that people can look up; `unrated` are the display currencies without any rate.
    """

    currency_code: str
    publication: Publication
    trust: Trust
    rows: Mapping[tuple[str, Window], list[Row]]
    definitions: Mapping[tuple[str, str], Definition]
    code_labels: Mapping[tuple[str, str], tuple[str, str]]
    examples: Mapping[str, Row]
    unrated: tuple[str, ...] = ()


@dataclass
class Context:
    """Figures, language and zone of one page. `meanings` are the definitions that the page used."""

    figures: Figures
    language: Language
    zone: ZoneInfo
    meanings: list[Meaning] = field(default_factory=list)

    @property
    def is_chinese(self) -> bool:
        return self.language is Language.ZH

    @property
    def now(self) -> datetime:
        """The as-of in the business zone."""
        return self.figures.publication.as_of_at.replace(tzinfo=ZoneInfo("UTC")).astimezone(self.zone)

    def text(self, key: str, **values: object) -> str:
        return text(key, self.language, **values)

    def rows(self, name: str, window: Window = Window.RECENT) -> list[Row]:
        return self.figures.rows[name, window]

    def value(self, value: Any, kind: Kind) -> str:
        return formats.value_text(value, kind, self.zone)

    def unit(self, measure: Measure) -> str:
        if measure.kind in (Kind.MONEY, Kind.MONEY_WHOLE):
            return CNY if measure.is_cny else self.figures.currency_code
        return _UNITS.get(measure.kind, "")

    def label(self, measure: Measure) -> str:
        """What a measure is called, with the part of it that it is."""
        label = self._measure_label(measure)
        if not any(measure.part):
            return label
        return self.text("part", measure=label, part=self.code(*measure.part))

    def _measure_label(self, measure: Measure) -> str:
        """What a measure is called: by audit.metrics, else by its column."""
        defined = self.figures.definitions.get((measure.table, measure.column))
        label = defined and (defined.label_zh if self.is_chinese else defined.label_en)
        if label:
            return label
        name = measure.column
        for ending in _UNIT_ENDINGS:
            name = name.removesuffix(ending)
        return name.replace("_", " ").capitalize()

    def definition(self, measure: Measure) -> int | None:
        """The place of a measure's definition on the page, None where it has none.

        A label with two meanings has two places.
        """
        defined = self.figures.definitions.get((measure.table, measure.column))
        words = defined and (defined.text_zh if self.is_chinese else defined.text_en)
        if not words:
            return None
        label = self._measure_label(measure)
        for place, meaning in enumerate(self.meanings):
            if (meaning.label, meaning.text) == (label, words):
                return place
        example = self.figures.examples.get(measure.table)
        self.meanings.append(Meaning(label, words, explain_command(measure.table, measure.column, example)))
        return len(self.meanings) - 1

    def column(self, measure: Measure) -> Column:
        return Column(self.label(measure), measure.kind, self.unit(measure), self.definition(measure))

    def code(self, dimension: str, code: str) -> str:
        """A code as people say it (audit.code_labels); one that a source invented is shown as it is."""
        label = self.figures.code_labels.get((_CODE_LISTS.get(dimension, dimension), code))
        return label[self.is_chinese] if label else code

    def dimension(self, key: str) -> Column:
        return Column(self.text(key), Kind.NAME)
