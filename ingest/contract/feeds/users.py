"""The feeds about people: users and, optionally, the traffic that brought them."""

from ingest.contract.feeds.aliases import COUNTRIES, CURRENCIES, GENDERS
from ingest.contract.feeds.declaration import Feed, is_test, key, optional, personal, required, version

USERS = Feed(
    "users",
    "Customers of the platform.",
    (
        key("user_id", "text", "The platform's id of the customer.", "U1001"),
        required("registered_at", "instant", "When the customer registered.", "2026-03-01T20:15:00+08:00"),
        optional(
            "country_code", "upper", "Country the customer lives in, ISO 3166 alpha-2.", "AU", names=COUNTRIES
        ),
        optional("gender", "open_code", "`female`, `male` or `unknown`.", "female", names=GENDERS),
        optional("acquisition_channel", "open_code", "Code of the channel that brought the customer.", "seo"),
        optional(
            "preferred_currency", "upper", "Currency the customer sees prices in.", "AUD", names=CURRENCIES
        ),
        personal("email", "E-mail address; kept in raw, in no figure and no publication.", "mei@example.com"),
        personal(
            "phone", "Telephone number; kept in raw, in no figure and no publication.", "+61 491 570 156"
        ),
        is_test("customer"),
        *version("2026-03-01T20:15:00+08:00"),
    ),
)

TRAFFIC_DAILY = Feed(
    "traffic_daily",
    "Visits of the platform's site by day, channel and country; optional.",
    (
        key("traffic_date", "date", "Business date of the visits.", "2026-03-01"),
        key("acquisition_channel", "open_code", "Code of the channel that brought the visitors.", "seo"),
        key("country_code", "upper", "Country of the visitors, ISO 3166 alpha-2.", "AU", names=COUNTRIES),
        required("visitors", "integer", "Distinct visitors of the day.", "1840"),
        required("sessions", "integer", "Visits.", "2215"),
        optional("cart_sessions", "integer", "Visits that put something into the cart.", "310"),
        optional("cost_cny", "money", "What the channel cost that day, in CNY.", "1250.00"),
    ),
)
