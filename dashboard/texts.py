"""Every word the pages say themselves, in English and Chinese.

Measures are named by audit.metrics, codes by audit.code_labels.
"""

from enum import Enum


class Language(Enum):
    EN = "en"
    ZH = "zh"

    @property
    def html_code(self) -> str:
        return "zh-Hans" if self is Language.ZH else "en"

    @property
    def own_name(self) -> str:
        return "中文" if self is Language.ZH else "English"


# key: (English, Chinese)
_TEXTS = {
    # pages
    "core_overview": ("Core Overview", "核心概览"),
    "order_operations": ("Order Operations", "订单运营"),
    "logistics_forwarding": ("Logistics & Forwarding", "物流与转运"),
    "user_growth": ("User Growth", "用户增长"),
    "pages": ("Pages", "页面"),
    "languages": ("Language", "语言"),
    "currencies": ("Currency", "币种"),
    "skip": ("Skip to the figures", "跳到数据"),
    # head
    "as_of": ("As of", "数据截至"),
    "money_in_cny": ("Money in CNY", "金额单位：人民币（CNY）"),
    "money_in": (
        "Money in {currency}: each day's CNY at that day's official rate; changes, and what is marked CNY, in CNY",
        "金额单位：{currency}，按每日官方汇率由人民币逐日折算；环比及标明 CNY 的金额以人民币计",
    ),
    "today_rate": ("1 {currency} = {rate} CNY, rate of {date}", "1 {currency} = {rate} CNY（{date}汇率）"),
    # notices
    "notices": ("Data status", "数据状态"),
    "feed_silent": (
        "The feed {feed} is silent since {at} (expected every {days} d): later figures are not complete.",
        "数据源 {feed} 自 {at} 起没有新数据（应每 {days} 天更新）：此后的数据不完整。",
    ),
    "source_silent": (
        "Setting error: {setting} is {source}, which has delivered no rate (delivered: {delivered}).",
        "设置错误：{setting} 为 {source}，但该来源没有任何汇率（已有：{delivered}）。",
    ),
    "unrated": (
        "{count} payments are in no figure: no rate is known for their currency.",
        "{count} 笔付款未计入任何指标：其币种没有汇率。",
    ),
    "rate_missing": (
        "No rate at all, {days}: {currencies}. What depends on it is shown as –.",
        "{days} 没有任何汇率：{currencies}。相关金额显示为 –。",
    ),
    "rate_stale": (
        "A rate carried forward for too long, {days}: {currencies}.",
        "{days} 使用了沿用过久的汇率：{currencies}。",
    ),
    "rate_provisional": (
        "Provisional rates, {days}: {currencies}. These figures change when the official rates arrive.",
        "{days} 使用临时汇率：{currencies}。官方汇率公布后，相关数据会更新。",
    ),
    "display_provisional": (
        "The {currency} rate of {date} is provisional: it is the rate of {rate_date}.",
        "{date} 的 {currency} 汇率为临时汇率，沿用 {rate_date} 的汇率。",
    ),
    "display_missing": (
        "No {currency} rate is known on {count} days: their money is shown as –.",
        "{count} 天没有 {currency} 汇率，相应金额显示为 –。",
    ),
    "quarantined": (
        "{count} rows are in quarantine and in no figure.",
        "{count} 行数据在隔离区，未计入任何指标。",
    ),
    "quarantine_none": ("No rows in quarantine.", "隔离区没有数据。"),
    "calibrated": (
        "Last calibration {at}: {rows} rows of {tables} tables recomputed, {differences} differences, "
        "{unexplained} unexplained.",
        "上次校准 {at}：重算 {tables} 张表共 {rows} 行，差异 {differences} 处，原因不明 {unexplained} 处。",
    ),
    "calibrated_never": ("Not calibrated yet.", "尚未校准。"),
    "more_status": ("Feeds and quarantine", "数据源与隔离区"),
    "feeds": ("Freshness of each feed", "各数据源的新鲜度"),
    "feed": ("Feed", "数据源"),
    "last_landed": ("Last landed", "最近入库"),
    "last_updated": ("Latest change", "最近变更"),
    "quarantine": ("Rows in quarantine", "隔离区数据"),
    "reason": ("Reason", "原因"),
    "rows": ("Rows", "行数"),
    "no_page": (
        "No page in {currency}: no rate of it is known.",
        "没有 {currency} 页面：该币种没有任何汇率。",
    ),
    "zone": ("Time zone", "时区"),
    # periods
    "periods": ("Key figures", "关键指标"),
    "today": ("Today so far", "今日（截至目前）"),
    "yesterday": ("Yesterday", "昨日"),
    "this_week": ("This week so far", "本周（截至目前）"),
    "this_month": ("This month so far", "本月（截至目前）"),
    "compared": ("Against {days}", "对比 {days}"),
    "compared_until": ("Against {days} until {time}", "对比 {days}，截至 {time}"),
    "previously": ("previously", "上期"),
    # charts and tables
    "trends": ("Trends", "趋势"),
    "view_30": ("30 days", "30 天"),
    "view_90": ("90 days", "90 天"),
    "view_365": ("365 days by week", "365 天（按周）"),
    "view_months": ("By month", "按月"),
    "lines_day": ("each day (dotted: today so far)", "每日（虚线：今日截至目前）"),
    "lines_mean": ("mean of 7 days", "7 日均值"),
    "lines_before": ("the period before", "上一周期"),
    "lines_bar": ("week or month (pale: still running)", "周或月（浅色：尚未结束）"),
    "change_note": (
        "Changes: finished days against as many before; in weeks and months the last finished one against the one before.",
        "环比：已结束的日期与之前同样天数相比；周与月为最近结束的一期与上一期相比。",
    ),
    "over_sum": ("", ""),
    "over_mean": ("per day", "日均"),
    "over_level": ("at the end", "期末"),
    "over_ratio": ("", ""),
    "by_hour": ("Paid by hour", "按小时支付额"),
    "hours_note": ("{unit}, until {hour} of each day", "{unit}，各日截至 {hour}"),
    "before_rate": (
        "{share} was paid between 0:00 and the hour in which the official rate of the day was published "
        "({days} finished days with such a rate).",
        "{share} 的支付额发生在 0:00 至当日官方汇率公布的那一小时之前（{days} 个已结束且当日有汇率的日期）。",
    ),
    "hours_text": ("Line chart by hour, paid until now: {parts}.", "按小时折线图，截至目前支付额：{parts}。"),
    "week_before": ("{day} a week ago", "上周{day}"),
    "standouts": ("What stood out on {day}", "{day}的异常"),
    "standouts_none": (
        "Nothing: every figure of {day} is about what it usually is on that weekday.",
        "{day}各项指标均在同一星期几的通常范围内。",
    ),
    "standouts_early": (
        "Too early to tell what is usual: that takes four weeks before {day}.",
        "{day}之前的数据不足四周，无法判断是否异常。",
    ),
    "usual": (
        "usually {lowest} to {highest} ({weeks} × {weekday})",
        "通常为 {lowest} 至 {highest}（{weeks} 个{weekday}）",
    ),
    "modules": ("This month by module", "本月各模块"),
    "shares": ("Shares, last 30 days", "占比（近 30 天）"),
    "rankings": ("Rankings", "排行"),
    "chart_text": (
        "{label}, {first} to {last}: lowest {lowest}, highest {highest}.",
        "{label}，{first}至{last}：最低 {lowest}，最高 {highest}。",
    ),
    "donut_text": ("Donut chart. {parts}", "环形图。{parts}"),
    "daily": ("By day", "按日"),
    "weekly": ("By week, from Monday", "按周（周一起）"),
    "monthly": ("By month", "按月"),
    "week": ("Week of", "周一"),
    "month": ("Month", "月份"),
    "series": ("The figures behind the charts", "图表数据"),
    "series_note": (
        "Newest first; the latest is still running.",
        "最新在前，最近一期尚未结束。",
    ),
    "whole_note": (
        "Money in whole units where it reaches {limit}; with all digits in",
        "达到 {limit} 的金额列按整数显示；完整数字见",
    ),
    "mean_note": ("Mean per day: {measures}.", "日均值：{measures}。"),
    "date": ("Date", "日期"),
    "share": ("Share", "占比"),
    "total": ("Total", "合计"),
    "change": ("Change on 30 days before", "较前 30 天"),
    "other": ("other", "其他"),
    "cut": ("{shown} of {count} rows", "{count} 行中的 {shown} 行"),
    "all_rows": ("all {count} rows", "全部 {count} 行"),
    "all_tables": ("All rows of all tables", "全部数据表"),
    "back": ("Back to {page}", "返回{page}"),
    "no_data": ("No data yet.", "暂无数据。"),
    "unknown_note": ("– means: not known.", "“–”表示未知。"),
    "definitions": ("What the figures mean, and how to see the rows behind one", "指标说明与溯源命令"),
    "part": ("{measure}: {part}", "{measure}：{part}"),
    # titles
    "paid_by_type": ("Paid by business", "各业务支付额"),
    "paid_by_currency": ("Paid by currency of payment", "各支付币种占比"),
    "fx_result": ("Exchange result by currency", "各币种汇兑结果"),
    "fx_note": (
        "Last 30 days, in CNY. Open and unrealised are levels as of now.",
        "近 30 天，单位 CNY。敞口与未实现为当前余额。",
    ),
    "paid_by_platform": ("Paid by platform", "各平台支付额"),
    "refund_by_reason": ("Refunds by reason", "各原因退款额"),
    "platforms": ("Platforms", "平台"),
    "countries": ("Countries of buyers", "买家国家"),
    "channels_of_users": ("Acquisition channels", "获客渠道"),
    "refunds": ("Refunds by component and reason", "退款组成与原因"),
    "order_cohorts": ("What became of paid orders", "已付订单结果"),
    "last_30": ("Last 30 days.", "近 30 天。"),
    "mature_180": (
        "Last 180 days, only days whose window has passed.",
        "近 180 天，仅含观察期已满的日期。",
    ),
    "paid_by_channel": ("Paid by channel", "各渠道支付额"),
    "weight_by_channel": ("Chargeable weight by channel", "各渠道计费重量"),
    "channels_by_month": ("Paid by channel and month", "各月渠道支付额占比"),
    "new_by_channel_and_month": (
        "New payers by acquisition channel and month",
        "各月获客渠道占比（新付费用户）",
    ),
    "payers_by_gender": ("Payers by gender", "付费用户性别"),
    "stack_note": ("right: share of {part}", "右侧为{part}占比"),
    "paid_by_service": ("Paid by service", "各服务支付额"),
    "routes": ("Routes", "线路排行"),
    "lines": ("Delivery by shipping line", "各运输线路时效"),
    "services": ("Services", "仓库服务"),
    "new_by_channel": ("New payers by acquisition channel", "各获客渠道新付费用户"),
    "new_by_country": ("New payers by country", "各国家新付费用户"),
    "conversion": ("Conversion by acquisition channel", "各获客渠道转化"),
    "retention": ("Retention by first paying month", "按首次付费月份的留存"),
    "retention_note": (
        "Share of the cohort that paid in each later month; a month that is not over is not shown.",
        "各月仍付费用户占比；未结束的月份不显示。",
    ),
    "countries_of_payers": ("Payers by country", "各国家付费用户"),
    "geography_note": (
        "Ranked by payers of the last 30 days.",
        "按近 30 天付费用户排名。",
    ),
    "month_number": ("Month {number}", "第 {number} 月"),
    "cohort_month": ("First month", "首付月份"),
    # digest
    "digest_week": ("Week of {days}", "{days} 周报"),
    "digest_month": ("{month}", "{month}月报"),
    "digest_subject": ("Warehouse, {period}: net revenue {net} CNY", "数据周期 {period}：净收入 {net} CNY"),
    "digest_compared": ("Against {days}. Money in CNY.", "对比 {days}。金额单位：人民币（CNY）。"),
    "digest_figure": ("Figure", "指标"),
    "digest_value": ("Value", "本期"),
    "digest_before": ("Before", "上期"),
    "digest_change": ("Change", "环比"),
    "digest_none": ("No payment has been counted yet.", "尚无计入的付款。"),
    "digest_incomplete": (
        "Not complete: a feed was silent for too long. Figures may still rise.",
        "数据不完整：有数据源长时间没有更新，数值可能上升。",
    ),
    "digest_short": (
        "The period before has figures from {day} on only: changes say little.",
        "上期数据自 {day} 起才有，环比仅供参考。",
    ),
    "restated": ("What changed after it was published", "发布后的变更"),
    "restated_none": ("No published figure has changed.", "已发布的数据没有变更。"),
    "restated_rows": (
        "{count} figures of {table}: {cause}",
        "{table}：{count} 个数值，原因：{cause}",
    ),
    "restated_day": (
        "Net revenue of {day}: {before} → {after} ({cause})",
        "{day}净收入：{before} → {after}（{cause}）",
    ),
    "restated_more": ("… and {count} more days", "……另有 {count} 天"),
    # dimensions
    "rank": ("Rank", "名次"),
    "business_type": ("Business", "业务"),
    "currency_code": ("Currency", "币种"),
    "platform": ("Platform", "平台"),
    "country_code": ("Country", "国家"),
    "destination_country": ("Destination", "目的国家"),
    "acquisition_channel": ("Acquisition channel", "获客渠道"),
    "component": ("Component", "组成"),
    "gender": ("Gender", "性别"),
    "warehouse_code": ("Warehouse", "仓库"),
    "line_code": ("Shipping line", "运输线路"),
    "channel": ("Channel", "渠道"),
    "service_code": ("Service", "服务"),
}


def text(key: str, language: Language, **values: object) -> str:
    """The text of a key; KeyError for a key that does not exist."""
    return _TEXTS[key][language is Language.ZH].format(**values)
