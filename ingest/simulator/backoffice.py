"""What every kind of order needs: chance, deliveries, customers, money in and money back."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.simulator.chance import Chance
from ingest.simulator.payments import Payments
from ingest.simulator.people import People
from ingest.simulator.refunds import Refunds
from ingest.simulator.settlements import Settlements
from ingest.simulator.versions import Deliveries


@dataclass(frozen=True)
class Backoffice:
    chance: Chance
    deliveries: Deliveries
    people: People
    payments: Payments
    settlements: Settlements
    refunds: Refunds
