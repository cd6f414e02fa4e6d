"""The ledger: raw versions in, every published table out."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from tests.support.ledger.business_time import BusinessTime
from tests.support.ledger.feeds import Raw, Row
from tests.support.ledger.fx import Position, read_positions
from tests.support.ledger.marts import core, forwarding, purchase, users
from tests.support.ledger.movements import Movement, build_movements, order_payments
from tests.support.ledger.orders import ORDER_FEEDS, Order, OrderKey, PaidOrder, cny, paid_orders, read_orders
from tests.support.ledger.parcels import Parcel, ShippingLines, read_parcel
from tests.support.ledger.payments import Payment, counted_payment, has_succeeded
from tests.support.ledger.people import UNKNOWN, People
from tests.support.ledger.rates import OfficialRates
from tests.support.ledger.refunds import Refund
from tests.support.ledger.settings import LedgerSettings
from tests.support.ledger.tables import ALL, Table
from tests.support.ledger.versions import current_versions, version_history, without_deleted


class Ledger:
    """All figures of the raw rows, given per feed in landing order, as seen at `as_of`.

    The rows are those that landing accepted, as text with the contract's columns. Each table is a dict from
    key tuple to row; money and percentiles are Decimal, ratios are exact Fractions, instants are naive UTC.
    Raises ValueError for a value that landing would have quarantined.
    """

    def __init__(self, raw: Raw, as_of: datetime, settings: LedgerSettings | None = None) -> None:
        self.settings = settings or LedgerSettings()
        self.time = BusinessTime(self.settings.business_time_zone, as_of)
        self._raw = raw
        self._source_zone = ZoneInfo(self.settings.source_time_zone)
        self.people = People(
            self._versions("users").values(),
            version_history("users", raw.get("users", []), self._source_zone),
            self.time,
        )
        self.rates = OfficialRates(
            self._versions("fx_rates").values(),
            self.settings.official_rate_source,
            self.settings.fallback_rate_source,
            self.time,
        )
        self.orders: dict[OrderKey, Order] = {}
        self.test_order_keys: set[OrderKey] = set()
        for order_type, feed in ORDER_FEEDS.items():
            orders, test_keys = read_orders(
                order_type, self._versions(feed).values(), self.people.test_ids, self.time
            )
            self.orders |= orders
            self.test_order_keys |= test_keys

    def _versions(self, feed: str) -> dict[tuple, Row]:
        return current_versions(feed, self._raw.get(feed, []), self._source_zone)

    def _current(self, feed: str) -> list[Row]:
        return list(without_deleted(self._versions(feed)).values())

    @cached_property
    def payment_versions(self) -> dict[str, Row]:
        """The current version of every payment, counted or not, by its id."""
        return {row["payment_id"]: row for row in self._versions("payments").values()}

    @cached_property
    def payments(self) -> list[Payment]:
        """The counted payments (R5)."""
        candidates = (
            counted_payment(row, self.people.test_ids, self.test_order_keys, self.rates, self.time)
            for row in self.payment_versions.values()
        )
        return [payment for payment in candidates if payment is not None]

    @cached_property
    def completed_refunds(self) -> list[Refund]:
        """Refunds that are completed at the as-of, of whatever payment."""
        return [
            Refund(
                row["refund_id"],
                row["payment_id"],
                row.get("component"),
                row.get("reason") or UNKNOWN,
                row.get("destination") or UNKNOWN,
                row["completed_at"],
                cny(row["amount_cny"]),
                bool(row.get("is_chargeback")),
            )
            for row in self._current("refunds")
            if row["status"] == "completed" and self.time.has_happened(row.get("completed_at"))
        ]

    @cached_property
    def _movements_and_quarantined(self) -> tuple[list[Movement], set[str]]:
        return build_movements(self.payments, self.completed_refunds, self.orders, self.time)

    @property
    def movements(self) -> list[Movement]:
        """The one money fact (R4)."""
        return self._movements_and_quarantined[0]

    @cached_property
    def quarantined_refund_ids(self) -> set[str]:
        """Refunds of payments that never succeeded, of too much, or of an unknown component (R8)."""
        never_succeeded = {
            refund.refund_id
            for refund in self.completed_refunds
            if (payment := self.payment_versions.get(refund.payment_id)) and not has_succeeded(payment)
        }
        return self._movements_and_quarantined[1] | never_succeeded

    @cached_property
    def paid_orders(self) -> list[PaidOrder]:
        """The orders that count as paid (R7)."""
        payments = {
            key: [(payment.succeeded_at, payment.amount_cny) for payment in payments]
            for key, payments in order_payments(self.payments).items()
        }
        return paid_orders(self.orders, self.test_order_keys, payments, self.time)

    def paid_orders_of(self, order_type: str) -> list[PaidOrder]:
        return [paid for paid in self.paid_orders if paid.order.order_type == order_type]

    def countable_orders(self, order_type: str) -> list[Order]:
        """Known orders that are not test, paid or not."""
        return [
            order
            for key, order in self.orders.items()
            if order.order_type == order_type and key not in self.test_order_keys
        ]

    @cached_property
    def paid_order_events(self) -> list[tuple[date, datetime, str]]:
        """(paid_date, paid_at, business_type incl. `all`) of each paid order.

        A parcel order that bills a service is one of `forwarding`, one of `service` (R19), and one of `all` (R2).
        """
        return [
            (paid.paid_date, paid.paid_at, business_type)
            for paid in self.paid_orders
            for business_type in (
                paid.order.order_type,
                *(("service",) if paid.order.is_billing_bundled_service else ()),
                ALL,
            )
        ]

    @cached_property
    def complete_until(self) -> dict[str, datetime | None]:
        """By business type incl. `all`, up to when its feeds have spoken (R22); None while no payment ever came."""
        latest = {feed: self._latest_update(feed) for feed in self.settings.rhythm}
        feeds_of: dict[str, tuple[str, ...]] = {name: (feed,) for name, feed in ORDER_FEEDS.items()}
        feeds_of[ALL] = tuple(ORDER_FEEDS.values())
        until: dict[str, datetime | None] = {}
        for business_type, order_feeds in feeds_of.items():
            spoken = [
                updated_at + self.settings.rhythm[feed]
                for feed in ("payments", *order_feeds)
                if (updated_at := latest.get(feed)) is not None
            ]
            until[business_type] = None if latest["payments"] is None else min(spoken)
        return until

    def _latest_update(self, feed: str) -> datetime | None:
        versions = version_history(feed, self._raw.get(feed, []), self._source_zone)
        return versions[-1]["updated_at"] if versions else None

    def is_complete(self, business_type: str, end: datetime) -> bool:
        """Whether the feeds of a row that ends then (or runs until the as-of, if earlier) are not silent (R22)."""
        until = self.complete_until[business_type]
        return until is not None and min(end, self.time.as_of) <= until

    @cached_property
    def first_paid_at(self) -> dict[str, dict[str, datetime]]:
        """The instant of a user's first counted payment, by business type and for `all` (R17)."""
        first: dict[str, dict[str, datetime]] = defaultdict(dict)
        for movement in self.movements:
            if movement.is_payment:
                for business_type in (movement.business_type, ALL):
                    known = first[business_type].get(movement.user_id, movement.moved_at)
                    first[business_type][movement.user_id] = min(known, movement.moved_at)
        return first

    @cached_property
    def payers_by_date(self) -> dict[date, set[str]]:
        """The distinct payers of each business date that has any."""
        payers: dict[date, set[str]] = defaultdict(set)
        for payment in self.payments:
            payers[payment.paid_date].add(payment.user_id)
        return dict(payers)

    @cached_property
    def item_quantity(self) -> dict[str, int]:
        """Summed line quantity by purchase order id; 0 while no line is known."""
        quantity: dict[str, int] = defaultdict(int)
        for row in self._current("purchase_order_lines"):
            quantity[row["order_id"]] += row["quantity"]
        return quantity

    @cached_property
    def parcels(self) -> dict[OrderKey, Parcel]:
        """The parcel of every known parcel order."""
        boxes: dict[str, list[Row]] = defaultdict(list)
        for row in self._current("forwarding_boxes"):
            boxes[row["order_id"]].append(row)
        lines = ShippingLines(self._current("shipping_lines"))
        return {
            key: read_parcel(order, boxes.get(key[1], []), lines, self.time)
            for key, order in self.orders.items()
            if order.order_type == "forwarding"
        }

    @cached_property
    def positions(self) -> list[Position]:
        """The foreign payments and their settlements (R14)."""
        return read_positions(self.payments, self._current("settlements"), self.rates, self.time)

    @cached_property
    def _forwarding_daily(self) -> Table:
        return forwarding.forwarding_daily(self)

    def core_daily(self) -> Table:
        return core.core_daily(self)

    def core_periods(self) -> Table:
        return core.core_periods(self)

    def core_hourly(self) -> Table:
        return core.core_hourly(self)

    def core_display_daily(self) -> Table:
        return core.core_display_daily(self)

    def core_payments_daily(self) -> Table:
        return core.core_payments_daily(self)

    def core_fx_daily(self) -> Table:
        return core.core_fx_daily(self)

    def orders_daily(self) -> Table:
        return purchase.orders_daily(self)

    def orders_cohort_daily(self) -> Table:
        return purchase.orders_cohort_daily(self)

    def orders_conversion_daily(self) -> Table:
        return purchase.orders_conversion_daily(self)

    def orders_refunds_daily(self) -> Table:
        return purchase.orders_refunds_daily(self)

    def forwarding_daily(self) -> Table:
        return self._forwarding_daily

    def forwarding_channel_share_daily(self) -> Table:
        return forwarding.forwarding_channel_share_daily(self)

    def forwarding_routes(self) -> Table:
        return forwarding.forwarding_routes(self)

    def forwarding_transit_daily(self) -> Table:
        return forwarding.forwarding_transit_daily(self)

    def services_daily(self) -> Table:
        return forwarding.services_daily(self)

    def users_daily(self) -> Table:
        return users.users_daily(self)

    def users_monthly(self) -> Table:
        return users.users_monthly(self)

    def users_segments_daily(self) -> Table:
        return users.users_segments_daily(self)

    def users_conversion_daily(self) -> Table:
        return users.users_conversion_daily(self)

    def users_cohort_monthly(self) -> Table:
        return users.users_cohort_monthly(self)

    def users_geography(self) -> Table:
        return users.users_geography(self)

    def tables(self) -> dict[str, Table]:
        """Every table, by its published name."""
        makers: tuple[Callable[[], Table], ...] = (
            self.core_daily,
            self.core_periods,
            self.core_hourly,
            self.core_display_daily,
            self.core_payments_daily,
            self.core_fx_daily,
            self.orders_daily,
            self.orders_cohort_daily,
            self.orders_conversion_daily,
            self.orders_refunds_daily,
            self.forwarding_daily,
            self.forwarding_channel_share_daily,
            self.forwarding_routes,
            self.forwarding_transit_daily,
            self.services_daily,
            self.users_daily,
            self.users_monthly,
            self.users_segments_daily,
            self.users_conversion_daily,
            self.users_cohort_monthly,
            self.users_geography,
        )
        return {maker.__name__: maker() for maker in makers}
