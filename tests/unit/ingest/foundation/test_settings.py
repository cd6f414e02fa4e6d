"""Defaults, settings.toml and the environment, in this order."""

from pathlib import Path

import pytest

from ingest.foundation.errors import UsageError
from ingest.foundation.settings import load_settings


def test_defaults_and_paths(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    assert settings.business_time_zone == "Asia/Shanghai"
    assert settings.official_rate_source == "central_parity"
    assert settings.fallback_rate_source is None
    assert settings.build_path == tmp_path / "build" / "warehouse.duckdb"
    assert settings.published_path == tmp_path / "published" / "warehouse.duckdb"


def test_environment_overrides_file_overrides_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "settings.toml").write_text(
        'stale_rate_days = 3\nkeep_publications = 7\ndisplay_currencies = ["GBP"]\n'
    )
    monkeypatch.setenv("WAREHOUSE_KEEP_PUBLICATIONS", "9")
    monkeypatch.setenv("WAREHOUSE_FALLBACK_RATE_SOURCE", "ecb")
    settings = load_settings(tmp_path)
    assert (settings.stale_rate_days, settings.keep_publications) == (3, 9)
    assert settings.display_currencies == ("GBP",)
    assert settings.fallback_rate_source == "ecb"


def test_home_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAREHOUSE_HOME", str(tmp_path / "there"))
    assert load_settings().home == tmp_path / "there"
    assert not (tmp_path / "there").exists()


@pytest.mark.parametrize(
    "line",
    [
        "unknown_key = 1",
        'business_time_zone = "Mars/Olympus"',
        'business_time_zone = "../etc/passwd"',
        "stale_rate_days = 0",
        "stale_rate_days = 1.5",
        "stale_rate_days = true",
        'calibration_time = "25:00"',
        'display_currencies = ["usd"]',
        "full_refresh_share = 2",
        'webhook_url = "ftp://example.com"',
        "not toml at all",
    ],
)
def test_a_wrong_setting_is_a_usage_error_that_names_the_file(tmp_path: Path, line: str) -> None:
    (tmp_path / "settings.toml").write_text(line)
    with pytest.raises(UsageError, match=r"settings\.toml"):
        load_settings(tmp_path)


def test_a_wrong_webhook_is_not_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAREHOUSE_WEBHOOK_URL", "example.com/secret-token")
    with pytest.raises(UsageError) as caught:
        load_settings(tmp_path)
    assert "secret-token" not in str(caught.value)
