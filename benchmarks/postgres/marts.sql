-- Four marts from the typed tables of the landing, as PostgreSQL's SQL has it: a table a step, money in numeric.
-- `:as_of` (UTC) and `:rate_source` are psql's variables. Rules are cited as in docs/contract.md.
set work_mem = '256MB';
set client_min_messages = warning;
create schema marts;
create function business_date(t timestamp) returns date language sql immutable as $$ select cast(t + interval '8 hours' as date) $$;
create function row_end(d date, as_of timestamp) returns timestamp language sql immutable as $$ select least(cast(d + 1 as timestamp) - interval '8 hours', as_of) $$;

-- Current versions (R16).
create unlogged table users as
select distinct on (user_id) * from raw_users order by user_id, updated_at desc nulls last, seq desc;
create unlogged table purchase_orders as
select distinct on (order_id) * from raw_purchase_orders order by order_id, updated_at desc nulls last, seq desc;
create unlogged table forwarding_orders as
select distinct on (order_id) * from raw_forwarding_orders order by order_id, updated_at desc nulls last, seq desc;
create unlogged table service_orders as
select distinct on (order_id) * from raw_service_orders order by order_id, updated_at desc nulls last, seq desc;
create unlogged table payments as
select distinct on (payment_id) * from raw_payments order by payment_id, updated_at desc nulls last, seq desc;
create unlogged table current_refunds as
select distinct on (refund_id) * from raw_refunds order by refund_id, updated_at desc nulls last, seq desc;
analyze users; analyze purchase_orders; analyze forwarding_orders; analyze service_orders; analyze payments; analyze current_refunds;

-- R19: a value fills the versions after it, the first known one those before. PostgreSQL has no `ignore nulls`: a running count numbers the fills.
create unlogged table attributes as
with known as (
    select user_id, updated_at, seq,
        case when country_code not in ('ZZ', 'UNKNOWN') then country_code end as country_code,
        case when lower(acquisition_channel) <> 'unknown' then acquisition_channel end as acquisition_channel,
        case when gender in ('female', 'male') then gender end as gender
    from raw_users where not is_deleted
),
counted as (
    select *, count(country_code) over past as country_no, count(acquisition_channel) over past as channel_no, count(gender) over past as gender_no,
        row_number() over past as version_no, lead(updated_at) over past as next_updated_at
    from known window past as (partition by user_id order by updated_at, seq)
),
filled as (
    select user_id, updated_at, version_no, next_updated_at,
        max(country_code) over (partition by user_id, greatest(country_no, 1)) as country_code,
        max(acquisition_channel) over (partition by user_id, greatest(channel_no, 1)) as acquisition_channel,
        max(gender) over (partition by user_id, greatest(gender_no, 1)) as gender
    from counted
),
starting as (
    select *, case when version_no = 1 then timestamp '0001-01-01' else updated_at end as valid_from
    from filled where version_no = 1 or next_updated_at is null or next_updated_at > updated_at
)
select user_id, coalesce(country_code, 'ZZ') as country_code, coalesce(acquisition_channel, 'unknown') as acquisition_channel,
    coalesce(gender, 'unknown') as gender, valid_from,
    coalesce(lead(valid_from) over (partition by user_id order by version_no), timestamp '9999-12-31') as valid_to
from starting;
create index on attributes (user_id, valid_from);
analyze attributes;

-- R12: of the official source, one row a currency and the dates until its next rate.
create unlogged table rates as
with latest as (
    select distinct on (rate_date, currency_code) * from raw_fx_rates where rate_source = :rate_source
    order by rate_date, currency_code, updated_at desc nulls last, seq desc
),
per_unit as (
    select currency_code, rate_date,
        case when quote_direction = 'foreign_per_cny' then round(quote_unit / quote_value, 10) else round(quote_value / quote_unit, 10) end as rate
    from latest where currency_code <> 'CNY' and (published_at is null or published_at < :as_of)
)
select *, lead(rate_date) over (partition by currency_code order by rate_date) as next_rate_date from per_unit where rate > 0;

-- Bills (R6): the discount spread by largest remainder, then where each component ends.
create unlogged table bills as
with landed as (
    select 'purchase' as order_type, order_id, discount, array[goods, domestic_freight, service_fee, 0, 0] as parts from purchase_orders
    union all
    select 'forwarding', order_id, discount, array[freight, surcharge, insurance, customs, service] from forwarding_orders
    union all
    select 'service', order_id, discount, array[service, 0, 0, 0, 0] from service_orders
),
components as (
    select order_type, order_id, place, part, least(discount, sum(part) over bill) * 100 as discount, sum(part) over bill * 100 as gross
    from landed cross join unnest(parts) with ordinality as components (part, place)
    window bill as (partition by order_type, order_id)
),
floored as (
    select *, case when gross > 0 then div(discount * part * 100, gross) else 0 end as taken,
        case when gross > 0 then mod(discount * part * 100, gross) else 0 end as remainder
    from components
),
ranked as (
    select *, discount - sum(taken) over bill as missing, row_number() over (partition by order_type, order_id order by remainder desc, place) as rank
    from floored window bill as (partition by order_type, order_id)
),
ends as (
    select order_type, order_id, place, sum(part - (taken + case when rank <= missing then 1 else 0 end) / 100) over running as end_cny
    from ranked window running as (partition by order_type, order_id order by place)
)
select order_type, order_id, max(case when place = 1 then end_cny end) as to_a, max(case when place = 2 then end_cny end) as to_b,
    max(case when place = 3 then end_cny end) as to_c, max(case when place = 4 then end_cny end) as to_d, max(case when place = 5 then end_cny end) as due
from ends group by order_type, order_id;
create index on bills (order_id, order_type);
analyze bills;

create unlogged table orders as
with quantities as (
    select order_id, sum(quantity) as item_quantity
    from (select distinct on (order_id, line_no) * from raw_lines order by order_id, line_no, updated_at desc nulls last, seq desc) as lines
    where not is_deleted group by order_id
),
landed as (
    select 'purchase' as order_type, order_id, user_id, status, is_test, is_deleted, created_at, cancelled_at, platform, 'unknown' as service_code,
        false as has_service
    from purchase_orders
    union all
    select 'forwarding', order_id, user_id, status, is_test, is_deleted, created_at, cancelled_at, 'unknown', 'parcel_bundle', service > 0
    from forwarding_orders
    union all
    select 'service', order_id, user_id, status, is_test, is_deleted, created_at, cancelled_at, 'unknown', coalesce(service_code, 'unknown'), false
    from service_orders
)
select landed.order_type, landed.order_id, landed.user_id, landed.is_test or coalesce(users.is_test, false) as is_test, landed.is_deleted, created_at,
    status = 'cancelled' and coalesce(cancelled_at < :as_of, true) as is_cancelled, coalesce(platform, 'unknown') as platform, service_code, has_service,
    coalesce(item_quantity, 0) as item_quantity, to_a, to_b, to_c, to_d, due
from landed inner join bills using (order_type, order_id) left join users on landed.user_id = users.user_id
left join quantities on landed.order_type = 'purchase' and landed.order_id = quantities.order_id;
create index on orders (order_id, order_type);
analyze orders;

-- R5, R13, and the bill filled end to end (R6).
create unlogged table paid as
with valued as (
    select p.*, business_date(p.succeeded_at) as paid_date, p.amount_cny is null and p.currency_code <> 'CNY' as is_booked_at_rate,
        coalesce(rate_date < business_date(p.succeeded_at) and next_rate_date is null, false) as is_provisional,
        coalesce(business_date(p.succeeded_at) - rate_date > 10, false) as is_stale,
        case when p.amount_cny is not null then p.amount_cny when p.currency_code = 'CNY' then round(p.amount, 2) else round(p.amount * rate, 2) end as revenue,
        coalesce(not orders.is_deleted, false) as is_order_known, platform, service_code, to_a, to_b, to_c, to_d, due
    from payments as p
    left join rates on p.amount_cny is null and p.currency_code = rates.currency_code and business_date(p.succeeded_at) >= rate_date
        and business_date(p.succeeded_at) < coalesce(next_rate_date, date '9999-12-31')
    left join users on p.user_id = users.user_id
    left join orders on p.order_id = orders.order_id and p.order_type = orders.order_type
    where not p.is_deleted and p.purpose <> 'topup' and p.status = 'succeeded' and p.succeeded_at < :as_of
        and not (p.is_test or coalesce(users.is_test, false) or coalesce(orders.is_test, false))
),
filled as (
    select *, purpose = 'order' and is_order_known as is_filling,
        sum(case when purpose = 'order' then revenue else 0 end) over (partition by order_type, order_id order by succeeded_at, payment_id) as fill_to
    from valued where revenue is not null
)
select payment_id, order_type, order_id, user_id, revenue, succeeded_at, paid_date, is_order_known, is_filling, fill_to, due,
    is_booked_at_rate and is_provisional as is_rate_provisional, is_booked_at_rate and is_stale as is_rate_stale,
    case when is_order_known then platform else 'unknown' end as platform,
    case when order_type = 'forwarding' then 'parcel_bundle' when is_order_known then service_code else 'unknown' end as service_code,
    case when is_filling then greatest(least(fill_to, to_a) - (fill_to - revenue), 0) else 0 end as a,
    case when is_filling then greatest(least(fill_to, to_b) - greatest(fill_to - revenue, to_a), 0) else 0 end as b,
    case when is_filling then greatest(least(fill_to, to_c) - greatest(fill_to - revenue, to_b), 0) else 0 end as c,
    case when is_filling then greatest(least(fill_to, to_d) - greatest(fill_to - revenue, to_c), 0) else 0 end as d,
    case when is_filling then greatest(least(fill_to, due) - greatest(fill_to - revenue, to_d), 0) else 0 end as e,
    case when is_filling then greatest(fill_to - greatest(fill_to - revenue, due), 0) when is_order_known then revenue else 0 end as supplement,
    case when is_order_known then 0 else revenue end as unallocated,
    coalesce(country_code, 'ZZ') as country_code, coalesce(acquisition_channel, 'unknown') as acquisition_channel
from filled left join attributes using (user_id)
where attributes.user_id is null or (succeeded_at >= valid_from and succeeded_at < valid_to);
create index on paid (payment_id);
analyze paid;

-- Orders paid in full (R7), by business type: a parcel order that bills a service stands as `service` too, not of its own type.
create unlogged table paid_orders as
with reached as (
    select order_type, order_id, min(succeeded_at) as reached_at from paid where is_filling and fill_to >= due group by order_type, order_id
),
dated as (
    select orders.*, case when due > 0 then reached_at when not is_cancelled and created_at < :as_of then created_at end as paid_at
    from orders left join reached using (order_type, order_id) where not is_deleted and not is_test
),
typed as (
    select *, order_type as business_type, true as is_own from dated where paid_at is not null
    union all
    select *, 'service', false from dated where paid_at is not null and has_service
)
select typed.*, business_date(paid_at) as paid_date, coalesce(country_code, 'ZZ') as country_code, coalesce(acquisition_channel, 'unknown') as acquisition_channel
from typed left join attributes using (user_id)
where attributes.user_id is null or (paid_at >= valid_from and paid_at < valid_to);

-- R8: which refunds count, each in order as long as its payment stays at 0 or more.
create unlogged table refunds as
with recursive claims as (
    select refund_id, r.payment_id, r.component, r.amount_cny, r.completed_at, r.is_chargeback, revenue,
        row_number() over (partition by r.payment_id order by r.component is null, completed_at, refund_id) as claim_no
    from current_refunds as r inner join paid using (payment_id)
    where not r.is_deleted and r.status = 'completed' and r.completed_at < :as_of and (r.component is null or r.component = any (case order_type
        when 'purchase' then array['goods', 'domestic_freight', 'service_fee', 'supplement']
        when 'forwarding' then array['freight', 'surcharge', 'insurance', 'customs', 'service', 'supplement']
        else array['service', 'supplement'] end))
),
walk as (
    select claims.*, amount_cny <= revenue as is_counted, case when amount_cny <= revenue then revenue - amount_cny else revenue end as left_cny
    from claims where claim_no = 1
    union all
    select claims.*, claims.amount_cny <= walk.left_cny,
        case when claims.amount_cny <= walk.left_cny then walk.left_cny - claims.amount_cny else walk.left_cny end
    from walk inner join claims on walk.payment_id = claims.payment_id and walk.claim_no + 1 = claims.claim_no
)
select refund_id, payment_id, component, amount_cny, completed_at, is_chargeback,
    sum(case when component is null then amount_cny else 0 end) over (partition by payment_id order by claim_no) as taken_to,
    sum(case when component = 'supplement' then amount_cny else 0 end) over (partition by payment_id) as named_supplement,
    sum(case when component = 'service' then amount_cny else 0 end) over (partition by payment_id) as named_service
from walk where is_counted;

-- Money (R4): a row a payment or refund and business type; of a parcel's refunds the part that reverses its service is split off.
create unlogged table money as
with split as (
    select paid.*, case when order_type = 'forwarding' then e else 0 end as service_part from paid
),
reversed as (
    select p.*, r.amount_cny as taken, is_chargeback, completed_at,
        case
            when order_type <> 'forwarding' or not is_order_known then 0
            when component = 'service' then r.amount_cny
            when component is not null then 0
            else greatest(least(taken_to, greatest(supplement - named_supplement, 0) + greatest(e - named_service, 0))
                - greatest(taken_to - r.amount_cny, greatest(supplement - named_supplement, 0)), 0)
        end as service_taken
    from refunds as r inner join paid as p using (payment_id)
)
select 'payment' as kind, order_type as business_type, user_id, paid_date as business_date, revenue - service_part as amount, a, b, c, supplement, unallocated,
    is_rate_provisional, is_rate_stale, platform, service_code, country_code, acquisition_channel
from split where order_type <> 'forwarding' or revenue > service_part or revenue = 0
union all
select 'payment', 'service', user_id, paid_date, service_part, 0, 0, 0, 0, 0, is_rate_provisional, is_rate_stale, platform, service_code, country_code,
    acquisition_channel
from split where service_part > 0
union all
select case when is_chargeback then 'chargeback' else 'refund' end, order_type, user_id, business_date(completed_at), service_taken - taken, 0, 0, 0, 0, 0,
    is_rate_provisional, is_rate_stale, platform, service_code, country_code, acquisition_channel
from reversed where service_taken = 0 or service_taken < taken
union all
select case when is_chargeback then 'chargeback' else 'refund' end, 'service', user_id, business_date(completed_at), -service_taken, 0, 0, 0, 0, 0,
    is_rate_provisional, is_rate_stale, platform, service_code, country_code, acquisition_channel
from reversed where service_taken > 0;
analyze money; analyze paid_orders;

create unlogged table firsts as
select user_id, coalesce(business_type, 'all') as business_type, min(business_date) as first_paid_date
from money where kind = 'payment' group by grouping sets ((user_id, business_type), (user_id));

create unlogged table spoken as
with until as (
    select (select max(updated_at) from payments) + interval '1 day' as payments, (select max(updated_at) from purchase_orders) + interval '1 day' as purchase,
        (select max(updated_at) from forwarding_orders) + interval '7 days' as forwarding, (select max(updated_at) from service_orders) + interval '7 days' as service
)
select 'purchase' as business_type, least(payments, purchase) as until_at from until
union all select 'forwarding', least(payments, forwarding) from until
union all select 'service', least(payments, service) from until
union all select 'all', least(payments, purchase, forwarding, service) from until;

create table marts.core_daily as
with sums as (
    select business_date, coalesce(business_type, 'all') as business_type, sum(amount) filter (where kind = 'payment') as gross_paid_cny,
        sum(-amount) filter (where kind = 'refund') as refund_cny, sum(-amount) filter (where kind = 'chargeback') as chargeback_cny,
        sum(amount) as net_revenue_cny, bool_or(is_rate_provisional) as has_provisional_rate, bool_or(is_rate_stale) as has_stale_rate
    from money group by grouping sets ((business_date, business_type), (business_date))
),
orders as (
    select paid_date as business_date, business_type, count(*) as paid_order_count from paid_orders group by paid_date, business_type
    union all
    select paid_date, 'all', count(*) from paid_orders where is_own group by paid_date
),
payers as (
    select business_date, days.business_type, count(*) as paying, count(*) filter (where business_date = first_paid_date) as new
    from (
        select user_id, coalesce(business_type, 'all') as business_type, business_date
        from money where kind = 'payment' group by grouping sets ((user_id, business_type, business_date), (user_id, business_date))
    ) as days inner join firsts using (user_id, business_type)
    group by business_date, days.business_type
),
dates as (
    select cast(day as date) as business_date
    from generate_series((select min(first_paid_date) from firsts), business_date(:as_of), interval '1 day') as days (day)
)
select business_date, business_type, coalesce(gross_paid_cny, 0) as gross_paid_cny, coalesce(refund_cny, 0) as refund_cny,
    coalesce(chargeback_cny, 0) as chargeback_cny, coalesce(net_revenue_cny, 0) as net_revenue_cny, coalesce(paid_order_count, 0) as paid_order_count,
    coalesce(paying, 0) as paying_user_count, coalesce(new, 0) as new_user_count, coalesce(paying - new, 0) as returning_user_count,
    coalesce(has_provisional_rate, false) as has_provisional_rate, coalesce(has_stale_rate, false) as has_stale_rate,
    coalesce(row_end(business_date, :as_of) <= until_at, false) as is_complete
from dates cross join spoken left join sums using (business_date, business_type) left join orders using (business_date, business_type)
left join payers using (business_date, business_type);

create table marts.orders_daily as
with sums as (
    select business_date, platform, country_code, acquisition_channel, sum(a) as goods_cny, sum(b) as domestic_freight_cny, sum(c) as service_fee_cny,
        sum(supplement) as supplement_cny, sum(unallocated) as unallocated_cny, sum(amount) filter (where kind = 'payment') as gross_paid_cny,
        sum(-amount) filter (where kind = 'refund') as refund_cny, sum(-amount) filter (where kind = 'chargeback') as chargeback_cny,
        sum(amount) as net_revenue_cny
    from money where business_type = 'purchase' group by business_date, platform, country_code, acquisition_channel
),
orders as (
    select paid_date as business_date, platform, country_code, acquisition_channel, count(*) as paid_order_count, sum(item_quantity) as item_quantity
    from paid_orders where business_type = 'purchase' group by paid_date, platform, country_code, acquisition_channel
)
select business_date, platform, country_code, acquisition_channel, coalesce(paid_order_count, 0) as paid_order_count, coalesce(item_quantity, 0) as item_quantity,
    coalesce(goods_cny, 0) as goods_cny, coalesce(domestic_freight_cny, 0) as domestic_freight_cny, coalesce(service_fee_cny, 0) as service_fee_cny,
    coalesce(supplement_cny, 0) as supplement_cny, coalesce(unallocated_cny, 0) as unallocated_cny, coalesce(gross_paid_cny, 0) as gross_paid_cny,
    coalesce(refund_cny, 0) as refund_cny, coalesce(chargeback_cny, 0) as chargeback_cny, coalesce(net_revenue_cny, 0) as net_revenue_cny
from sums full join orders using (business_date, platform, country_code, acquisition_channel);

create table marts.services_daily as
with sums as (
    select business_date, service_code, sum(amount) filter (where kind = 'payment') as gross_paid_cny,
        sum(-amount) filter (where kind = 'refund') as refund_cny, sum(-amount) filter (where kind = 'chargeback') as chargeback_cny,
        sum(amount) as net_revenue_cny
    from money where business_type = 'service' group by business_date, service_code
),
orders as (
    select paid_date as business_date, service_code, count(*) as paid_order_count
    from paid_orders where business_type = 'service' group by paid_date, service_code
)
select business_date, service_code, coalesce(paid_order_count, 0) as paid_order_count, coalesce(gross_paid_cny, 0) as gross_paid_cny,
    coalesce(refund_cny, 0) as refund_cny, coalesce(chargeback_cny, 0) as chargeback_cny, coalesce(net_revenue_cny, 0) as net_revenue_cny
from sums full join orders using (business_date, service_code);

create table marts.users_monthly as
with sums as (
    select user_id, coalesce(business_type, 'all') as business_type, cast(date_trunc('month', business_date) as date) as month,
        sum(amount) filter (where kind = 'payment') as gross_paid_cny, sum(amount) as net_revenue_cny, bool_or(kind = 'payment') as is_paying
    from money
    group by grouping sets ((user_id, business_type, cast(date_trunc('month', business_date) as date)), (user_id, cast(date_trunc('month', business_date) as date)))
),
orders as (
    select user_id, business_type, cast(date_trunc('month', paid_date) as date) as month, count(*) as paid_order_count from paid_orders group by 1, 2, 3
    union all
    select user_id, 'all', cast(date_trunc('month', paid_date) as date), count(*) from paid_orders where is_own group by 1, 2, 3
),
months as (
    select user_id, business_type, month, coalesce(paid_order_count, 0) as paid_order_count, coalesce(gross_paid_cny, 0) as gross_paid_cny,
        coalesce(net_revenue_cny, 0) as net_revenue_cny, coalesce(is_paying, false) as is_paying,
        row_end(cast(month + interval '1 month' as date) - 1, :as_of) as ends_at
    from sums full join orders using (user_id, business_type, month)
),
grouped as (
    select month, business_type, coalesce(country_code, 'ZZ') as country_code, coalesce(acquisition_channel, 'unknown') as acquisition_channel,
        coalesce(gender, 'unknown') as gender, count(*) filter (where is_paying) as paying_user_count,
        count(*) filter (where is_paying and month = cast(date_trunc('month', first_paid_date) as date)) as new_user_count,
        sum(paid_order_count) as paid_order_count, sum(gross_paid_cny) as gross_paid_cny, sum(net_revenue_cny) as net_revenue_cny
    from months left join firsts using (user_id, business_type) left join attributes using (user_id)
    where attributes.user_id is null or (ends_at >= valid_from and ends_at < valid_to)
    group by 1, 2, 3, 4, 5
)
select grouped.*, paying_user_count - new_user_count as returning_user_count,
    coalesce(row_end(least(cast(month + interval '1 month' as date) - 1, business_date(:as_of)), :as_of) <= until_at, false) as is_complete
from grouped inner join spoken using (business_type);
