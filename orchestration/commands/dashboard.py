"""`warehouse dashboard` builds the pages from the published file; `warehouse serve` shows them here."""

import argparse
import webbrowser

from ingest.foundation.errors import WarehouseError
from ingest.foundation.settings import Settings
from orchestration.commands.arguments import Commands

DEFAULT_PORT = 8177


def add(commands: Commands) -> None:
    commands.add("dashboard", run_dashboard, "build the pages of the current publication")
    serve = commands.add("serve", run_serve, "show the pages on 127.0.0.1 until interrupted")
    serve.add_argument(
        "--port",
        type=_port,
        default=DEFAULT_PORT,
        help=f"port to listen on, 0 for any free one (default {DEFAULT_PORT})",
    )
    serve.add_argument("--open", action="store_true", help="open the first page in a browser")


def run_dashboard(settings: Settings, arguments: argparse.Namespace) -> int:
    from dashboard.build import INDEX, build_dashboard

    report = build_dashboard(settings)
    print(
        f"{report.page_count} pages, {report.byte_count / 1000:,.0f} kB. "
        f"Open {settings.dashboard_dir / INDEX}, or run `warehouse serve`."
    )
    return 0


def run_serve(settings: Settings, arguments: argparse.Namespace) -> int:
    from dashboard.build import INDEX
    from dashboard.serve import PageServer

    if not (settings.dashboard_dir / INDEX).exists():
        raise WarehouseError(f"{settings.dashboard_dir} has no pages yet. Run `warehouse dashboard` first.")
    with PageServer(settings.dashboard_dir, arguments.port) as server:
        print(f"Serving {settings.dashboard_dir} on {server.address}; Ctrl-C ends it.", flush=True)
        if arguments.open:
            webbrowser.open(server.address)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("\nStopped.")
    return 0


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (0 to 65535)")
    return int(text)
