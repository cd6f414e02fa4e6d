"""What may be shown of names and codes that came from outside: no personal data (R20), nothing unprintable."""

import re

# In place of a code or a column name that does not look like one.
OTHER = "other"
_MAX_CODE_LENGTH = 64
# Phone numbers and the like are digits; a short code may be.
_MAX_DIGITS_ONLY = 6
_PUNCTUATION = frozenset("_-.+/")
_MAIL_ADDRESS = re.compile(r"[^\s/@]+@[^\s/@]+")
_PHONE_NUMBER = re.compile(r"\+?\d(?:[ ()-]{0,2}\d){8,}")
_SHORT_NUMBER = re.compile(r"[^\W\d_]{0,3}[¥￥$€£]? ?[+-]?[\d.,]*\d[\d.,]* ?(?:%|[^\W\d_]{0,3})")
_DAY_AND_TIME = re.compile(
    r"(?:\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2\d{4})(?:[Tt ]\d{1,2}:\d{2}[\d:.+-]{0,20}Z?)?"
)
_DATE_IN_NAME = re.compile(
    r"(?:19|20)\d\d[ -]?(?:0[1-9]|1[0-2])[ -]?(?:0[1-9]|[12]\d|3[01])(?:[ -]?\d{4}(?:\d\d)?)?"
)


def looks_like_code(text: str) -> bool:
    """R20: 1 to 64 letters of any script, digits and `_ - . + /`, with a letter where longer than six characters.

    The same rule stands in SQL as the macro `open_code`.
    """
    return (
        1 <= len(text) <= _MAX_CODE_LENGTH
        and all(char.isalpha() or char.isdecimal() or char in _PUNCTUATION for char in text)
        and (len(text) <= _MAX_DIGITS_ONLY or any(char.isalpha() for char in text))
    )


def shown_code(text: str) -> str:
    """A code or column name as it may be shown."""
    return text if looks_like_code(text) else OTHER


def shown_value(text: str, *, is_code: bool) -> str | None:
    """A refused value as it may be shown, None if it could be personal data that stands in the wrong column.

    A code as it may be shown; else a number that is too short for a telephone, or a day with or without a time.
    """
    if is_code:
        return text if looks_like_code(text) else None
    is_short = sum(map(str.isdigit, text)) <= _MAX_DIGITS_ONLY and _SHORT_NUMBER.fullmatch(text)
    return text if is_short or _DAY_AND_TIME.fullmatch(text) else None


def shown_text(text: str) -> str:
    """An id or other text of a source as it may be shown: `***` where it has blanks or an `@`, as no id has."""
    return text if len(text) <= _MAX_CODE_LENGTH and not re.search(r"[\s@]", text) else "***"


def printable(text: str, *, kept: str = "") -> str:
    """Text on one line, safe in a terminal and storable: everything unprintable is escaped, but for the characters `kept`."""
    return "".join(
        char
        if char.isprintable() or char in kept
        else char.encode("unicode_escape", "backslashreplace").decode("ascii")
        for char in text.encode("utf-8", "backslashreplace").decode("utf-8")
    )


def shown_name(name: str) -> str:
    """A file, folder or table name as it may be shown and stored: printable, `***` for mail addresses and phone numbers.

    A run of digits that reads as a date or a point in time stays.
    """
    shown = _MAIL_ADDRESS.sub("***", printable(name))
    return _PHONE_NUMBER.sub(lambda found: found[0] if _DATE_IN_NAME.fullmatch(found[0]) else "***", shown)
