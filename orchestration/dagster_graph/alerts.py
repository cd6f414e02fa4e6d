"""Telling people what is wrong: a line in the log, in logs/alerts.log and, if set, to a webhook."""

import json
import logging
import urllib.error
import urllib.request

from ingest.foundation.clock import utc_now
from ingest.foundation.settings import Settings

WEBHOOK_TIMEOUT_SECONDS = 10
_MAXIMUM_LENGTH = 2000


def alert(settings: Settings, text: str, log: logging.Logger) -> None:
    """Tell of something that is wrong. Never raises: the failure itself matters more."""
    tell(settings, text, log, logging.ERROR)


def tell(settings: Settings, text: str, log: logging.Logger, level: int) -> None:
    """Write `text` as one line wherever it should be seen."""
    line = " ".join(text.split())[:_MAXIMUM_LENGTH]
    log.log(level, line)
    try:
        settings.logs_dir.mkdir(parents=True, exist_ok=True)
        with (settings.logs_dir / "alerts.log").open("a", encoding="utf-8") as file:
            file.write(f"{utc_now():%Y-%m-%dT%H:%M:%SZ} {line}\n")
    except OSError as error:
        log.warning(f"logs/alerts.log could not be written: {error.strerror}")
    if settings.webhook_url:
        problem = _post(settings.webhook_url, line)
        if problem:
            log.warning(f"The webhook was not reached ({problem}); it is in logs/alerts.log.")


def _post(url: str, line: str) -> str | None:
    """POST {"text": line} as JSON; returns what went wrong, without the address, which may carry a secret."""
    request = urllib.request.Request(
        url,
        data=json.dumps({"text": line}).encode(),
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    try:
        with urllib.request.urlopen(request, timeout=WEBHOOK_TIMEOUT_SECONDS):
            return None
    except urllib.error.HTTPError as error:
        return f"HTTP {error.code}"
    except Exception as error:
        return type(error).__name__
