"""`warehouse revoke`: withdraws a landing, or brings it back."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from ingest.foundation.settings import Settings
from orchestration.commands.options import Command, dry_run_option, json_option, pass_settings
from orchestration.commands.output import as_json, counted

if TYPE_CHECKING:
    from ingest.land.revoke import Revocation


_NEXT = {
    False: "`warehouse increment` takes it up. A file that stays in its landing folder lands again with the next landing: "
    "take it away.",
    True: "`warehouse increment` takes it up.",
}


@click.command(cls=Command)
@click.argument("batch_id", metavar="BATCH")
@click.option("--reason", metavar="TEXT", help="Why; it stays in the ledger, with who and when.")
@click.option("--undo", "is_undo", is_flag=True, help="Bring the batch back.")
@dry_run_option
@json_option
@pass_settings
def revoke(
    settings: Settings, *, batch_id: str, reason: str | None, is_undo: bool, is_dry_run: bool, is_json: bool
) -> None:
    """Withdraw a landing: its rows stay in raw and count no longer.

    BATCH is as `audit.load_batches` and `warehouse explain` name it. The next increment follows.
    """
    from ingest.land import revoke as landings
    from orchestration.reading.landed import require_landed

    require_landed(settings)
    found = landings.revoke(settings, batch_id, is_undo=is_undo, reason=reason, is_dry_run=is_dry_run)
    if is_json:
        values = {"home": str(settings.home), "is_dry_run": is_dry_run, **asdict(found)}
        print(json.dumps(as_json(values), ensure_ascii=False, indent=2))
    else:
        print(_text(found, is_dry_run=is_dry_run))


def _text(found: "Revocation", *, is_dry_run: bool) -> str:
    batch_id, *retries = found.batch_ids
    deed = "restored" if found.is_undo else "withdrawn"
    with_retries = f" with {', '.join(retries)}, retried from it" if retries else ""
    return (
        f"batch {batch_id} ({found.feed}/{found.source_name}){with_retries} {'would be' if is_dry_run else 'is'} {deed}: "
        f"{counted(found.row_count, 'row')} of {counted(found.key_count, 'key')}, of which "
        f"{found.other_version_count} {'have' if found.other_version_count != 1 else 'has'} another version; "
        f"{counted(found.quarantined_count, 'row')} in quarantine\n"
        + ("dry run: nothing was changed" if is_dry_run else _NEXT[found.is_undo])
    )
