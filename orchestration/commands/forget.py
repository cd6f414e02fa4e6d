"""`warehouse forget`: a person's personal data leaves the warehouse."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ingest.foundation.settings import Settings
from orchestration.commands.options import Command, dry_run_option, json_option, pass_settings
from orchestration.commands.output import as_json, counted

if TYPE_CHECKING:
    from ingest.land.forget import Forgotten


@click.command(cls=Command)
@click.argument("user_id", metavar="USER")
@click.option("--reason", metavar="TEXT", help="Why; it stays in the ledger, with who and when.")
@dry_run_option
@json_option
@pass_settings
def forget(settings: Settings, *, user_id: str, reason: str | None, is_dry_run: bool, is_json: bool) -> None:
    """Remove a person's personal data; no figure changes.

    USER is the user_id. E-mail address, telephone, unknown columns and quarantined texts of the user's rows, orders and
    payments leave raw, and the file is written anew, so that nothing stays in its free pages. Backups and files that still
    hold the person are named. What a source delivers again lands again: forget again, or have the source forget first.
    """
    from ingest.land.forget import forget as forget_person
    from orchestration.backup.records import holding_earlier

    found = forget_person(settings, user_id, reason=reason, is_dry_run=is_dry_run)
    backups = holding_earlier(settings, found.erasures)
    if is_json:
        values = {"home": str(settings.home), "is_dry_run": is_dry_run, **asdict(found), "backups": backups}
        print(json.dumps(as_json(values), ensure_ascii=False, indent=2))
    else:
        print(_text(found, backups, is_dry_run=is_dry_run))


def _text(found: "Forgotten", backups: list[Path], *, is_dry_run: bool) -> str:
    lines = [
        f"personal data of {counted(found.row_count, 'row')} and {counted(found.quarantined_count, 'quarantined text')} "
        f"{'would be' if is_dry_run else 'is'} erased; no figure changes"
    ]
    lines += [f"{folder} still holds it: back up into it again, or remove it" for folder in backups]
    lines += [f"{path} still holds it: remove it" for path in found.still_in]
    lines += ["dry run: nothing was changed"] if is_dry_run else []
    return "\n".join(lines)
