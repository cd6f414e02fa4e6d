"""`warehouse rates fetch`: official rates from their publisher, over HTTPS."""

import argparse
from datetime import date

from ingest.foundation.settings import Settings
from orchestration.commands.arguments import Commands


def add(commands: Commands) -> None:
    group = commands.add_group("rates", "official exchange rates: fetch")
    fetch = group.add("fetch", fetch_source, "fetch official rates from their publisher and land what is new")
    fetch.add_argument("source", choices=("central_parity", "ecb"), help="whose rates")
    fetch.add_argument(
        "--since", type=_date, metavar="DATE", help="from this date on (default: what is missing)"
    )
    fetch.add_argument("--url", help="another address of the same layout (https)")
    fetch.add_argument(
        "--offline", action="store_true", help="take ECB's history as embedded, without a network (ecb only)"
    )


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2026-03-02") from None


def fetch_source(settings: Settings, arguments: argparse.Namespace) -> int:
    from ingest.rates.fetch import fetch_rates

    report = fetch_rates(
        settings, arguments.source, url=arguments.url, since=arguments.since, offline=arguments.offline
    )
    print("\n".join(report.lines()))
    return report.exit_status
