"""What exports call a value that the contract calls otherwise. Names are in lower case: in any case they mean the same.

None of them is a value of the contract, so what is delivered in its form keeps its meaning.
"""

from collections.abc import Mapping

GENDERS = {"f": "female", "m": "male", "女": "female", "男": "male", "woman": "female", "man": "male"}
PLATFORMS = {"淘宝": "taobao", "天猫": "tmall", "阿里巴巴": "1688", "其他": "other"}
METHODS = {
    "支付宝": "alipay",
    "微信": "wechat",
    "微信支付": "wechat",
    "wechat pay": "wechat",
    "wechatpay": "wechat",
    "银行卡": "card",
    "信用卡": "card",
    "credit card": "card",
    "银行转账": "bank_transfer",
    "bank transfer": "bank_transfer",
    "余额": "wallet",
    "钱包": "wallet",
    "其他": "other",
}
CURRENCIES = {
    "rmb": "CNY",
    "人民币": "CNY",
    "美元": "USD",
    "欧元": "EUR",
    "英镑": "GBP",
    "日元": "JPY",
    "澳元": "AUD",
    "加元": "CAD",
    "新西兰元": "NZD",
    "新加坡元": "SGD",
    "港币": "HKD",
    "韩元": "KRW",
}
BOOLEANS = {"y": "true", "n": "false", "是": "true", "否": "false"}

# ISO 3166 alpha-2: alpha-3, Chinese and English names. Where customers live; a home may add to them.
_COUNTRY_NAMES = """
AE ARE 阿联酋,阿拉伯联合酋长国 United Arab Emirates,UAE
AT AUT 奥地利 Austria
AU AUS 澳大利亚,澳洲 Australia
BE BEL 比利时 Belgium
BR BRA 巴西 Brazil
CA CAN 加拿大 Canada
CH CHE 瑞士 Switzerland
CN CHN 中国 China
CZ CZE 捷克 Czechia,Czech Republic
DE DEU 德国 Germany
DK DNK 丹麦 Denmark
ES ESP 西班牙 Spain
FI FIN 芬兰 Finland
FR FRA 法国 France
GB GBR 英国 United Kingdom,UK,Great Britain
GR GRC 希腊 Greece
HK HKG 香港,中国香港 Hong Kong
HU HUN 匈牙利 Hungary
ID IDN 印度尼西亚,印尼 Indonesia
IE IRL 爱尔兰 Ireland
IL ISR 以色列 Israel
IN IND 印度 India
IT ITA 意大利 Italy
JP JPN 日本 Japan
KR KOR 韩国 South Korea,Republic of Korea
MO MAC 澳门,中国澳门 Macao,Macau
MX MEX 墨西哥 Mexico
MY MYS 马来西亚 Malaysia
NL NLD 荷兰 Netherlands
NO NOR 挪威 Norway
NZ NZL 新西兰 New Zealand
PH PHL 菲律宾 Philippines
PL POL 波兰 Poland
PT PRT 葡萄牙 Portugal
RO ROU 罗马尼亚 Romania
RU RUS 俄罗斯 Russia,Russian Federation
SA SAU 沙特阿拉伯 Saudi Arabia
SE SWE 瑞典 Sweden
SG SGP 新加坡 Singapore
TH THA 泰国 Thailand
TR TUR 土耳其 Turkey,Türkiye
TW TWN 台湾,中国台湾 Taiwan
US USA 美国 United States,United States of America
VN VNM 越南 Vietnam,Viet Nam
ZA ZAF 南非 South Africa
"""


def _countries() -> dict[str, str]:
    aliases = {}
    for line in _COUNTRY_NAMES.strip().splitlines():
        code, alpha_3, chinese, english = line.split(" ", 3)
        for name in (alpha_3, *chinese.split(","), *english.split(",")):
            aliases[name.lower()] = code
    return aliases


COUNTRIES: Mapping[str, str] = _countries()
