"""`warehouse rates fetch`: official rates from their publisher, over HTTPS."""

from datetime import date

import click

from ingest.foundation.settings import Settings
from orchestration.commands.options import Date, Group, pass_settings


@click.group(cls=Group)
def rates() -> None:
    """Official exchange rates: fetch."""


@rates.command()
@click.argument("source", type=click.Choice(["central_parity", "ecb"]))
@click.option("--since", type=Date(), metavar="DATE", help="From this date on (default: what is missing).")
@click.option("--url", metavar="URL", help="Another address of the same layout (https).")
@click.option("--offline", is_flag=True, help="Take ECB's history as embedded, without a network (ecb only).")
@pass_settings
def fetch(settings: Settings, *, source: str, since: date | None, url: str | None, offline: bool) -> int:
    """Fetch rates from their publisher, land what is new."""
    from ingest.rates.fetch import fetch_rates

    report = fetch_rates(settings, source, url=url, since=since, offline=offline)
    print("\n".join(report.lines()))
    return report.exit_status
