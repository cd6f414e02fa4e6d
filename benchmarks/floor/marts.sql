-- The published marts, into the attached database `out`. core_freshness without last_landed_at, which no landing file tells.
create schema out.marts;
create macro gross(kind, x) as money_sum(case when kind = 'payment' then x else 0 end);
create macro refunded(kind, x) as money_sum(case when kind = 'refund' then -x else 0 end);
create macro charged_back(kind, x) as money_sum(case when kind = 'chargeback' then -x else 0 end);
create temp table types as select unnest(['purchase', 'forwarding', 'service', 'all']) as business_type;

create temp table daily_money as
select business_date, coalesce(business_type, 'all') as business_type, gross(kind, amount) as gross_paid_cny,
    refunded(kind, amount) as refund_cny, charged_back(kind, amount) as chargeback_cny, money_sum(amount) as net_revenue_cny,
    bool_or(is_rate_provisional) as has_provisional_rate, bool_or(is_rate_stale) as has_stale_rate
from money group by grouping sets ((business_date, business_type), (business_date));

create table out.marts.core_daily as
with orders as (
    select paid_date as business_date, business_type, count(*) as paid_order_count from paid_orders group by all
    union all
    select paid_date, 'all', count(*) from paid_orders where is_own group by paid_date
),
payers as (
    select business_date, days.business_type, count(*) as paying, count(case when business_date = first_paid_date then 1 end) as new
    from user_days as days inner join firsts using (user_id, business_type)
    where is_paying group by business_date, days.business_type
)
select business_date, business_type, coalesce(gross_paid_cny, 0) as gross_paid_cny, coalesce(refund_cny, 0) as refund_cny,
    coalesce(chargeback_cny, 0) as chargeback_cny, coalesce(net_revenue_cny, 0) as net_revenue_cny,
    coalesce(paid_order_count, 0) as paid_order_count, coalesce(paying, 0) as paying_user_count, coalesce(new, 0) as new_user_count,
    coalesce(paying - new, 0) as returning_user_count, coalesce(has_provisional_rate, false) as has_provisional_rate,
    coalesce(has_stale_rate, false) as has_stale_rate, coalesce(row_end(business_date) <= until_at, false) as is_complete
from dates cross join types inner join spoken using (business_type)
left join daily_money using (business_date, business_type) left join orders using (business_date, business_type)
left join payers using (business_date, business_type)
where has_revenue;

create table out.marts.core_display_daily as
with currencies as (select unnest(getvariable('display_currencies')) as currency_code)
select business_date, business_type, currencies.currency_code,
    cast(shown(coalesce(gross_paid_cny, 0), rate_cny) as decimal(32, 2)) as gross_paid,
    cast(shown(coalesce(refund_cny, 0), rate_cny) as decimal(32, 2)) as refund,
    cast(shown(coalesce(chargeback_cny, 0), rate_cny) as decimal(32, 2)) as chargeback,
    cast(shown(coalesce(net_revenue_cny, 0), rate_cny) as decimal(32, 2)) as net_revenue, rate_cny,
    coalesce(is_provisional, currencies.currency_code not in (select currency_code from rates)) as is_rate_provisional,
    coalesce(is_stale, false) as is_rate_stale, rate_date
from dates cross join types cross join currencies
left join rates using (business_date, currency_code) left join daily_money using (business_date, business_type)
where has_revenue;

create table out.marts.core_hourly as
with hours as (
    select business_date, unnest(range(24)) as business_hour from dates where has_revenue and business_date >= today() - 34
),
sums as (
    select business_date, hour(occurred_at + interval 8 hour) as business_hour, coalesce(business_type, 'all') as business_type,
        gross(kind, amount) as gross_paid_cny, refunded(kind, amount) as refund_cny, charged_back(kind, amount) as chargeback_cny,
        money_sum(amount) as net_revenue_cny, count(distinct case when kind = 'payment' then user_id end) as paying_user_count
    from money where business_date >= today() - 34
    group by grouping sets ((business_date, hour(occurred_at + interval 8 hour), business_type), (business_date, hour(occurred_at + interval 8 hour)))
),
orders as (
    select paid_date as business_date, hour(paid_at + interval 8 hour) as business_hour, business_type, count(*) as paid_order_count
    from paid_orders where paid_date >= today() - 34 group by all
    union all
    select paid_date, hour(paid_at + interval 8 hour), 'all', count(*) from paid_orders where is_own and paid_date >= today() - 34 group by all
)
select business_date, business_hour, business_type, coalesce(gross_paid_cny, 0) as gross_paid_cny, coalesce(refund_cny, 0) as refund_cny,
    coalesce(chargeback_cny, 0) as chargeback_cny, coalesce(net_revenue_cny, 0) as net_revenue_cny,
    coalesce(paid_order_count, 0) as paid_order_count, coalesce(paying_user_count, 0) as paying_user_count
from hours cross join types left join sums using (business_date, business_hour, business_type)
left join orders using (business_date, business_hour, business_type)
where day_start(business_date) + to_hours(business_hour) < as_of();

create table out.marts.core_periods as
with periods as (
    select 'today' as period, today() as start_date, today() - 1 as previous_start_date, today() as end_date
    union all select 'yesterday', today() - 1, today() - 2, today() - 1
    union all select 'this_week', cast(date_trunc('week', today()) as date), cast(date_trunc('week', today()) as date) - 7, today()
    union all select 'this_month', cast(date_trunc('month', today()) as date), cast(date_trunc('month', today()) - interval 1 month as date), today()
),
bounded as (
    select *, day_start(start_date) as from_at, least(as_of(), day_start(end_date + 1)) as to_at, day_start(previous_start_date) as previous_from_at
    from periods
),
windows as (
    select period, false as is_previous, from_at, to_at from bounded
    union all
    select period, true, previous_from_at, least(previous_from_at + (to_at - from_at), from_at) from bounded
),
sums as (
    select period, is_previous, coalesce(business_type, 'all') as business_type, gross(kind, amount) as gross_paid_cny,
        refunded(kind, amount) as refund_cny, charged_back(kind, amount) as chargeback_cny, money_sum(amount) as net_revenue_cny,
        count(distinct case when kind = 'payment' then user_id end) as payers
    from (from money where business_date >= today() - 63) as money inner join windows on occurred_at >= from_at and occurred_at < to_at
    group by grouping sets ((period, is_previous, business_type), (period, is_previous))
),
orders as (
    select period, is_previous, coalesce(business_type, 'all') as business_type, count(distinct (order_type, order_id)) as paid_order_count
    from (from paid_orders where paid_date >= today() - 63) as paid_orders inner join windows on paid_at >= from_at and paid_at < to_at
    group by grouping sets ((period, is_previous, business_type), (period, is_previous))
),
news as (
    select period, is_previous, business_type, count(*) as new from firsts inner join windows on first_paid_at >= from_at and first_paid_at < to_at
    group by all
),
measured as (
    select period, is_previous, business_type, coalesce(gross_paid_cny, 0) as gross_paid_cny, coalesce(refund_cny, 0) as refund_cny,
        coalesce(chargeback_cny, 0) as chargeback_cny, coalesce(net_revenue_cny, 0) as net_revenue_cny,
        coalesce(paid_order_count, 0) as paid_order_count, coalesce(payers, 0) as paying_user_count, coalesce(new, 0) as new_user_count,
        coalesce(payers, 0) - coalesce(new, 0) as returning_user_count
    from windows cross join types left join sums using (period, is_previous, business_type)
    left join orders using (period, is_previous, business_type) left join news using (period, is_previous, business_type)
)
select this.* exclude (is_previous), previous.gross_paid_cny as previous_gross_paid_cny, previous.refund_cny as previous_refund_cny,
    previous.chargeback_cny as previous_chargeback_cny, previous.net_revenue_cny as previous_net_revenue_cny,
    previous.paid_order_count as previous_paid_order_count, previous.paying_user_count as previous_paying_user_count,
    previous.new_user_count as previous_new_user_count, previous.returning_user_count as previous_returning_user_count,
    coalesce(to_at <= until_at, false) as is_complete, start_date as period_start_date, end_date as period_end_date,
    previous_start_date as previous_period_start_date, as_of() as as_of_at
from measured as this inner join measured as previous using (period, business_type) inner join bounded using (period)
inner join spoken using (business_type)
where not this.is_previous and previous.is_previous;

create table out.marts.core_payments_daily as
select business_date(initiated_at) as business_date, method, currency_code, count(*) as initiated_count,
    count(case when status = 'succeeded' then 1 end) as succeeded_count, count(case when status = 'failed' then 1 end) as failed_count,
    count(case when status = 'expired' then 1 end) as expired_count,
    ratio(count(case when status = 'succeeded' then 1 end), count(case when status in ('succeeded', 'failed', 'expired') then 1 end)) as succeeded_ratio,
    money_sum(case when is_counted then revenue else 0 end) as amount_cny,
    money_sum(case when purpose = 'topup' and status = 'succeeded' and succeeded_at < as_of() then coalesce(revenue, 0) else 0 end) as topup_cny
from judged where not is_test and not is_deleted and initiated_at < as_of()
group by all;

create table out.marts.core_data_quality as
select 'payments' as feed, 'no_rate' as reason, count(*) as quarantined_count from judged where is_without_rate having count(*) > 0
union all
select 'refunds', reason_kept_out, count(*) from refunds where reason_kept_out is not null group by reason_kept_out;

create table out.marts.core_freshness as
select unnest(['users', 'purchase_orders', 'purchase_order_lines', 'forwarding_orders', 'forwarding_boxes', 'shipping_lines', 'service_orders',
    'payments', 'refunds', 'settlements', 'fx_rates', 'traffic_daily']) as feed,
    unnest([(select max(updated_at) from raw_users), (select max(updated_at) from raw_purchase_orders), (select max(updated_at) from raw_lines),
    (select max(updated_at) from raw_forwarding_orders), (select max(updated_at) from raw_boxes), (select max(updated_at) from raw_shipping_lines),
    (select max(updated_at) from raw_service_orders), (select max(updated_at) from raw_payments), (select max(updated_at) from raw_refunds),
    (select max(updated_at) from raw_settlements), (select max(updated_at) from raw_fx_rates), null]) as last_updated_at;

-- R14.
create temp table positions as
with charges as (
    select provider_txn_id, payment_id, net_cny, business_date(settled_at) as settled_date
    from (from raw_settlements qualify row_number() over (partition by settlement_id order by updated_at desc nulls last, rowid desc) = 1)
    where not is_deleted and settled_at < as_of() and type = 'charge'
),
foreign_payments as (
    select payment_id, provider_txn_id, currency_code, amount, coalesce(fee_amount, 0) as fee, revenue, rate_cny, paid_date, succeeded_at
    from judged where is_counted and currency_code <> 'CNY'
),
claims as (
    select provider_txn_id, arg_min(payment_id, (succeeded_at, payment_id)) as payment_id from foreign_payments
    where provider_txn_id is not null group by provider_txn_id
),
settled as (
    select payment_id, sum(net_cny) as net_cny, min(settled_date) as settled_date
    from (
        select payment_id, net_cny, settled_date from charges where payment_id is not null
        union all
        select claims.payment_id, net_cny, settled_date from charges inner join claims using (provider_txn_id) where charges.payment_id is null
    ) group by payment_id
)
select currency_code, amount, amount - fee as open_amount, revenue as amount_cny, at_rate(amount, rate_cny) as booked,
    at_rate(amount, rate_cny) - revenue as margin, at_rate(fee, rate_cny) as fee, booked - at_rate(p.fee, rate_cny) as carrying,
    settled.net_cny as settled, settled.net_cny - carrying as realised, provider_txn_id is null and settled.payment_id is null as is_untracked,
    paid_date, case when settled_date is not null then greatest(settled_date, paid_date) end as settled_date
from foreign_payments as p left join settled using (payment_id);

create macro sum_if_known(x) as case when count(*) = count(x) then money_sum(x) end;
create table out.marts.core_fx_daily as
with paid as (
    select currency_code, paid_date as business_date, sum(amount) as paid_amount, sum(amount_cny) as amount_cny, sum_if_known(booked) as booked,
        sum_if_known(margin) as margin, sum_if_known(fee) as fee, count(*) as n,
        case when count(case when is_untracked then 1 end) = count(case when is_untracked then carrying end)
            then money_sum(case when is_untracked then carrying else 0 end) end as untracked
    from positions group by all
),
settled as (
    select currency_code, settled_date as business_date, money_sum(settled) as settled, sum_if_known(realised) as realised, count(*) as n
    from positions where settled_date is not null group by all
),
spans as (
    select *, coalesce(settled_date, date '9999-12-31') as until from positions where not is_untracked
),
moves as (
    select currency_code, paid_date as business_date, open_amount, coalesce(carrying, 0) as carrying, 1 as n,
        case when carrying is null then 1 else 0 end as unknown, 0 as long_amount, 0 as long_n from spans
    union all
    select currency_code, until, -open_amount, -coalesce(carrying, 0), -1, case when carrying is null then -1 else 0 end,
        case when paid_date + 31 < until then -open_amount else 0 end, case when paid_date + 31 < until then -1 else 0 end from spans
    union all
    select currency_code, paid_date + 31, 0, 0, 0, 0, open_amount, 1 from spans where paid_date + 31 < until
),
daily as (
    select currency_code, business_date, sum(open_amount) as open_amount, sum(carrying) as carrying, sum(n) as n, sum(unknown) as unknown,
        sum(long_amount) as long_amount, sum(long_n) as long_n
    from moves group by all
),
levels as (
    select firsts.currency_code, calendar.business_date, sum(coalesce(open_amount, 0)) over running as open_amount,
        sum(coalesce(carrying, 0)) over running as carrying, sum(coalesce(n, 0)) over running as n, sum(coalesce(unknown, 0)) over running as unknown,
        sum(coalesce(long_amount, 0)) over running as long_amount, sum(coalesce(long_n, 0)) over running as long_n
    from (select currency_code, min(paid_date) as first_date from positions group by currency_code) as firsts
    inner join calendar on calendar.business_date >= first_date
    left join daily on firsts.currency_code = daily.currency_code and calendar.business_date = daily.business_date
    window running as (partition by firsts.currency_code order by calendar.business_date rows unbounded preceding)
)
select business_date, currency_code, coalesce(paid.n, 0) as payment_count, cast(coalesce(paid_amount, 0) as decimal(18, 4)) as paid_amount,
    cast(coalesce(amount_cny, 0) as decimal(18, 2)) as amount_cny, cast(case when paid.n > 0 then booked else 0 end as decimal(18, 2)) as booked_cny,
    cast(case when paid.n > 0 then margin else 0 end as decimal(18, 2)) as margin_cny,
    cast(case when paid.n > 0 then fee else 0 end as decimal(18, 2)) as fee_cny, cast(coalesce(settled, 0) as decimal(18, 2)) as settled_cny,
    cast(case when settled.n > 0 then realised else 0 end as decimal(18, 2)) as realised_cny,
    cast(levels.open_amount as decimal(18, 4)) as open_amount,
    case when levels.n = 0 then cast(0 as decimal(18, 2)) else at_rate(cast(levels.open_amount as decimal(18, 4)), rate_cny) end as open_cny,
    cast(case when unknown = 0 then open_cny - carrying end as decimal(18, 2)) as unrealised_cny,
    cast(case when paid.n > 0 then untracked else 0 end as decimal(18, 2)) as untracked_cny,
    case when long_n = 0 then cast(0 as decimal(18, 2)) else at_rate(cast(long_amount as decimal(18, 4)), rate_cny) end as open_over_30d_cny,
    rate_cny, rate_source, coalesce(is_provisional, false) as is_rate_provisional, coalesce(is_stale, false) as is_rate_stale, rate_date
from levels left join rates using (business_date, currency_code) left join paid using (business_date, currency_code)
left join settled using (business_date, currency_code);

create table out.marts.orders_daily as
with sums as (
    select business_date, platform, country_code, acquisition_channel, money_sum(a) as goods_cny, money_sum(b) as domestic_freight_cny,
        money_sum(c) as service_fee_cny, money_sum(supplement) as supplement_cny, money_sum(unallocated) as unallocated_cny,
        gross(kind, amount) as gross_paid_cny, refunded(kind, amount) as refund_cny, charged_back(kind, amount) as chargeback_cny,
        money_sum(amount) as net_revenue_cny
    from money where business_type = 'purchase' group by all
),
orders as (
    select paid_date as business_date, platform, country_code, acquisition_channel, count(*) as paid_order_count,
        cast(sum(item_quantity) as bigint) as item_quantity
    from paid_orders where business_type = 'purchase' group by all
)
select business_date, platform, country_code, acquisition_channel, coalesce(paid_order_count, 0) as paid_order_count,
    coalesce(item_quantity, 0) as item_quantity,
    coalesce(columns(sums.* exclude (business_date, platform, country_code, acquisition_channel)), 0)
from sums full join orders using (business_date, platform, country_code, acquisition_channel);

create table out.marts.orders_cohort_daily as
with sums as (
    select order_id, gross(kind, amount) as gross_paid, refunded(kind, amount) as refund, charged_back(kind, amount) as chargeback
    from money where business_type = 'purchase' and order_paid_date is not null group by order_id
),
results as (
    select p.paid_date, po.platform, p.is_cancelled, past(completed_at) is not null or (status = 'completed' and completed_at is null) as is_completed,
        purchase_cost, coalesce(gross_paid, 0) as gross_paid, coalesce(refund, 0) as refund, coalesce(chargeback, 0) as chargeback,
        microseconds(paid_at, past(purchased_at)) as to_purchase, microseconds(paid_at, past(stored_at)) as to_store
    from paid_at as p inner join purchase_orders as po using (order_id) left join sums using (order_id)
    where p.order_type = 'purchase' and paid_date is not null
),
grouped as (
    select paid_date as business_date, platform, count(*) as paid_order_count, count(case when is_completed then 1 end) as completed_order_count,
        count(case when is_cancelled then 1 end) as cancelled_order_count, count(case when refund > 0 then 1 end) as refunded_order_count,
        count(case when refund >= gross_paid and gross_paid > 0 then 1 end) as fully_refunded_order_count,
        count(purchase_cost) as purchase_cost_known_order_count, money_sum(gross_paid) as gross_paid_cny, money_sum(refund) as refund_cny,
        money_sum(chargeback) as chargeback_cny, money_sum(gross_paid - refund - chargeback) as net_revenue_cny,
        money_sum(purchase_cost) as purchase_cost_cny, money_sum(gross_paid - refund - chargeback - purchase_cost) as purchase_margin_cny,
        coalesce(list_sort(list(to_purchase) filter (to_purchase is not null)), []) as l, coalesce(list_sort(list(to_store) filter (to_store is not null)), []) as m
    from results group by all
)
select * exclude (l, m), percentile(l, 5, 3600000000) as hours_to_purchase_p50, percentile(l, 9, 3600000000) as hours_to_purchase_p90,
    percentile(m, 5, 3600000000) as hours_to_store_p50, percentile(m, 9, 3600000000) as hours_to_store_p90, matured(business_date, 30) as is_mature
from grouped;

create table out.marts.orders_conversion_daily as
select business_date(p.created_at) as created_date, platform, count(*) as created_order_count,
    count(case when is_within(p.created_at, paid_at, 24) then 1 end) as paid_24h_count,
    count(case when is_within(p.created_at, paid_at, 72) then 1 end) as paid_72h_count, count(paid_at) as paid_count,
    ratio(count(case when is_within(p.created_at, paid_at, 72) then 1 end), count(*)) as paid_72h_ratio,
    matured(business_date(p.created_at), 3) as is_mature
from paid_at as p inner join purchase_orders using (order_id)
where p.order_type = 'purchase' and p.created_at < as_of() group by business_date(p.created_at), platform;

create table out.marts.orders_refunds_daily as
select business_date(completed_at) as business_date,
    case when order_type = 'forwarding' and parts.component = 'service' then 'service' else order_type end as business_type,
    parts.component, reason, destination, count(distinct refund_id) as refund_count, money_sum(amount) as refund_cny
from refund_parts as parts inner join refunds using (refund_id) inner join paid on parts.payment_id = paid.payment_id
where not is_chargeback group by all;

create temp table forwarding_money as
select business_date, warehouse_code, destination_country, line_code, channel, money_sum(a) as freight_cny, money_sum(b) as surcharge_cny,
    money_sum(c) as insurance_cny, money_sum(d) as customs_cny, money_sum(supplement) as supplement_cny, money_sum(unallocated) as unallocated_cny,
    gross(kind, amount) as gross_paid_cny, refunded(kind, amount) as refund_cny, charged_back(kind, amount) as chargeback_cny,
    money_sum(amount) as net_revenue_cny
from money where business_type = 'forwarding' group by all;

create table out.marts.forwarding_daily as
with by_order as (
    select order_id, money_sum(amount) as net from money where business_type = 'forwarding' and order_paid_date is not null group by order_id
),
orders as (
    select paid_date as business_date, warehouse_code, destination_country, line_code, channel, count(*) as paid_order_count,
        cast(sum(box_count) as bigint) as box_count, cast(sum(actual_weight_g) as bigint) as actual_weight_g,
        cast(sum(chargeable_weight_g) as bigint) as chargeable_weight_g, money_sum(carrier_cost) as carrier_cost_cny,
        cast(sum(known_box_count) as bigint) as carrier_cost_known_box_count,
        money_sum(case when box_count > 0 and known_box_count = box_count then coalesce(net, 0) - carrier_cost end) as freight_margin_cny
    from paid_orders left join by_order using (order_id) where business_type = 'forwarding' group by all
)
select business_date, warehouse_code, line_code, channel, destination_country, coalesce(paid_order_count, 0) as paid_order_count,
    coalesce(box_count, 0) as box_count, coalesce(actual_weight_g, 0) as actual_weight_g, coalesce(chargeable_weight_g, 0) as chargeable_weight_g,
    coalesce(columns(forwarding_money.* exclude (business_date, warehouse_code, destination_country, line_code, channel)), 0), carrier_cost_cny,
    coalesce(carrier_cost_known_box_count, 0) as carrier_cost_known_box_count, freight_margin_cny
from forwarding_money full join orders using (business_date, warehouse_code, destination_country, line_code, channel);

create table out.marts.forwarding_channel_share_daily as
with by_channel as (
    select business_date, channel, cast(sum(paid_order_count) as bigint) as paid_order_count, cast(sum(chargeable_weight_g) as bigint) as chargeable_weight_g,
        money_sum(gross_paid_cny) as gross_paid_cny
    from out.marts.forwarding_daily group by all
),
totals as (
    select *, cast(sum(paid_order_count) over day as bigint) as total_paid_order_count,
        cast(sum(chargeable_weight_g) over day as bigint) as total_chargeable_weight_g, cast(sum(gross_paid_cny) over day as decimal(18, 2)) as total_gross_paid_cny
    from by_channel window day as (partition by business_date)
)
select *, ratio(paid_order_count, total_paid_order_count) as paid_order_count_share,
    ratio(chargeable_weight_g, total_chargeable_weight_g) as chargeable_weight_g_share, ratio(gross_paid_cny, total_gross_paid_cny) as gross_paid_cny_share
from totals;

create table out.marts.forwarding_routes as
select *, row_number() over (order by paid_order_count desc, gross_paid_cny desc, warehouse_code, destination_country, line_code) as rank,
    case when chargeable_weight_g > 0 then
        cast(cast((fen(freight_cny) * 2000 + chargeable_weight_g) // (chargeable_weight_g * 2) as decimal(20, 0)) * 0.01 as decimal(18, 2)) end as freight_per_kg_cny
from (
    select warehouse_code, destination_country, line_code, cast(sum(paid_order_count) as bigint) as paid_order_count,
        cast(sum(chargeable_weight_g) as bigint) as chargeable_weight_g, money_sum(gross_paid_cny) as gross_paid_cny, money_sum(freight_cny) as freight_cny
    from out.marts.forwarding_daily where business_date > today() - 30 and business_date <= today() group by all
);

create table out.marts.forwarding_transit_daily as
with shipped as (
    select business_date(past(shipped_at)) as shipped_date, open_code(fo.line_code) as line_code, fo.status,
        past(delivered_at) is not null or (fo.status = 'delivered' and delivered_at is null) as is_delivered,
        microseconds(shipped_at, past(delivered_at)) as transit, promised_days
    from forwarding_orders as fo inner join orders on orders.order_type = 'forwarding' and fo.order_id = orders.order_id
    left join shipping_lines as lines
        on fo.line_code = lines.line_code and business_date(fo.created_at) >= lines.valid_from and business_date(fo.created_at) < lines.valid_to
    where not fo.is_deleted and not orders.is_test and shipped_at < as_of()
),
grouped as (
    select shipped_date, line_code, count(*) as shipped_count, count(case when is_delivered then 1 end) as delivered_count,
        count(case when transit <= promised_days * 86400000000 then 1 end) as on_time_count, count(case when status = 'lost' then 1 end) as lost_count,
        count(case when status = 'returned' then 1 end) as returned_count, count(case when status = 'seized' then 1 end) as seized_count,
        coalesce(list_sort(list(transit) filter (transit is not null)), []) as l
    from shipped group by all
)
select * exclude (l), ratio(on_time_count, delivered_count) as on_time_ratio, percentile(l, 5, 86400000000) as transit_days_p50,
    percentile(l, 9, 86400000000) as transit_days_p90, matured(shipped_date, 30) as is_mature
from grouped;

create table out.marts.services_daily as
with sums as (
    select business_date, service_code, gross(kind, amount) as gross_paid_cny, refunded(kind, amount) as refund_cny,
        charged_back(kind, amount) as chargeback_cny, money_sum(amount) as net_revenue_cny
    from money where business_type = 'service' group by all
),
orders as (
    select paid_date as business_date, service_code, count(*) as paid_order_count from paid_orders where business_type = 'service' group by all
)
select business_date, service_code, coalesce(paid_order_count, 0) as paid_order_count,
    coalesce(columns(sums.* exclude (business_date, service_code)), 0)
from sums full join orders using (business_date, service_code);

create table out.marts.users_daily as
with paying as (
    select business_date, count(*) as paying_user_count, count(case when is_new then 1 end) as new_user_count
    from user_days_all where is_paying group by business_date
),
registered as (
    select registered_date as business_date, count(*) as registered_user_count from users where is_counted group by all
),
visits as (
    select traffic_date as business_date, cast(sum(visitor_count) as bigint) as visitor_count, cast(sum(session_count) as bigint) as session_count
    from (from raw_traffic qualify row_number() over (partition by traffic_date, acquisition_channel, country_code order by rowid desc) = 1)
    group by all
),
followed as (
    select business_date, lead(business_date) over (partition by user_id order by business_date) as next_date from user_days_all where is_paying
),
moves as (
    select business_date, count(*) as d7, count(*) as d30 from followed group by all
    union all
    select least(coalesce(next_date, business_date + 7), business_date + 7), -count(*), 0 from followed group by all
    union all
    select least(coalesce(next_date, business_date + 30), business_date + 30), 0, -count(*) from followed group by all
    union all
    select business_date, 0, 0 from dates
),
active as (
    select business_date, cast(sum(sum(d7)) over running as bigint) as active_buyers_7d, cast(sum(sum(d30)) over running as bigint) as active_buyers_30d
    from moves group by business_date window running as (order by business_date rows unbounded preceding)
)
select business_date, coalesce(registered_user_count, 0) as registered_user_count, coalesce(paying_user_count, 0) as paying_user_count,
    coalesce(new_user_count, 0) as new_user_count, coalesce(paying_user_count, 0) - coalesce(new_user_count, 0) as returning_user_count,
    active_buyers_7d, active_buyers_30d, visitor_count, session_count
from dates left join registered using (business_date) left join paying using (business_date) left join active using (business_date)
left join visits using (business_date);

create table out.marts.users_segments_daily as
with active as (
    select business_date, coalesce(country_code, 'ZZ') as country_code, coalesce(acquisition_channel, 'unknown') as acquisition_channel,
        coalesce(gender, 'unknown') as gender, count(case when is_paying then 1 end) as paying_user_count,
        count(case when is_new then 1 end) as new_user_count, money_sum(net) as net_revenue_cny
    from user_days_all as days
    left join attributes on days.user_id = attributes.user_id and row_end(business_date) >= valid_from and row_end(business_date) < valid_to
    group by all
),
registered as (
    select registered_date as business_date, coalesce(attributes.country_code, 'ZZ') as country_code,
        coalesce(attributes.acquisition_channel, 'unknown') as acquisition_channel, coalesce(attributes.gender, 'unknown') as gender,
        count(*) as registered_user_count
    from users left join attributes on users.user_id = attributes.user_id and row_end(registered_date) >= valid_from and row_end(registered_date) < valid_to
    where is_counted group by all
)
select business_date, country_code, acquisition_channel, gender, coalesce(registered_user_count, 0) as registered_user_count,
    coalesce(paying_user_count, 0) as paying_user_count, coalesce(new_user_count, 0) as new_user_count, coalesce(net_revenue_cny, 0) as net_revenue_cny
from active full join registered using (business_date, country_code, acquisition_channel, gender);

create table out.marts.users_conversion_daily as
with counted as (
    select registered_date, coalesce(acquisition_channel, 'unknown') as acquisition_channel, registered_at, user_id
    from (select user_id, registered_date, registered_at from users where is_counted) as users
    left join attributes using (user_id)
    where attributes.user_id is null or (row_end(registered_date) >= valid_from and row_end(registered_date) < valid_to)
)
select registered_date, acquisition_channel, count(*) as registered_user_count,
    count(case when is_within(registered_at, first_paid_at, 7 * 24) then 1 end) as paid_7d_count,
    count(case when is_within(registered_at, first_paid_at, 30 * 24) then 1 end) as paid_30d_count,
    ratio(count(case when is_within(registered_at, first_paid_at, 30 * 24) then 1 end), count(*)) as paid_30d_ratio,
    matured(registered_date, 30) as is_mature
from counted left join firsts on counted.user_id = firsts.user_id and firsts.business_type = 'all'
group by registered_date, acquisition_channel;

create macro month_of(d) as cast(date_trunc('month', d) as date);
create table out.marts.users_cohort_monthly as
with cohorts as (
    select month_of(first_paid_date) as cohort_month, count(*) as cohort_user_count from firsts where business_type = 'all' group by all
),
grid as (
    select cohort_month, cohort_user_count, month, row_number() over (partition by cohort_month order by month) - 1 as months_since,
        month < month_of(today()) as is_over
    from cohorts inner join (select distinct month_of(business_date) as month from calendar) on cohort_month <= month
),
activity as (
    select month_of(first_paid_date) as cohort_month, greatest(month_of(business_date), month_of(first_paid_date)) as month,
        count(distinct case when is_paying then user_id end) as active, sum(net) as net
    from user_days_all group by all
)
select cohort_month, months_since, cohort_user_count, case when is_over then coalesce(active, 0) end as active_user_count,
    case when is_over then ratio(coalesce(active, 0), cohort_user_count) end as retention_ratio,
    cast(case when is_over then sum(coalesce(net, 0)) over (partition by cohort_month order by month rows unbounded preceding) end as decimal(18, 2)) as net_revenue_cny
from grid left join activity using (cohort_month, month);

create table out.marts.users_geography as
with last_parcels as (
    select user_id, arg_max(destination_country, (paid_at, order_id)) as destination_country from paid_orders where business_type = 'forwarding' group by user_id
),
located as (
    select days.*, case when known.country_code <> 'ZZ' then known.country_code else coalesce(destination_country, 'ZZ') end as country,
        business_date > today() - 30 and business_date <= today() as is_recent
    from user_days_all as days
    left join (select user_id, attributes.country_code from attributes inner join users using (user_id) where valid_to = timestamp '9999-12-31') as known
        on days.user_id = known.user_id
    left join last_parcels on days.user_id = last_parcels.user_id
),
grouped as (
    select country as country_code, count(distinct case when is_paying then user_id end) as paying_user_count, money_sum(net) as net_revenue_cny,
        count(distinct case when is_paying and is_recent then user_id end) as paying_user_count_30d,
        money_sum(case when is_recent then net else 0 end) as net_revenue_cny_30d
    from located group by all
)
select *, row_number() over (order by paying_user_count desc, country_code) as paying_user_rank,
    row_number() over (order by net_revenue_cny desc, country_code) as net_revenue_rank,
    row_number() over (order by paying_user_count_30d desc, country_code) as paying_user_rank_30d,
    row_number() over (order by net_revenue_cny_30d desc, country_code) as net_revenue_rank_30d
from grouped;

create table out.marts.users_monthly as
with sums as (
    select user_id, coalesce(business_type, 'all') as business_type, month_of(business_date) as month, gross(kind, amount) as gross_paid_cny,
        money_sum(amount) as net_revenue_cny, bool_or(kind = 'payment') as is_paying
    from money group by grouping sets ((user_id, business_type, month_of(business_date)), (user_id, month_of(business_date)))
),
orders as (
    select user_id, business_type, month_of(paid_date) as month, count(*) as paid_order_count from paid_orders group by all
    union all
    select user_id, 'all', month_of(paid_date), count(*) from paid_orders where is_own group by all
),
months as (
    select user_id, business_type, month, coalesce(paid_order_count, 0) as paid_order_count, coalesce(gross_paid_cny, 0) as gross_paid_cny,
        coalesce(net_revenue_cny, 0) as net_revenue_cny, coalesce(is_paying, false) as is_paying,
        least(day_start(cast(month + interval 1 month as date)), as_of()) as ends_at
    from sums full join orders using (user_id, business_type, month)
),
grouped as (
    select month, business_type, coalesce(country_code, 'ZZ') as country_code, coalesce(acquisition_channel, 'unknown') as acquisition_channel,
        coalesce(gender, 'unknown') as gender, count(case when is_paying then 1 end) as paying_user_count,
        count(case when is_paying and month = month_of(first_paid_date) then 1 end) as new_user_count,
        cast(sum(paid_order_count) as bigint) as paid_order_count, money_sum(gross_paid_cny) as gross_paid_cny, money_sum(net_revenue_cny) as net_revenue_cny
    from months left join firsts using (user_id, business_type)
    left join attributes on months.user_id = attributes.user_id and ends_at >= valid_from and ends_at < valid_to
    group by all
),
last_dates as (select month_of(business_date) as month, max(business_date) as last_date from calendar group by all)
select grouped.*, paying_user_count - new_user_count as returning_user_count, coalesce(row_end(last_date) <= until_at, false) as is_complete
from grouped left join last_dates using (month) inner join spoken using (business_type);
