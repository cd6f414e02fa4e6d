"""Every reason for which a row is quarantined or a file is rejected, with its explanation.

The codes are stable: they are stored in `raw.quarantine.reason` and `raw.batches.rejected_reason`.
"""

ROW_REASONS: dict[str, str] = {
    "missing_value": "a required column is empty",
    "not_a_timestamp": "not an ISO 8601 instant",
    "not_a_date": "not a date (YYYY-MM-DD)",
    "date_out_of_range": "outside 2000-01-01 to 2100-01-01 (instants) or 1900-01-01 to 2100-01-01 (dates)",
    "not_a_number": "not plain decimal text (no exponent, no thousands separator)",
    "not_an_integer": "not a whole number",
    "number_out_of_range": "beyond the range of the column",
    "too_many_decimals": "more decimals than are kept exactly (10 for amounts, 20 for rates and measures)",
    "negative_money": "an amount that cannot be negative is",
    "negative_number": "a quantity, weight or length that cannot be negative is",
    "rate_not_positive": "an exchange rate must be above zero",
    "rate_out_of_range": "not from 0.0000001 to below 10000 CNY per unit",
    "implausible_rate": "a fetched rate more than 20 % from the last known one of its source and currency",
    "not_a_boolean": "not one of true, false, 1, 0, t, f, yes, no",
    "not_a_currency_code": "not three letters",
    "unknown_code": "not in the closed list of the column (dbt_project/seeds/code_lists.csv)",
    "missing_order_type": "an order or supplement payment must name its order_type",
    "bonus_exceeds_payment": "bonus_cny is larger than the payment it is part of",
    "nul_byte": "contains a NUL character",
    "nested_value": "a declared column holds a nested object or list",
    "ragged_row": "more or fewer fields than the header has",
    "unclosed_quote": "a quoted field is never closed",
    "malformed_quotes": "text follows the closing quote of a field",
    "invalid_json": "the line is not valid JSON",
    "not_a_json_object": "the line is valid JSON but not an object",
    "duplicate_json_key": "the object names a column twice",
    "undecodable_text": "bytes that are not text in the file's encoding",
}

# What breaks a rule of the books: the row has landed and is in no figure.
MODELLING_REASONS: dict[str, str] = {
    "no_rate": "no exchange rate is known on or before the date, and the payment has no amount in CNY",
    "payment_never_succeeded": "a completed refund of a payment that never succeeded",
    "exceeds_payment": "a refund that would take its payment below zero",
    "unknown_component": "a refund that names a component which its payment's order type does not have",
}

# What is wrong with no figure: a refund that counts as soon as its payment lands, a value that is published as `other`.
NOTICES: dict[str, str] = {
    "waiting_for_payment": "a completed refund whose payment has not landed yet; it counts when the payment does",
    "not_a_code": "a value, or the name of an unknown column, that does not look like a code is shown as `other`",
}

FILE_REASONS: dict[str, str] = {
    "missing_column": "a required column is not in the file",
    "renamed_column": "a column this feed used to have is gone and a new one holds such values",
    "retyped_column": "most values of one column cannot be read as its type",
    "duplicate_column": "two columns have the same name",
    "empty_file": "the file holds nothing",
    "unknown_format": "the file name's ending is not one that can be landed",
    "unknown_encoding": "the text is in none of the encodings that can be landed",
    "changed_layout": "a publisher's table of rates that is cut off or no longer has the layout it had",
    "damaged_file": "the compressed file is cut off or corrupt",
    "unreadable_file": "the file cannot be opened or is not what its ending says",
    "outside_landing_folder": "a link that leads out of the landing folder",
    "unexpected_error": "reading the file failed in a way that is a bug of this program",
    "not_a_file": "named like a data file but not a regular file",
}

# The reasons that are about one value, which a good one can be held against.
VALUE_REASONS = frozenset(
    {
        "not_a_timestamp",
        "not_a_date",
        "date_out_of_range",
        "not_a_number",
        "not_an_integer",
        "number_out_of_range",
        "too_many_decimals",
        "negative_money",
        "negative_number",
        "rate_not_positive",
        "not_a_boolean",
        "not_a_currency_code",
        "unknown_code",
    }
)

# The reasons that say a value does not have its column's type; many of them in one column mean the column
# changed.
TYPE_REASONS = frozenset(
    {
        "not_a_timestamp",
        "not_a_date",
        "not_a_number",
        "not_an_integer",
        "not_a_boolean",
        "not_a_currency_code",
        "nested_value",
    }
)

# What was stored of such a row is not what the source meant, so only a corrected delivery can heal it.
# An implausible rate needs a person's word, which no rule can give.
NOT_RETRIED = frozenset({"undecodable_text", "implausible_rate"})
