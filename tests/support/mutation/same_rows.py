"""Changes of the models that give the same rows whatever landed, and why: no test can tell them.

A change is named by its model, its kind and how its place begins. One that a test catches, or that no model has any more, is
wrong here: `main` of this package says so.
"""

from collections.abc import Iterable

from tests.support.mutation.mutants import Mutant

_LEFT, _INNER, _OUT = "inner join made left", "left join made inner", "condition left out"
_FOR_SPARK = "DuckDB gives no row here either; Spark would fail, or count backwards"
_READS_LESS = "only narrows what is read: a later step asks for the same"
_NULL_KEY = "a key that is NULL joins nothing"
_SAME_SOURCE = "both sides come from the same rows"
_ALWAYS_THERE = "the partner is there for every key: it is made for every date, type or order"
_HELD_UPSTREAM = "a rule upstream lets no row come here without a partner"

_CHANGES: dict[str, tuple[tuple[str, str, str], ...]] = {
    _READS_LESS: (
        ("core_hourly", _OUT, "business_date >= "),
        ("core_hourly", _OUT, "paid_date >= "),
        ("core_periods", _OUT, "occurred_at >= "),
        ("core_periods", _OUT, "paid_at >= "),
        ("core_periods", _OUT, "first_paid_at >= "),
        ("std_fx_rates", _OUT, "next_rate_date IS NULL OR next_rate_date > (SELECT MIN("),
        ("std_money_movements", _OUT, "payment_parts.payment_id IN (SELECT payment_id FROM refunds"),
        ("std_money_movements", _OUT, "component IS NULL"),
        ("std_orders", _OUT, "NOT fill_to_cny IS NULL"),
        ("std_quarantine", _OUT, "landing_seq IN (SELECT landing_seq FROM said)"),
        # Refunds that do not exceed their payment together exceed what is left of it one by one neither.
        ("std_refunds", _OUT, "claimed_cny > payment_cny"),
        # A discount of 0 takes 0 from each component.
        ("std_bills", _OUT, "discount_cny > 0"),
    ),
    _NULL_KEY: (
        ("core_fx_daily", _OUT, "NOT settled_date IS NULL"),
        ("std_fx_positions", _OUT, "NOT provider_txn_id IS NULL"),
        ("std_fx_positions", _OUT, "NOT payment_id IS NULL"),
        ("core_periods", _LEFT, "INNER JOIN windows ON movements."),
        ("core_periods", _LEFT, "INNER JOIN windows ON paid_orders."),
        ("core_periods", _LEFT, "INNER JOIN windows ON lifetimes."),
    ),
    _SAME_SOURCE: (
        ("core_periods", _LEFT, "INNER JOIN previous_period "),
        ("core_periods", _LEFT, "INNER JOIN bounded "),
        ("forwarding_channel_share_daily", _LEFT, "INNER JOIN totals "),
        ("std_money_movements", _LEFT, "INNER JOIN paid ON parts."),
        ("std_money_movements", _LEFT, "INNER JOIN payments ON payment_parts."),
        ("std_money_movements", _LEFT, "INNER JOIN refunds ON refund_parts."),
        ("std_orders", _INNER, "LEFT JOIN bills ON orders."),
        ("std_quarantine", _LEFT, "INNER JOIN landed ON said."),
        ("std_quarantine", _LEFT, "INNER JOIN stg_payments ON payments."),
        ("std_quarantine", _LEFT, "INNER JOIN stg_refunds ON refunds."),
    ),
    _ALWAYS_THERE: (
        ("core_daily", _LEFT, "INNER JOIN completeness "),
        ("core_periods", _LEFT, "INNER JOIN completeness "),
        ("users_daily", _INNER, "LEFT JOIN active AS active_7d "),
        ("users_daily", _INNER, "LEFT JOIN active AS active_30d "),
    ),
    _HELD_UPSTREAM: (
        # An amount is laid against a bill only where there is one, and a counted refund has a counted payment (R6, R8).
        ("std_money_movements", _LEFT, "INNER JOIN laid_out ON payments."),
        ("std_money_movements", _LEFT, "INNER JOIN payments ON refunds."),
        # Every type of order has its components, a refund of another is refused.
        ("std_money_movements", _LEFT, "INNER JOIN components ON filled."),
        ("std_money_movements", _LEFT, "INNER JOIN components ON paid."),
        (
            "std_money_movements",
            _LEFT,
            "INNER JOIN components ON payments.order_type = components.order_type AND components.position",
        ),
        (
            "std_money_movements",
            _LEFT,
            "INNER JOIN components ON payments.order_type = components.order_type AND payment_parts.",
        ),
    ),
    _FOR_SPARK: (
        ("std_bills", _OUT, "gross_cny > 0"),
        ("std_calendar", _OUT, "first_date <= last_date"),
    ),
}


def why_no_row_changes(mutant: Mutant) -> str | None:
    """The reason why a mutant gives the same rows whatever landed; None where none is known."""
    return next((reason for reason, changes in _CHANGES.items() if _is_among(mutant, changes)), None)


def without_mutant(mutants: Iterable[Mutant]) -> list[str]:
    """What stands here of changes that the models do not have any more."""
    known = list(mutants)
    return [
        f"{model}: {kind}: {place}"
        for changes in _CHANGES.values()
        for model, kind, place in changes
        if not any(_is_among(mutant, ((model, kind, place),)) for mutant in known)
    ]


def _is_among(mutant: Mutant, changes: Iterable[tuple[str, str, str]]) -> bool:
    return any(
        (mutant.model, mutant.kind) == (model, kind) and mutant.place.startswith(place)
        for model, kind, place in changes
    )
