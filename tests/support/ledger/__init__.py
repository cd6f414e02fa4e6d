"""The independent ledger: every published figure computed again, plainly, from docs/contract.md and DECISIONS.md.

It is the second opinion on the warehouse, so it shares nothing with it: no SQL, no import from `ingest/`, and
it is not written from the models. `Ledger(raw, as_of).tables()` gives the published tables;
`differences` compares one with what was published.
"""

from tests.support.ledger.books import Ledger
from tests.support.ledger.compare import differences
from tests.support.ledger.settings import LedgerSettings

__all__ = ["Ledger", "LedgerSettings", "differences"]
