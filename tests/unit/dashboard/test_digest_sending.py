"""Digests sent to a real mail server and a real webhook on this machine, each once."""

import json
import ssl
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

from dashboard.digest.build import Letter
from dashboard.digest.send import SENT_NAME, send
from dashboard.texts import Language
from ingest.foundation.errors import WarehouseError
from ingest.foundation.settings import Settings
from tests.support.servers import free_port
from tests.support.webhook import webhook


class MailServer:
    """A mail server that remembers its messages."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.logins: list[tuple[bytes, bytes]] = []

    async def handle_DATA(self, server: object, session: object, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        return "250 taken"

    def authenticate(
        self, server: object, session: object, envelope: object, way: str, data: LoginPassword
    ) -> AuthResult:
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"p@ss", handled=False)


@pytest.fixture
def mail() -> MailServer:
    return MailServer()


@pytest.fixture
def plain(mail: MailServer) -> Iterator[Controller]:
    controller = Controller(mail, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller
    controller.stop()


def letters(home: Path) -> list[Letter]:
    return [
        Letter(
            "2026-W09", language, f"subject {language.value} 净收入", "plain 文本", "<p>html</p>", home, home
        )
        for language in Language
    ]


def settings(tmp_path: Path, **values: object) -> Settings:
    made = Settings(
        home=tmp_path, mail_from="w@example.com", mail_to=["a@example.com", "b@example.com"], **values
    )
    made.digests_dir.mkdir(exist_ok=True)
    return made


def test_a_digest_is_mailed_once_in_the_languages_that_are_set(
    tmp_path: Path, mail: MailServer, plain: Controller
) -> None:
    made = settings(tmp_path, smtp_url=f"smtp://127.0.0.1:{plain.port}", digest_languages=["zh"])
    assert send(made, letters(tmp_path)) == ["sent 2026-W09.zh.mail"]
    assert send(made, letters(tmp_path)) == []
    (message,) = mail.messages
    assert message["Subject"] == "subject zh 净收入"
    assert message["To"] == "a@example.com, b@example.com"
    assert [part.get_content().strip() for part in message.iter_parts()] == ["plain 文本", "<p>html</p>"]
    assert list(json.loads((made.digests_dir / SENT_NAME).read_text())) == ["2026-W09.zh.mail"]


def test_one_way_that_fails_does_not_hold_the_other_and_is_tried_again(tmp_path: Path) -> None:
    with webhook() as (address, received):
        made = settings(
            tmp_path, smtp_url="smtp://127.0.0.1:1", digest_webhook_url=address, digest_languages=["en"]
        )
        with pytest.raises(WarehouseError, match=r"2026-W09\.en\.mail: Connection refused") as error:
            send(made, letters(tmp_path))
        assert "tries these again" in str(error.value)
        assert received == [{"text": "plain 文本"}]
        with pytest.raises(WarehouseError):
            send(made, letters(tmp_path))
        assert len(received) == 1


def test_a_webhook_that_refuses_is_told_without_its_address(tmp_path: Path) -> None:
    with webhook(status=500) as (address, _):
        made = settings(tmp_path, digest_webhook_url=address, digest_languages=["en"])
        with pytest.raises(WarehouseError, match="HTTP 500") as error:
            send(made, letters(tmp_path))
        assert "secret" not in str(error.value)


def test_a_password_never_goes_over_an_open_line(tmp_path: Path, mail: MailServer, plain: Controller) -> None:
    made = settings(tmp_path, smtp_url=f"smtp://u:p%40ss@127.0.0.1:{plain.port}", digest_languages=["en"])
    with pytest.raises(WarehouseError, match="offers no encryption; the password was not sent") as error:
        send(made, letters(tmp_path))
    assert "p%40ss" not in str(error.value)
    assert mail.messages == mail.logins == []


@pytest.fixture
def encrypted(mail: MailServer, tmp_path: Path) -> Iterator[tuple[Controller, Path]]:
    """A server that offers STARTTLS, and the certificate of its authority, which nobody trusts until told to."""
    authority = trustme.CA()
    certificate = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(certificate))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    controller = Controller(
        mail,
        hostname="localhost",
        port=free_port(),
        tls_context=context,
        require_starttls=True,
        authenticator=mail.authenticate,
        auth_required=True,
    )
    controller.start()
    yield controller, certificate
    controller.stop()


def test_a_password_is_given_to_a_server_whose_certificate_is_trusted(
    tmp_path: Path,
    mail: MailServer,
    encrypted: tuple[Controller, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    controller, certificate = encrypted
    address = f"smtp://u:p%40ss@localhost:{controller.port}"
    made = settings(tmp_path, smtp_url=address, digest_languages=["en"])
    with pytest.raises(WarehouseError, match="certificate is not trusted"):
        send(made, letters(tmp_path))
    assert mail.logins == []
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert send(made, letters(tmp_path)) == ["sent 2026-W09.en.mail"]
    assert mail.logins == [(b"u", b"p@ss")]
    wrong = settings(tmp_path, smtp_url=address.replace("p%40ss", "wrong"), digest_languages=["zh"])
    with pytest.raises(WarehouseError, match="the mail server answered 535") as error:
        send(wrong, letters(tmp_path))
    assert "wrong" not in str(error.value)


def test_half_a_setting_and_a_damaged_memory_are_told(tmp_path: Path) -> None:
    made = Settings(home=tmp_path, smtp_url="smtp://127.0.0.1:1")
    with pytest.raises(WarehouseError, match="set mail_from and mail_to as well"):
        send(made, letters(tmp_path))
    made = settings(tmp_path, digest_webhook_url="http://127.0.0.1:1/")
    (made.digests_dir / SENT_NAME).write_text("{")
    with pytest.raises(WarehouseError, match="nothing was sent"):
        send(made, letters(tmp_path))
