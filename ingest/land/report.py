"""What became of what was to be landed, for people and for programs."""

from dataclasses import dataclass, field

from ingest.foundation.shown import shown_code
from ingest.raw.batches import REJECTED

ALREADY_LANDED = "already_landed"
LEFT = "left"
# Of a dry run: what landing would try.
NEW = "new"


@dataclass(frozen=True)
class BatchReport:
    """What became of one file or table.

    `status`: landed, rejected, already_landed, left (for the next landing); in a dry run new instead of landed.
    `converted_counts`: by column, values that were brought into the contract's form. `source_name` and
    `unknown_columns` are as they may be shown.
    """

    feed: str
    source_name: str
    source_kind: str
    status: str
    batch_id: str | None = None
    rows_read: int = 0
    rows_accepted: int = 0
    rows_quarantined: int = 0
    quarantine_reasons: dict[str, int] = field(default_factory=dict)
    converted_counts: dict[str, int] = field(default_factory=dict)
    unknown_columns: tuple[str, ...] = ()
    byte_count: int | None = None
    message: str = ""

    def line(self) -> str:
        """One line for people."""
        place = f"{self.feed}/{self.source_name}"
        if self.status == REJECTED:
            return f"{place}: rejected, nothing of it landed. {self.message}"
        if self.status == ALREADY_LANDED:
            return f"{place}: already landed ({self.message})"
        if self.status == LEFT:
            return f"{place}: left for the next landing: {self.message}"
        if self.status == NEW and self.byte_count is not None:
            return f"{place}: would land, {self.byte_count} bytes"
        parts = [f"{self.rows_accepted} rows {'would land' if self.status == NEW else 'landed'}"]
        if self.rows_quarantined:
            reasons = ", ".join(
                f"{reason} {count}" for reason, count in sorted(self.quarantine_reasons.items())
            )
            parts.append(f"{self.rows_quarantined} quarantined ({reasons})")
        if self.converted_counts:
            counts = ", ".join(f"{column} {count}" for column, count in self.converted_counts.items())
            parts.append(f"values converted: {counts}")
        if self.unknown_columns:
            parts.append(f"unknown columns kept aside: {', '.join(self.unknown_columns)}")
        return f"{place}: {'; '.join(parts)}"


@dataclass(frozen=True)
class LandingReport:
    """What became of everything below a landing folder. `notes` name what was left alone."""

    batches: tuple[BatchReport, ...]
    notes: tuple[str, ...] = ()

    @property
    def rejected(self) -> tuple[BatchReport, ...]:
        return tuple(batch for batch in self.batches if batch.status == REJECTED)

    @property
    def rows_accepted(self) -> int:
        return sum(batch.rows_accepted for batch in self.batches)

    @property
    def rows_quarantined(self) -> int:
        return sum(batch.rows_quarantined for batch in self.batches)

    @property
    def exit_status(self) -> int:
        """1 if a file was rejected, else 0; quarantined rows are no failure."""
        return 1 if self.rejected else 0

    def lines(self) -> list[str]:
        return [*(batch.line() for batch in self.batches), *self.notes]


def shown_columns(unknown_columns: tuple[str, ...]) -> tuple[str, ...]:
    """Names of unknown columns as they may be shown and published (R20)."""
    return tuple(shown_code(name.strip()) for name in unknown_columns)
