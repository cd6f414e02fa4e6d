"""`warehouse serve`: shows the pages on this machine."""

import webbrowser

import click

from ingest.foundation.errors import WarehouseError
from ingest.foundation.settings import Settings
from orchestration.commands.options import Command, pass_settings

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8177


@click.command(cls=Command)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=DEFAULT_PORT,
    help=f"Port to listen on, 0 for any free one (default {DEFAULT_PORT}).",
)
@click.option(
    "--host",
    default=DEFAULT_HOST,
    metavar="ADDRESS",
    help=f"Address to listen on, 0.0.0.0 in a container (default {DEFAULT_HOST}). Only requests for localhost are answered.",
)
@click.option("--open", "is_opened", is_flag=True, help="Open the first page in a browser.")
@pass_settings
def serve(settings: Settings, *, port: int, host: str, is_opened: bool) -> None:
    """Show the pages on this machine until interrupted."""
    from dashboard.build import INDEX
    from dashboard.serve import PageServer

    if not (settings.dashboard_dir / INDEX).exists():
        raise WarehouseError(f"{settings.dashboard_dir} has no pages yet. Run `warehouse dashboard` first.")
    with PageServer(settings.dashboard_dir, port, host) as server:
        print(f"Serving {settings.dashboard_dir} on {server.address}; Ctrl-C ends it.", flush=True)
        if is_opened:
            webbrowser.open(server.address)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("\nStopped.")
