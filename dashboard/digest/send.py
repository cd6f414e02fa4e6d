"""Delivers digests by mail and to a webhook, each period once: `sent.json` beside the files remembers what went where."""

import json
import os
import smtplib
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

from dashboard.digest.build import Letter
from ingest.foundation.clock import utc_now
from ingest.foundation.errors import WarehouseError
from ingest.foundation.settings import Settings

TIMEOUT_SECONDS = 20
SENT_NAME = "sent.json"


def ways(settings: Settings) -> dict[str, Callable[[Settings, Letter], None]]:
    """The ways that are set: mail, webhook, both or none.

    Raises WarehouseError where mail is set by half.
    """
    found: dict[str, Callable[[Settings, Letter], None]] = {}
    if settings.smtp_url:
        if not (settings.mail_from and settings.mail_to):
            raise WarehouseError("smtp_url is set, but not who mails: set mail_from and mail_to as well.")
        found["mail"] = _mail
    if settings.digest_webhook_url:
        found["webhook"] = _post
    return found


def send(settings: Settings, letters: Sequence[Letter]) -> list[str]:
    """Deliver what has not been delivered yet, in the languages that are set; returns a line for each delivery.

    Raises WarehouseError after the other deliveries where one failed; the next call tries that one again.
    """
    done, problems = [], []
    for letter in letters:
        if letter.language.value not in settings.digest_languages:
            continue
        for way, deliver in ways(settings).items():
            name = f"{letter.key}.{letter.language.value}.{way}"
            sent = _sent(settings)
            if name in sent:
                continue
            try:
                deliver(settings, letter)
            except (OSError, smtplib.SMTPException) as error:
                problems.append(f"{name}: {_problem(error)}")
                continue
            _remember(settings, sent | {name: f"{utc_now():%Y-%m-%dT%H:%M:%SZ}"})
            done.append(f"sent {name}")
    if problems:
        raise WarehouseError(
            "not every digest was sent:\n"
            + "\n".join(problems)
            + f"\nThey stand in {settings.digests_dir}; `warehouse digest --send` tries these again."
        )
    return done


def _problem(error: Exception) -> str:
    """What went wrong, without addresses and answers that may carry a secret."""
    if isinstance(error, urllib.error.HTTPError):
        return f"HTTP {error.code}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the server's certificate is not trusted ({error.verify_message})"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"the mail server answered {error.smtp_code}"
    if isinstance(error, smtplib.SMTPException):
        return str(error) if isinstance(error, smtplib.SMTPNotSupportedError) else type(error).__name__
    return getattr(error, "strerror", None) or type(error).__name__


def _mail(settings: Settings, letter: Letter) -> None:
    """One message with both forms. A password is sent over an encrypted connection only."""
    message = EmailMessage()
    message["Subject"] = letter.subject
    message["From"] = settings.mail_from
    message["To"] = ", ".join(settings.mail_to)
    message["Date"] = formatdate(usegmt=True)
    message["Message-ID"] = make_msgid(domain="daigou-warehouse.invalid")
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    address = urlsplit(settings.smtp_url or "")
    trusted = ssl.create_default_context()
    host = address.hostname or ""
    if address.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, address.port or 465, timeout=TIMEOUT_SECONDS, context=trusted
        )
    else:
        server = smtplib.SMTP(host, address.port or 587, timeout=TIMEOUT_SECONDS)
    with server:
        server.ehlo_or_helo_if_needed()
        is_encrypted = address.scheme == "smtps"
        if not is_encrypted and server.has_extn("starttls"):
            server.starttls(context=trusted)
            is_encrypted = True
        if address.username:
            if not is_encrypted:
                raise smtplib.SMTPNotSupportedError(
                    "the mail server offers no encryption; the password was not sent to it"
                )
            server.login(unquote(address.username), unquote(address.password or ""))
        server.send_message(message)


def _post(settings: Settings, letter: Letter) -> None:
    """POST {"text": …} as JSON, the form that chat programs take."""
    request = urllib.request.Request(
        settings.digest_webhook_url or "",
        data=json.dumps({"text": letter.text}).encode(),
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS):
        pass


def _sent(settings: Settings) -> dict[str, str]:
    path = settings.digests_dir / SENT_NAME
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        raise WarehouseError(
            f"{path} cannot be read as JSON: what was sent before is not known, and nothing was sent. "
            "Remove the file to have everything sent again."
        ) from None
    return dict(found)


def _remember(settings: Settings, sent: dict[str, str]) -> None:
    aside = settings.digests_dir / f".{SENT_NAME}"
    aside.write_text(json.dumps(sent, indent=2) + "\n", encoding="utf-8")
    os.replace(aside, settings.digests_dir / SENT_NAME)
