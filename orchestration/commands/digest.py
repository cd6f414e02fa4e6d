"""`warehouse digest`: the last finished week and month as mails."""

import click

from ingest.foundation.errors import UsageError
from ingest.foundation.settings import Settings
from orchestration.commands.options import Command, pass_settings


@click.command(cls=Command)
@click.option("--send", "is_to_send", is_flag=True, help="Deliver what has not been delivered yet.")
@pass_settings
def digest(settings: Settings, *, is_to_send: bool) -> None:
    """Write the digests of the last finished week and month.

    The figures of the four modules beside the period before, and which published figures changed and why: HTML and plain
    text, in English and Chinese. Dagster does it after every calibration.
    """
    from dashboard.digest.build import build_digests
    from dashboard.digest.send import send, ways

    if is_to_send and not ways(settings):
        raise UsageError(
            "--send needs the setting smtp_url (with mail_from and mail_to) or digest_webhook_url."
        )
    letters = build_digests(settings)
    for letter in letters:
        print(letter.html_path)
    if is_to_send:
        for line in send(settings, letters) or ["everything had been sent before"]:
            print(line)
