"""`warehouse init [DIR]`: a home to begin with."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ingest.foundation.settings import home_path
from orchestration.commands.options import Command, given_home

if TYPE_CHECKING:
    from orchestration.runs.new_home import DraftedHome


@click.command(cls=Command)
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option("--from", "address", metavar="ADDRESS", help="Draft a mapping from this database's schema.")
def init(*, folder: Path | None, address: str | None) -> None:
    """Make a home: settings with comments, a sample file a feed.

    DIR (default: the home of --home) gets settings.toml, in which every setting stands with its meaning and default,
    aliases.toml, in which you may say what your exports call a value, and samples/<feed>/sample.csv, which land as they
    are. Nothing is overwritten.

    With --from (mysql://user@host/database, postgres://…, sqlite:path; the password in WAREHOUSE_DB_PASSWORD) it gets
    mapping.toml instead of samples, also where it is a home already: which table feeds which feed, every guess marked.
    """
    from orchestration.runs.new_home import draft_home, make_home

    home = home_path(folder or given_home())
    if address:
        _print_draft(home, draft_home(home, address))
        return
    made = make_home(home)
    words = shlex.quote(str(home))
    print(
        f"{made.settings_file}: every setting with its meaning and default\n"
        f"{made.aliases_file}: what your exports call a value, to be filled where they differ\n"
        f"{made.samples}: one file a feed, made up, as a source may deliver it\n"
        "To see figures from the samples:\n"
        f"  warehouse land {shlex.quote(str(made.samples))} --home {words}\n"
        f"  warehouse increment --home {words}\n"
        f"  warehouse query --home {words} 'from core_daily where gross_paid_cny > 0'\n"
        "Keep your own books apart from them: a second home, or this one without build/ and published/.\n"
        "What may be delivered: `warehouse feeds`."
    )


def _print_draft(home: Path, drafted: "DraftedHome") -> None:
    print(f"{drafted.file}: drafted from {drafted.shown_address}; every line that says guess is to be read")
    for feed in drafted.draft.feeds:
        print(f"  {feed.feed.name} from {feed.table.name}; not found: {', '.join(feed.missing) or 'nothing'}")
    for name, what in drafted.draft.lacking.items():
        print(f"  {name}: missing, {what}")
    words = f"--mapping {shlex.quote(str(drafted.file))} --home {shlex.quote(str(home))}"
    print(
        f"Then:\n  warehouse land {shlex.quote(drafted.shown_address)} {words}   # with the user of your address"
    )
