"""What came from outside cannot command the terminal: everything unprintable is shown escaped."""

import re
from pathlib import Path

import pytest

from orchestration.cli import main
from orchestration.runs.increment import increment
from tests.support.small_platform import ORDER, USER, Platform, day, payment

# Clears the screen, sets the window's title, the same with one byte of ISO 6429, turns the line around.
HOSTILE = "\x1b[2J\x1b]0;owned\x07\x9b2J\u202e"
UNSAFE = re.compile(r"[^\n\t\x20-\x7e÷…]")


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    folder = tmp_path_factory.mktemp("terminal")
    one = Platform(folder / "home", folder / "exports")
    one.lands("users", {**USER, "user_id": f"u{HOSTILE}1"})
    one.lands("purchase_orders", {**ORDER, "user_id": f"u{HOSTILE}1", "cancel_reason": HOSTILE})
    one.lands("payments", payment(1, "2026-03-01 10:00:00", "500"))
    one.lands("payments", {**payment(2, f"never{HOSTILE}", "100"), "payment_id": f"y{HOSTILE}2"})
    increment(one.settings, day(3))
    return one


def shown(capsys: pytest.CaptureFixture[str], platform: Platform, *words: str) -> tuple[int, str]:
    status = main(["--home", str(platform.settings.home), *words])
    said = capsys.readouterr()
    return status, said.out + said.err


def test_quarantine(platform: Platform, capsys: pytest.CaptureFixture[str]) -> None:
    status, listed = shown(capsys, platform, "quarantine", "list")
    assert status == 0
    (refused,) = [line.split()[0] for line in listed.splitlines() if "payments/" in line]
    status, row = shown(capsys, platform, "quarantine", "show", refused)
    assert status == 0
    assert "\\x1b[2J" in row
    assert not UNSAFE.findall(listed + row)


def test_explain(platform: Platform, capsys: pytest.CaptureFixture[str]) -> None:
    key = ["core_daily", "paid_order_count", "business_date=2026-03-01", "business_type=purchase"]
    status, said = shown(capsys, platform, "explain", *key)
    assert status == 0
    assert "\\x1b[2J" in said
    assert not UNSAFE.findall(said)


@pytest.mark.parametrize("sql", ["select chr(27) || '[2J' as a", 'select 1 as "\x1b[2J"'])
def test_query(platform: Platform, capfd: pytest.CaptureFixture[str], sql: str) -> None:
    assert main(["--home", str(platform.settings.home), "query", sql]) == 0
    said = capfd.readouterr().out
    assert "\\x1b[2J" in said
    assert not UNSAFE.findall(said)


def test_errors(platform: Platform, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for words in (
        ["query", "select cast(chr(27) || '[2J' as int)"],
        ["land", str(tmp_path / "\x1b[2J")],
        ["revoke", "\x1b[2J"],
    ):
        status, said = shown(capsys, platform, *words)
        assert status in (1, 2)
        assert not UNSAFE.findall(said)


@pytest.mark.parametrize("zone", ["Nonsense/Zone", "", "../../etc/passwd", "localtime", "+08:00"])
def test_a_time_zone_that_is_none_is_wrong_usage(
    platform: Platform, capsys: pytest.CaptureFixture[str], zone: str
) -> None:
    status, said = shown(capsys, platform, "land", str(platform.exports), "--source-time-zone", zone)
    assert status == 2
    assert "is not an IANA time zone such as Asia/Shanghai" in said
