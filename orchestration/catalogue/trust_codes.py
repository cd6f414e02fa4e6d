"""The codes that docs/trust.md explains: causes of changes, reasons of quarantine and rejection.

Names come from the seed `code_labels`, what a reason means from `ingest.contract.reasons`.
"""

import csv
from collections.abc import Iterator, Mapping

from ingest.contract.reasons import FILE_REASONS, MODELLING_REASONS, NOTICES, ROW_REASONS
from orchestration.catalogue.project import PROJECT_DIR

# Why a published figure changed, or why a calibration found a difference (R21).
CAUSES: dict[str, str] = {
    "late_landing": "rows that the figure rests on were delivered, or delivered again, after its period had closed",
    "rate_final": "money only: the official rate arrived or was corrected after the figure was published on an earlier one",
    "attribute_changed": "a user, shipping line or label moved rows from one key of the table to another; the total is the same",
    "definition_change": "the program computes the figure differently since a new version",
    "settings_change": "a setting that figures depend on was changed, such as the official rate source",
    "revoked": "a landing that the figure rested on was withdrawn with `warehouse revoke`",
    "unexplained": "none of these: a bug. Readers have the rebuilt figure; report it",
}


def labels(code_list: str) -> dict[str, tuple[str, str]]:
    """Code -> its English and Chinese name, in the order of the seed."""
    seed = PROJECT_DIR / "seeds" / "code_labels.csv"
    with seed.open(encoding="utf-8", newline="") as stream:
        return {
            row["code"]: (row["label_en"], row["label_zh"])
            for row in csv.DictReader(stream)
            if row["code_list"] == code_list
        }


def causes() -> str:
    return "\n".join(_table("change_cause", CAUSES))


def row_reasons() -> str:
    return "\n".join(_table("quarantine_reason", ROW_REASONS))


def modelling_reasons() -> str:
    return "\n".join(_table("quarantine_reason", {**MODELLING_REASONS, **NOTICES}))


def file_reasons() -> str:
    return "\n".join(_table("rejection_reason", FILE_REASONS))


def _table(code_list: str, meanings: Mapping[str, str]) -> Iterator[str]:
    """A markdown table. Raises KeyError for a code that has no name."""
    named = labels(code_list)
    yield "| code | is called | means |"
    yield "|---|---|---|"
    for code, meaning in meanings.items():
        english, chinese = named[code]
        yield f"| `{code}` | {english} / {chinese} | {meaning} |"
