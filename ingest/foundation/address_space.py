"""Whether this process may use the address space that a command needs."""

import resource

from ingest.foundation.errors import WarehouseError

# What dbt, Arrow and DuckDB take to start. With less their libraries end the process where nobody can say why.
NEEDED_BYTES = 1_500_000_000


def require_address_space() -> None:
    """Raises WarehouseError where a limit on address space (RLIMIT_AS) is too low for any command."""
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY and limit < NEEDED_BYTES:
        raise WarehouseError(
            f"this process may use {limit / 1e6:.0f} MB of address space, and needs {NEEDED_BYTES / 1e6:.0f} MB or more. Nothing "
            "was changed. Raise the limit (`ulimit -v unlimited`); the setting memory_limit says how much memory DuckDB may take."
        )
