"""The errors a user can meet, each with the exit status of the command that meets it.

Every message says what happened, where, what was kept safe and what to do.
"""


class WarehouseError(Exception):
    """Something failed; nothing half done is visible. Exit status 1."""

    exit_status = 1


class UsageError(WarehouseError):
    """The command or a setting is wrong; nothing was touched. Exit status 2."""

    exit_status = 2


class LockHeld(WarehouseError):
    """Another run is writing to the warehouse; the same command can succeed when it has finished."""


class RejectedFile(WarehouseError):
    """A whole file cannot land; `code` is one of `ingest.contract.reasons.FILE_REASONS`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class UnfinishedFile(WarehouseError):
    """A file is still being written; it is left for the next landing. Not a failure."""
