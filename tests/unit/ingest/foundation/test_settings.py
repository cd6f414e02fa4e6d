"""Defaults, settings.toml and the environment, in this order."""

import tomllib
from datetime import datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from ingest.foundation.errors import UsageError
from ingest.foundation.settings import Settings, load_settings, setting_rows, settings_file


def test_defaults_and_paths(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    assert settings.business_time_zone == "Asia/Shanghai"
    assert settings.official_rate_source == "central_parity"
    assert settings.fallback_rate_source is None
    assert settings.raw_path == tmp_path / "raw" / "warehouse.duckdb"
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


@pytest.mark.parametrize("value", ['"2026-10-18T20:00:00+08:00"', "2026-10-18T12:00:00Z"])
def test_a_fixed_now_is_an_instant_of_any_zone(tmp_path: Path, value: str) -> None:
    (tmp_path / "settings.toml").write_text(f"fixed_as_of = {value}\n")
    assert load_settings(tmp_path).now() == datetime(2026, 10, 18, 12)


def test_home_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAREHOUSE_HOME", str(tmp_path / "there"))
    assert load_settings().home == tmp_path / "there"
    assert not (tmp_path / "there").exists()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            'business_time_zone = "Mars/Olympus"',
            "business_time_zone must be an IANA time zone such as Asia/Shanghai, not 'Mars/Olympus'.",
        ),
        ('business_time_zone = "../etc/passwd"', "business_time_zone must be an IANA time zone"),
        ("business_time_zone = 8", "business_time_zone must be an IANA time zone"),
        ("stale_rate_days = 0", "stale_rate_days must be a whole number of at least 1, not 0."),
        ("stale_rate_days = 1.5", "stale_rate_days must be a whole number of at least 1, not 1.5."),
        ("stale_rate_days = true", "stale_rate_days must be a whole number of at least 1, not True."),
        ('calibration_time = "25:00"', "calibration_time must be a time of day such as 03:30, not '25:00'."),
        ('history_start_date = "1/2/2020"', "history_start_date must be a date such as 2020-01-01"),
        ('fixed_as_of = "2026-10-18T12:00:00"', "fixed_as_of must be an ISO 8601 instant with its offset"),
        ("fixed_as_of = 2026-10-18", "fixed_as_of must be an ISO 8601 instant with its offset"),
        ('display_currencies = ["usd"]', "display_currencies must be currency codes such as"),
        ("display_currencies = 3", "display_currencies must be currency codes such as"),
        ('memory_limit = "much"', "memory_limit must be a size such as 2GB or 512MB, not 'much'."),
        ('memory_limit = "0GB"', "memory_limit must be a size such as 2GB or 512MB"),
        ("full_refresh_share = 2", "full_refresh_share must be a number from 0 to 1, not 2."),
        ("lock_wait_seconds = nan", "lock_wait_seconds must be a number from 0 to 86400, not nan."),
        ('smtp_url = "mail.example.com"', "smtp_url must be an address such as smtp://"),
        ('mail_to = ["somebody"]', "mail_to must be mail addresses such as"),
        ('mail_from = "a b@example.com"', "mail_from must be a mail address"),
        ('digest_languages = ["de"]', "digest_languages must be languages such as"),
        ('webhook_url = "ftp://example.com"', "webhook_url must be an http or https address"),
        ('backup_dir = "kept"', "backup_dir must be an absolute path such as /mnt/backup"),
        ('engine = "flink"', "engine must be duckdb or spark, not 'flink'."),
        (
            'spark_address = "thrift://spark.example.com:10000"',
            "spark_address must be an address of Spark Connect",
        ),
        ('spark_catalog = "a b"', "spark_catalog must be the name of a catalog such as lake, not 'a b'."),
        ("spark_options = 3", "spark_options must be a table such as"),
        ('lake_dir = "lake"', "lake_dir must be an absolute path such as /mnt/lake, or an address"),
        ('handover_dir = "kept"', "handover_dir must be an absolute path such as"),
        ("rhythm_days = { payments = 0 }", "rhythm_days must be a table such as"),
        ("rhythm_days = { payments = true }", "rhythm_days must be a table such as"),
        ("rhythm_days = 3", "rhythm_days must be a table such as"),
        ("stale_rates_day = 3", "unknown setting 'stale_rates_day' (did you mean stale_rate_days?)."),
        ('home = "/elsewhere"', "unknown setting 'home'"),
        ("[payments]", "unknown setting 'payments'; known are business_time_zone, "),
        ("not toml at all", "cannot be read as TOML"),
    ],
)
def test_a_wrong_setting_is_a_usage_error_that_says_what_is_expected(
    tmp_path: Path, line: str, said: str
) -> None:
    (tmp_path / "settings.toml").write_text(line)
    with pytest.raises(UsageError) as caught:
        load_settings(tmp_path)
    assert f"{tmp_path / 'settings.toml'}: {said}" in str(caught.value)


def test_everything_wrong_is_said_at_once_and_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "settings.toml").write_text("stale_rate_days = 0\nunknown_key = 1\nkeep_publications = 0\n")
    monkeypatch.setenv("WAREHOUSE_KEEP_PUBLICATIONS", "none")
    with pytest.raises(UsageError) as caught:
        load_settings(tmp_path)
    unknown, stale, keep = str(caught.value).splitlines()
    assert "unknown setting 'unknown_key'" in unknown
    assert stale.startswith(f"{tmp_path / 'settings.toml'}: stale_rate_days must be ")
    assert keep == (
        "environment variable WAREHOUSE_KEEP_PUBLICATIONS: keep_publications must be a whole number of at "
        "least 1, not 'none'."
    )


def test_settings_of_a_lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings(tmp_path).lake_place == str(tmp_path / "lake")
    (tmp_path / "settings.toml").write_text(
        'engine = "spark"\nlake_dir = "s3a://bucket/lake/"\nspark_options = { "spark.ui.enabled" = false }\n'
    )
    settings = load_settings(tmp_path)
    assert settings.lake_place == "s3a://bucket/lake"
    assert settings.spark_options == {"spark.ui.enabled": "false"}
    monkeypatch.setenv("WAREHOUSE_SPARK_OPTIONS", "spark.master=local[2], spark.driver.memory=4g")
    assert load_settings(tmp_path).spark_options == {"spark.master": "local[2]", "spark.driver.memory": "4g"}
    (tmp_path / "settings.toml").write_text('spark_address = "sc:/x;token=secret"\n')
    with pytest.raises(UsageError) as caught:
        load_settings(tmp_path)
    assert "secret" not in str(caught.value)


def test_lists_and_tables_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "settings.toml").write_text("[rhythm_days]\nusers = 3\n")
    assert load_settings(tmp_path).rhythm_days == {"users": 3}
    monkeypatch.setenv("WAREHOUSE_DISPLAY_CURRENCIES", "USD, GBP,USD")
    monkeypatch.setenv("WAREHOUSE_RHYTHM_DAYS", "payments=2, refunds=none")
    settings = load_settings(tmp_path)
    assert settings.display_currencies == ("USD", "GBP")
    assert settings.rhythm_days == {"payments": 2, "refunds": None}


def test_settings_are_immutable_and_built_without_file_or_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "settings.toml").write_text("stale_rate_days = 3\n")
    monkeypatch.setenv("WAREHOUSE_KEEP_PUBLICATIONS", "9")
    settings = Settings(home=tmp_path, lock_wait_seconds=5)
    assert (settings.stale_rate_days, settings.keep_publications, settings.lock_wait_seconds) == (10, 3, 5)
    changed = settings.replace(stale_rate_days=4)
    assert (changed.stale_rate_days, changed.lock_wait_seconds, settings.stale_rate_days) == (4, 5, 10)
    with pytest.raises(ValidationError):
        settings.home = tmp_path / "elsewhere"
    with pytest.raises(ValidationError):
        settings.replace(stale_rate_days=0)


def test_every_setting_is_documented() -> None:
    for row in setting_rows():
        assert row.meaning.endswith("."), row.key
        assert row.default, row.key
        assert row.expected, row.key


def test_a_wrong_webhook_is_not_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAREHOUSE_WEBHOOK_URL", "example.com/secret-token")
    with pytest.raises(UsageError) as caught:
        load_settings(tmp_path)
    assert "secret-token" not in str(caught.value)


def test_the_commented_file_sets_nothing_and_each_of_its_lines_sets_the_default(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(settings_file(), encoding="utf-8")
    assert tomllib.loads(settings_file()) == {}
    assert load_settings(tmp_path) == Settings(home=tmp_path)
    setting_lines = [
        line[1:] for line in settings_file().splitlines() if line.startswith("#") and line[1:2] != " "
    ]
    assert [line.partition(" = ")[0] for line in setting_lines] == [row.key for row in setting_rows()]
    file.write_text("\n".join(setting_lines), encoding="utf-8")
    assert load_settings(tmp_path) == Settings(home=tmp_path)
