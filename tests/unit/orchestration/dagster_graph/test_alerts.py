"""One line for a failure, whatever becomes of the webhook."""

import logging
import socket

import pytest

from ingest.foundation.settings import Settings
from orchestration.dagster_graph import alerts
from orchestration.dagster_graph.alerts import alert
from tests.support.webhook import webhook

log = logging.getLogger("test")


def failures(settings: Settings) -> list[str]:
    return (settings.logs_dir / "alerts.log").read_text(encoding="utf-8").splitlines()


def test_it_is_one_line_in_the_log_the_file_and_the_webhook(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with webhook() as (url, received):
        alert(settings.replace(webhook_url=url), "calibration_job failed:\n  model core_daily:\n  gone", log)
    line = "calibration_job failed: model core_daily: gone"
    assert received == [{"text": line}]
    assert [entry.split(" ", 1)[1] for entry in failures(settings)] == [line]
    assert [record.getMessage() for record in caplog.records] == [line]


def test_without_a_webhook_only_the_files_are_written(settings: Settings) -> None:
    alert(settings, "first", log)
    alert(settings, "second", log)
    assert [entry.split(" ", 1)[1] for entry in failures(settings)] == ["first", "second"]


def test_a_webhook_that_refuses_is_a_warning_without_its_address(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with webhook(status=500) as (url, received):
        alert(settings.replace(webhook_url=url), "it failed", log)
    assert received == [{"text": "it failed"}]
    assert "HTTP 500" in caplog.text
    assert "secret" not in caplog.text
    assert failures(settings)[0].endswith("it failed")


def test_a_dead_webhook_hides_nothing(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/hook?token=secret"
        alert(settings.replace(webhook_url=url), "it failed", log)
    assert "it failed" in caplog.text
    assert "webhook was not reached" in caplog.text
    assert "secret" not in caplog.text
    assert failures(settings)[0].endswith("it failed")


def test_a_webhook_that_never_answers_is_given_up(
    settings: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts, "WEBHOOK_TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/hook"
        alert(settings.replace(webhook_url=url), "it failed", log)
    assert "webhook was not reached" in caplog.text


def test_a_file_that_cannot_be_written_does_not_stop_the_webhook(settings: Settings) -> None:
    settings.home.mkdir()
    settings.logs_dir.write_text("in the way", encoding="utf-8")
    with webhook() as (url, received):
        alert(settings.replace(webhook_url=url), "it failed", log)
    assert received == [{"text": "it failed"}]
