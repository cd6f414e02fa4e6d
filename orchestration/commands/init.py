"""`warehouse init [DIR]`: a home to begin with."""

import shlex
from pathlib import Path

import click

from ingest.foundation.settings import home_path
from orchestration.commands.options import Command, given_home


@click.command(cls=Command)
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
def init(*, folder: Path | None) -> None:
    """Make a home: settings with comments, a sample file a feed.

    DIR (default: the home of --home) gets settings.toml, in which every setting stands with its meaning and default,
    aliases.toml, in which you may say what your exports call a value, and samples/<feed>/sample.csv, which land as they
    are. Nothing is overwritten.
    """
    from orchestration.runs.new_home import make_home

    home = home_path(folder or given_home())
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
