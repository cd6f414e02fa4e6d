"""A platform of a handful of rows in March 2026, landed file by file; and a copy of the dbt project to change."""

import contextlib
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import duckdb
import pytest

from ingest.foundation.settings import Settings
from ingest.land.folders import land_path
from orchestration.catalogue import project
from orchestration.runs.calibrate import CalibrationReport
from orchestration.runs.increment import increment
from tests.support.landing import csv_text, deliver

USER = {
    "user_id": "u1",
    "registered_at": "2026-03-01 00:00:00",
    "updated_at": "2026-03-01 00:00:00",
    "country_code": "US",
}
ORDER = {
    "order_id": "p1",
    "user_id": "u1",
    "platform": "taobao",
    "created_at": "2026-03-01 09:00:00",
    "status": "paid",
    "goods_cny": "500",
    "updated_at": "2026-03-01 09:00:00",
}


def payment(number: int, paid_at: str, amount: str, currency_code: str = "CNY") -> dict[str, str]:
    return {
        "payment_id": f"y{number}",
        "user_id": "u1",
        "order_type": "purchase",
        "order_id": "p1",
        "purpose": "order",
        "method": "card",
        "initiated_at": paid_at,
        "succeeded_at": paid_at,
        "status": "succeeded",
        "currency_code": currency_code,
        "amount": amount,
        "updated_at": paid_at,
    }


def refund(number: int, completed_at: str) -> dict[str, str]:
    return {
        "refund_id": f"r{number}",
        "payment_id": "y1",
        "requested_at": completed_at,
        "completed_at": completed_at,
        "status": "completed",
        "amount_cny": "5",
        "updated_at": completed_at,
    }


def rate(date: str, value: str) -> dict[str, str]:
    return {"rate_source": "central_parity", "rate_date": date, "currency_code": "USD", "quote_value": value}


class Platform:
    """A warehouse and the folder its exports arrive in."""

    def __init__(self, home: Path, exports: Path) -> None:
        self.settings = Settings(home=home, lock_wait_seconds=5)
        self.exports = exports
        self.count = 0

    def copied_to(self, folder: Path) -> Self:
        """The same in another folder, to change."""
        shutil.copytree(self.settings.home, folder / "home")
        shutil.copytree(self.exports, folder / "exports")
        copy = type(self)(folder / "home", folder / "exports")
        copy.settings = self.settings.replace(home=folder / "home")
        copy.count = self.count
        return copy

    def lands(self, feed: str, *rows: dict[str, str]) -> None:
        self.count += 1
        deliver(self.exports, f"{feed}/{self.count}.csv", csv_text(rows))
        report = land_path(self.settings, self.exports)
        assert not report.rejected, report.lines()

    def published(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.settings.published_path), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def drift_of(self, report: CalibrationReport) -> set[tuple[Any, ...]]:
        return set(
            self.published(
                "select table_name, column_name, incremental_value, calibrated_value, cause from audit.calibration_drift "
                f"where run_id = '{report.run.run_id}'"
            )
        )


def with_one_payment(folder: Path, user: dict[str, str] = USER, *, amount: str = "500") -> Platform:
    """In `folder`: one publication, as of 3 March 2026, and so many yuan paid."""
    one = Platform(folder / "home", folder / "exports")
    one.lands("users", user)
    one.lands("purchase_orders", ORDER)
    one.lands("payments", payment(1, "2026-03-01 10:00:00", amount))
    increment(one.settings, day(3))
    return one


def day(number: int, hour: int = 0) -> datetime:
    """An instant of March 2026, naive UTC."""
    return datetime(2026, 3, number, hour)


@contextlib.contextmanager
def own_copy_of_project(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the dbt project to change, used by the pipeline meanwhile."""
    copy = folder / "dbt_project"
    shutil.copytree(project.PROJECT_DIR, copy, ignore=shutil.ignore_patterns("target", "logs"))
    monkeypatch.setattr(project, "PROJECT_DIR", copy)
    project.forget_manifest()
    try:
        yield copy
    finally:
        project.forget_manifest()


def edit(model: Path, old: str, new: str) -> None:
    text = model.read_text(encoding="utf-8")
    assert old in text
    model.write_text(text.replace(old, new), encoding="utf-8")
