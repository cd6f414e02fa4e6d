"""What every official rate source delivers: one dict of texts per rate, as the `fx_rates` feed has it."""

from datetime import date

CENTRAL_PARITY = "central_parity"
ECB = "ecb"

RateRow = dict[str, str]


def rate_row(
    rate_source: str,
    rate_date: date | str,
    currency_code: str,
    *,
    quote_value: str,
    quote_unit: str,
    quote_direction: str,
) -> RateRow:
    """One quotation as published; `published_at` and `updated_at` are not known of any of these layouts."""
    return {
        "rate_source": rate_source,
        "rate_date": str(rate_date),
        "currency_code": currency_code,
        "quote_value": quote_value,
        "quote_unit": quote_unit,
        "quote_direction": quote_direction,
    }
