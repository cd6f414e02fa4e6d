"""The feeds of the second journey: parcels, their boxes, and the lines they travel on."""

from ingest.contract.feeds.aliases import COUNTRIES
from ingest.contract.feeds.declaration import (
    DAYS,
    DIVISOR,
    LENGTH_IN_MM,
    Feed,
    is_test,
    key,
    optional,
    required,
    version,
)

FORWARDING_ORDERS = Feed(
    "forwarding_orders",
    "Parcel orders: stored goods that are packed and shipped to the customer.",
    (
        key("order_id", "text", "The platform's id of the parcel order.", "FO7001"),
        required("user_id", "text", "The customer who ordered.", "U1001"),
        required("warehouse_code", "open_code", "Code of the warehouse that ships.", "GZ1"),
        required("line_code", "open_code", "Shipping line, as in `shipping_lines`.", "EMS-AU"),
        required(
            "destination_country", "upper", "Where the parcel goes, ISO 3166 alpha-2.", "AU", names=COUNTRIES
        ),
        required("created_at", "instant", "When the parcel was ordered.", "2026-03-08T22:10:00+08:00"),
        required("status", "code", "How far the parcel has come.", "delivered"),
        required("freight_cny", "money", "International freight, in CNY.", "180.00"),
        optional("surcharge_cny", "money", "Surcharges on the freight, in CNY.", "0.00"),
        optional("insurance_cny", "money", "Insurance of the parcel, in CNY.", "6.00"),
        optional("customs_cny", "money", "Customs duties and clearance, in CNY.", "0.00"),
        optional("service_cny", "money", "Warehouse services billed with the parcel, in CNY.", "15.00"),
        optional("discount_cny", "money", "Discount on the whole parcel order, at least 0, in CNY.", "0.00"),
        optional("packed_at", "instant", "When it was packed and weighed.", "2026-03-09T11:30:00+08:00"),
        optional("shipped_at", "instant", "When it left the warehouse.", "2026-03-10T18:00:00+08:00"),
        optional("delivered_at", "instant", "When it was delivered.", "2026-03-21T04:45:00+08:00"),
        optional("cancelled_at", "instant", "When the parcel order was cancelled.", ""),
        is_test("parcel order"),
        *version("2026-03-21T05:00:00+08:00"),
    ),
    rhythm_days=7,
)

FORWARDING_BOXES = Feed(
    "forwarding_boxes",
    "The boxes of a parcel order.",
    (
        key("order_id", "text", "The parcel order.", "FO7001"),
        key("box_no", "integer", "Number of the box within the parcel order.", "1"),
        optional("tracking_number", "text", "The carrier's number of the box.", "EE123456789CN"),
        required("actual_weight_g", "measure", "What the box weighs, in grams.", "2400"),
        optional("length_mm", "measure", "Longest side, in millimetres.", "400", LENGTH_IN_MM),
        optional("width_mm", "measure", "Second side, in millimetres.", "300", LENGTH_IN_MM),
        optional("height_mm", "measure", "Third side, in millimetres.", "200", LENGTH_IN_MM),
        optional(
            "carrier_cost_cny", "money", "What the carrier charges for it, in CNY; known later.", "142.00"
        ),
        *version("2026-03-15T10:00:00+08:00"),
    ),
)

SHIPPING_LINES = Feed(
    "shipping_lines",
    "Shipping lines and their tariffs, each valid from a date on.",
    (
        key("line_code", "open_code", "Code of the line.", "EMS-AU"),
        key("valid_from", "date", "First business date this version of the line is valid on.", "2026-01-01"),
        optional("line_name", "text", "What the line is called.", "EMS Australia"),
        required("channel", "open_code", "Carrier or kind of service: EMS, DHL …", "EMS"),
        optional(
            "volumetric_divisor",
            "measure",
            "Cubic centimetres that count as one kilogram; none where volume does not count.",
            "6000",
            DIVISOR,
        ),
        optional("first_weight_g", "measure", "Weight that the first fee pays for, in grams.", "500"),
        optional("first_fee_cny", "money", "Fee for the first weight, in CNY.", "65.00"),
        optional(
            "step_weight_g",
            "measure",
            "Step that chargeable weight is rounded up to, in grams; none means one gram.",
            "500",
        ),
        optional("step_fee_cny", "money", "Fee for each further step, in CNY.", "20.00"),
        optional(
            "promised_days", "integer", "Days from shipping within which delivery is promised.", "15", DAYS
        ),
        *version("2026-01-01T00:00:00+08:00"),
    ),
)
