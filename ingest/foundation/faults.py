"""Faults of the machine in words: a full disk, a folder that may not be written, too little memory, a damaged file."""

import errno
import os
from typing import TypeGuard

import duckdb

from ingest.foundation.errors import WarehouseError
from ingest.foundation.shown import printable

_KEPT = "Nothing half done is visible to readers: they keep the last publication."
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NOT_ALLOWED = (errno.EACCES, errno.EPERM, errno.EROFS)
MORE_MEMORY = "Give the machine more memory, or stop what else needs it, and run the command again."
_UNKNOWN = "`warehouse doctor` says what is wrong with the home; docs/faults.md lists the ways back."
# In lower case. The last three: a library that finds no room for itself, a thread that finds none for its stack, Python where it
# finds none to say so.
_MEMORY_TEXTS = (
    "out of memory",
    "failed to allocate",
    "bad_alloc",
    "cannot allocate memory",
    "failed to map segment",
    "can't start new thread",
    "returned null without setting an exception",
)
_Fault = OSError | MemoryError | duckdb.Error | ImportError | RuntimeError | SystemError


def fault(error: _Fault) -> WarehouseError:
    """What happened, what was kept safe and what to do, for an error that the machine caused."""
    has_own_words = isinstance(error, OSError | duckdb.Error)
    what = said(error) if has_own_words else "there was not enough memory"
    return WarehouseError(f"{what}. {_KEPT} {advice(error)}")


def is_fault(error: BaseException) -> TypeGuard[_Fault]:
    """Whether the machine caused an error, and no bug."""
    if isinstance(error, OSError | MemoryError | duckdb.Error):
        return True
    return isinstance(error, ImportError | RuntimeError | SystemError) and is_short_of_memory(str(error))


def is_short_of_memory(text: str) -> bool:
    """Whether the words of an error say that there was too little memory."""
    return any(known in text.lower() for known in _MEMORY_TEXTS)


def is_of_the_machine(error: BaseException) -> bool:
    """Whether an error met while a delivery is read says nothing of the delivery: no memory, no room, a damaged file of ours.

    By its kind, as its words may quote what was delivered.
    """
    if isinstance(error, OSError):
        return error.errno in (*_NO_ROOM, errno.ENOMEM)
    if isinstance(error, ImportError):
        return is_short_of_memory(str(error))
    if isinstance(error, duckdb.IOException):
        return str(error).startswith("IO Error: Corrupt database file")
    return isinstance(error, MemoryError | duckdb.OutOfMemoryException)


def is_damage(error: duckdb.Error) -> bool:
    """Whether DuckDB found a file not to be what was written, rather than the machine refusing something."""
    return advice(error) == _UNKNOWN


def first_line(error: Exception) -> str:
    """What an error says first."""
    return (str(error).splitlines() or [type(error).__name__])[0]


def said(error: BaseException) -> str:
    """What the system or DuckDB says, on one line."""
    if isinstance(error, OSError):
        what = error.strerror or str(error) or type(error).__name__
        return printable(f"{error.filename}: {what}" if error.filename else what)
    first = (str(error).splitlines() or [""])[0] or type(error).__name__
    return printable(first[:300]).rstrip(". ")


def advice(error: BaseException) -> str:
    """What to do, by what the system or DuckDB says."""
    number = error.errno if isinstance(error, OSError) else None
    text = str(error)
    if isinstance(error, MemoryError) or is_short_of_memory(text):
        return MORE_MEMORY
    if number in _NO_ROOM or any(os.strerror(known) in text for known in _NO_ROOM):
        return "Make room on the disk and run the command again."
    if number in _NOT_ALLOWED or any(os.strerror(known) in text for known in _NOT_ALLOWED):
        return "Run it as the account that owns the warehouse, or make the folder writable for this one."
    return _UNKNOWN
