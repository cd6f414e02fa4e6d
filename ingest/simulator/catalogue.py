"""The platform's code lists and weights: countries, currencies, channels, products, lines, services."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

CURRENCIES = (
    "CNY", "USD", "EUR", "GBP", "JPY", "AUD", "CAD", "SGD", "NZD", "KRW", "MYR", "THB", "HKD", "CHF", "SEK",
    "PLN",
)  # fmt: skip
CURRENCY_SCALES = np.array([0 if code in ("JPY", "KRW") else 2 for code in CURRENCIES], np.int8)
CNY = CURRENCIES.index("CNY")


class Country(NamedTuple):
    code: str
    currency: str
    weight: float
    region: str
    dialling_code: str


COUNTRIES = (
    Country("US", "USD", 26, "americas", "1"),
    Country("DE", "EUR", 10, "europe", "49"),
    Country("GB", "GBP", 9, "europe", "44"),
    Country("FR", "EUR", 7, "europe", "33"),
    Country("AU", "AUD", 7, "pacific", "61"),
    Country("CA", "CAD", 6, "americas", "1"),
    Country("PL", "PLN", 5, "europe", "48"),
    Country("NL", "EUR", 4, "europe", "31"),
    Country("IT", "EUR", 4, "europe", "39"),
    Country("ES", "EUR", 4, "europe", "34"),
    Country("SE", "SEK", 3, "europe", "46"),
    Country("CH", "CHF", 3, "europe", "41"),
    Country("JP", "JPY", 3, "asia", "81"),
    Country("KR", "KRW", 3, "asia", "82"),
    Country("SG", "SGD", 3, "asia", "65"),
    Country("MY", "MYR", 3, "asia", "60"),
    Country("TH", "THB", 2, "asia", "66"),
    Country("HK", "HKD", 2, "asia", "852"),
    Country("NZ", "NZD", 3, "pacific", "64"),
)
COUNTRY_CODES = tuple(country.code for country in COUNTRIES)
COUNTRY_WEIGHTS = tuple(country.weight for country in COUNTRIES)
COUNTRY_CURRENCIES = np.array([CURRENCIES.index(country.currency) for country in COUNTRIES], np.int8)
REGIONS = ("americas", "europe", "pacific", "asia")
COUNTRY_REGIONS = np.array([REGIONS.index(country.region) for country in COUNTRIES], np.int8)

# Name, share of registrations, advertising cost per visitor in fen.
ACQUISITION_CHANNELS = (
    ("organic_search", 26, 0),
    ("reddit", 20, 0),
    ("tiktok", 16, 45),
    ("discord", 12, 0),
    ("referral", 10, 30),
    ("google_ads", 9, 120),
    ("youtube", 7, 70),
)
CHANNEL_NAMES = tuple(name for name, _, _ in ACQUISITION_CHANNELS)
CHANNEL_WEIGHTS = tuple(share for _, share, _ in ACQUISITION_CHANNELS)

GENDERS = ("female", "male", "unknown")
GENDER_WEIGHTS = (34, 48, 18)
FIRST_NAMES = (
    "ada", "ben", "chloe", "dario", "emma", "felix", "grace", "hugo", "ines", "jonas", "kaori", "liam", "mia",
    "noah", "olga", "pavel", "rosa", "sami", "tess", "yuna",
)  # fmt: skip

PLATFORMS = ("taobao", "tmall", "1688", "other")
PLATFORM_WEIGHTS = (55, 20, 20, 5)
CANCEL_REASONS = (
    "payment_timeout", "customer_changed_mind", "out_of_stock", "seller_refused", "price_changed",
    "prohibited_item",
)  # fmt: skip
REFUND_REASONS = (
    *CANCEL_REASONS, "quality_issue", "wrong_item", "short_delivery", "freight_reweighed", "fee_waived",
    "parcel_lost", "parcel_returned", "parcel_seized", "dispute", "goodwill", "service_not_done",
)  # fmt: skip


class Product(NamedTuple):
    category: str
    title: str
    median_price_fen: int
    weight_g: int


PRODUCTS = (
    Product("clothing", "纯棉宽松 T恤 男女同款", 5_900, 260),
    Product("clothing", "连帽卫衣，加绒 “秋冬”", 12_900, 780),
    Product("clothing", "高腰阔腿牛仔裤", 13_900, 720),
    Product("clothing", "轻薄羽绒服 90% 白鸭绒", 32_900, 640),
    Product("shoes", "复古运动鞋 Retro Runner", 26_900, 1_150),
    Product("shoes", "帆布鞋 低帮", 8_900, 860),
    Product("bags", "尼龙双肩包 20L", 15_900, 820),
    Product("bags", "编织手提包, 手工", 9_900, 450),
    Product("electronics", '蓝牙耳机 "Pro" 降噪', 19_900, 180),
    Product("electronics", "机械键盘 客制化 75%", 35_900, 1_350),
    Product("electronics", "充电宝 20000mAh", 9_900, 420),
    Product("home", "陶瓷马克杯；两只装", 4_900, 720),
    Product("home", "四件套 床上用品", 18_900, 2_300),
    Product("home", "LED 小夜灯", 2_900, 150),
    Product("toys", "盲盒 系列 🎁 整盒", 47_900, 1_100),
    Product("toys", "积木 1,200 片", 13_900, 1_450),
    Product("beauty", "化妆刷套装", 6_900, 240),
    Product("beauty", "香薰蜡烛", 5_900, 380),
    Product("stationery", "手帐本 A5", 3_900, 310),
    Product("stationery", "钢笔 礼盒装", 11_900, 290),
    Product("sports", "瑜伽垫 6mm", 7_900, 1_250),
    Product("sports", "鱼竿 碳素", 22_900, 620),
    Product("accessories", "925 银项链", 8_900, 40),
    Product("accessories", "针织帽", 3_900, 110),
)

WAREHOUSES = ("GZ1", "YW1", "SH1")
WAREHOUSE_WEIGHTS = (55, 30, 15)


class Line(NamedTuple):
    """One version of a shipping line; weights in g, fees in fen, None for a parameter it does not have."""

    code: str
    name: str
    channel: str
    volumetric_divisor: int | None
    first_weight_g: int
    first_fee_fen: int
    step_weight_g: int | None
    step_fee_fen: int
    promised_days: int
    regions: tuple[str, ...]
    weight: float


LINES = (
    Line("EMS-STD", "EMS 国际标准", "EMS", None, 500, 12_000, 500, 4_200, 15, REGIONS, 22),
    Line("DHL-EXP", "DHL Express", "DHL", 5_000, 500, 21_000, 500, 6_200, 6, REGIONS, 14),
    Line("UPS-SAVER", "UPS Saver", "UPS", 5_000, 500, 19_500, 500, 5_900, 7, ("americas", "europe"), 9),
    Line("FEDEX-IP", "FedEx International Priority", "FedEx", 5_000, 500, 20_500, 500, 6_000, 7, REGIONS, 8),
    Line("AIR-EU", "欧洲空派专线", "air_line", 8_000, 100, 4_800, 100, 780, 12, ("europe",), 30),
    Line("AIR-US", "美国空派专线", "air_line", 8_000, 100, 5_200, 100, 860, 11, ("americas",), 30),
    Line("AIR-PAC", "澳新空派专线", "air_line", 6_000, 100, 4_500, 100, 690, 12, ("pacific", "asia"), 30),
    Line("POST-AIR", "小包挂号", "post", None, 50, 2_600, None, 9, 20, REGIONS, 9),
    Line(
        "SEA-STD", "海运", "sea", 6_000, 1_000, 6_000, 1_000, 2_600, 45, ("americas", "europe", "pacific"), 10
    ),
)
LINE_CODES = tuple(line.code for line in LINES)
CHANGED_LINE = LINE_CODES.index("DHL-EXP")
CHANGED_LINE_LATER = LINES[CHANGED_LINE]._replace(
    volumetric_divisor=4_500, step_fee_fen=6_700, promised_days=5
)

# Code, fee in fen, weight.
SERVICES = (
    ("photo", 300, 40),
    ("quality_check", 1_000, 18),
    ("repacking", 800, 15),
    ("reinforcement", 1_200, 12),
    ("vacuum_packing", 500, 9),
    ("overdue_storage", 200, 6),
)
SERVICE_CODES = tuple(code for code, _, _ in SERVICES)

ORDER_TYPES = ("purchase", "forwarding", "service")
PURCHASE, FORWARDING, SERVICE, TOPUP = 0, 1, 2, -1
ORDER_ID_PREFIXES = ("PO", "FO", "SO")

# Hour weights in Asia/Shanghai: the customers' evening is China's early morning.
HOUR_WEIGHTS = (
    60, 70, 85, 100, 105, 95, 80, 62, 55, 52, 48, 40, 30, 24, 20, 18, 18, 20, 24, 30, 38, 45, 50, 54,
)  # fmt: skip
# Monday to Sunday.
WEEKDAY_WEIGHTS = (1.05, 0.97, 0.95, 0.94, 0.98, 1.06, 1.20)
