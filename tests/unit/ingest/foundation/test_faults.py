"""What the machine refuses, told apart by what the system, DuckDB and Python say of it."""

import errno

import duckdb
import pytest

from ingest.foundation.faults import advice, fault, is_damage, is_fault, is_of_the_machine

DAMAGE = duckdb.IOException(
    "IO Error: Corrupt database file: computed checksum 1 does not match stored checksum 2"
)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        duckdb.OutOfMemoryException("Out of Memory Error: failed to pin block of size 256.0 KiB"),
        duckdb.TransactionException(
            "TransactionContext Error: Failed to commit: Failed to allocate block of 262144 bytes"
        ),
        ImportError("libarrow.so.2600: failed to map segment from shared object"),
        RuntimeError("can't start new thread"),
        SystemError("<function f> returned NULL without setting an exception"),
    ],
)
def test_too_little_memory_is_a_fault_and_no_damage(error: Exception) -> None:
    assert is_fault(error)
    assert "memory" in str(fault(error)).lower()
    assert "more memory" in advice(error)
    assert not (isinstance(error, duckdb.Error) and is_damage(error))


@pytest.mark.parametrize(
    ("error", "is_ours"),
    [
        (DAMAGE, True),
        (MemoryError(), True),
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (ImportError("libarrow.so: failed to map segment from shared object"), True),
        # A delivery that is cut off, and one that says such words.
        (OSError("Not a gzipped file"), False),
        (duckdb.ConversionException("Could not convert string 'Corrupt database file'"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_a_delivery_is_not_blamed_for_the_machine(error: Exception, is_ours: bool) -> None:
    assert is_of_the_machine(error) == is_ours


def test_bugs_are_no_faults_and_damage_is_no_shortage() -> None:
    assert not is_fault(ImportError("cannot import name 'x'"))
    assert not is_fault(RuntimeError("dictionary changed size during iteration"))
    assert is_damage(DAMAGE)
    assert "warehouse doctor" in advice(DAMAGE)
    assert "Make room" in advice(OSError(errno.ENOSPC, "No space left on device"))
