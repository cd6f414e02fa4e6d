-- The marts from the rows that read.sql made: facts in memory, written for DuckDB alone. Variables: `as_of` (UTC), `rate_source`.
-- Payments stay wide, a column a component; only refunds are rows by component. Rules are cited as in docs/contract.md.
-- Shanghai has been eight hours ahead of UTC since 1991.
create macro business_date(t) as cast(t + interval 8 hour as date);
create macro day_start(d) as cast(d as timestamp) - interval 8 hour;
create macro as_of() as getvariable('as_of');
create macro today() as business_date(getvariable('as_of'));
create macro past(t) as case when t < getvariable('as_of') then t end;
create macro microseconds(a, b) as epoch_us(b) - epoch_us(a);
create macro is_within(a, b, hours) as microseconds(a, b) < hours * 3600000000;
create macro matured(d, days) as day_start(d + 1) + to_days(days) <= getvariable('as_of');
create macro row_end(d) as least(day_start(d + 1), getvariable('as_of'));
create macro fen(cny) as cast(cny * 100 as hugeint);
create macro gt(a, b) as case when a > b then 1 else 0 end;
create macro ge(a, b) as case when a >= b then 1 else 0 end;
create macro money_sum(x) as cast(sum(x) as decimal(18, 2));
create macro ratio(a, b) as cast(a as double) / nullif(cast(b as double), 0);
-- A cast would round a product of more than 18 digits slowly: floating point proposes, the exact product corrects.
create macro exact(amount, rate) as abs(amount * cast(rate as decimal(19, 10)));
create macro proposed(amount, rate) as cast(abs(cast(amount as double) * cast(rate as double)) as decimal(18, 2));
create macro at_rate(amount, rate) as case when exact(amount, rate) < 10000000000 then
    case when amount < 0 then -1 else 1 end * cast(proposed(amount, rate) + case
        when exact(amount, rate) - proposed(amount, rate) >= 0.005 then 0.01
        when exact(amount, rate) - proposed(amount, rate) < -0.005 then -0.01 else 0 end as decimal(18, 2))
    else cast(amount * cast(rate as decimal(19, 10)) as decimal(18, 2)) end;
-- R15.
create macro shown(cny, rate) as case when rate > 0 then
    case when cny < 0 then -1 else 1 end * cast(cast(
        (fen(abs(cny)) * 2 * 10000000000 + cast(rate * 10000000000 as hugeint)) // (cast(rate * 10000000000 as hugeint) * 2) as decimal(30, 0)
    ) * 0.01 as decimal(32, 2)) end;
-- The percentile of docs/contract.md, of a sorted list of microseconds.
create macro weighted(list, tenths) as
    cast(list[(tenths * (len(list) - 1)) // 10 + 1] as hugeint) * (10 - (tenths * (len(list) - 1)) % 10)
    + cast(list[(tenths * (len(list) - 1) + 9) // 10 + 1] as hugeint) * ((tenths * (len(list) - 1)) % 10);
create macro percentile(list, tenths, unit) as case when len(list) > 0 then cast(
    cast(sign(weighted(list, tenths)) * ((abs(weighted(list, tenths)) * 20000 + unit * 10) // (unit * 20)) as decimal(22, 0)) * 0.0001
    as decimal(18, 4)) end;

-- Current versions (R16).
create temp table users as
select *, not is_test and not is_deleted and registered_at < as_of() as is_counted, business_date(registered_at) as registered_date
from raw_users
qualify row_number() over (partition by user_id order by updated_at desc nulls last, rowid desc) = 1;

-- R19: what was known of a user from when on.
create temp table attributes as
with known as (
    select user_id, updated_at, rowid as seq,
        case when country_code not in ('ZZ', 'UNKNOWN') then country_code end as country_code,
        case when lower(acquisition_channel) <> 'unknown' then acquisition_channel end as acquisition_channel,
        case when gender in ('female', 'male') then gender end as gender
    from raw_users where not is_deleted
),
filled as (
    select user_id, updated_at, seq,
        coalesce(last_value(country_code ignore nulls) over past_values, first_value(country_code ignore nulls) over all_values, 'ZZ') as country_code,
        coalesce(last_value(acquisition_channel ignore nulls) over past_values, first_value(acquisition_channel ignore nulls) over all_values, 'unknown')
            as acquisition_channel,
        coalesce(last_value(gender ignore nulls) over past_values, first_value(gender ignore nulls) over all_values, 'unknown') as gender,
        row_number() over past_values as version_no,
        lead(updated_at) over (partition by user_id order by updated_at, seq) as next_updated_at
    from known
    window past_values as (partition by user_id order by updated_at, seq rows between unbounded preceding and current row),
        all_values as (partition by user_id order by updated_at, seq rows between unbounded preceding and unbounded following)
),
starting as (
    select *, case when version_no = 1 then timestamp '0001-01-01' else updated_at end as valid_from
    from filled
    where version_no = 1 or next_updated_at is null or next_updated_at > updated_at
),
changed as (
    select * from starting
    qualify version_no = 1
        or (country_code, acquisition_channel, gender)
        is distinct from lag((country_code, acquisition_channel, gender)) over (partition by user_id order by version_no)
)
select user_id, country_code, acquisition_channel, gender, valid_from,
    coalesce(lead(valid_from) over (partition by user_id order by version_no), timestamp '9999-12-31') as valid_to
from changed;

create temp table purchase_orders as
from raw_purchase_orders qualify row_number() over (partition by order_id order by updated_at desc nulls last, rowid desc) = 1;
create temp table forwarding_orders as
from raw_forwarding_orders qualify row_number() over (partition by order_id order by updated_at desc nulls last, rowid desc) = 1;
create temp table service_orders as
from raw_service_orders qualify row_number() over (partition by order_id order by updated_at desc nulls last, rowid desc) = 1;
create temp table current_payments as
from raw_payments qualify row_number() over (partition by payment_id order by updated_at desc nulls last, rowid desc) = 1;
create temp table shipping_lines as
select *, coalesce(lead(valid_from) over (partition by line_code order by valid_from), date '9999-12-31') as valid_to
from (
    from raw_shipping_lines qualify row_number() over (partition by line_code, valid_from order by updated_at desc nulls last, rowid desc) = 1
)
where not is_deleted;

create temp table calendar as
select cast(unnest(generate_series(business_date(first_at), today(), interval 1 day)) as date) as business_date
from (select least(
    (select min(registered_at) from users), (select min(created_at) from purchase_orders), (select min(created_at) from forwarding_orders),
    (select min(created_at) from service_orders), (select min(succeeded_at) from current_payments)
) as first_at);

-- R12.
create temp table rates as
with latest as (
    from raw_fx_rates
    qualify row_number() over (partition by rate_source, rate_date, currency_code order by updated_at desc nulls last, rowid desc) = 1
),
per_unit as (
    select rate_source, currency_code, rate_date, cast(cast(case
        when quote_direction = 'foreign_per_cny' then
            (cast(quote_unit as hugeint) * 2 * 100000000000000000000 + cast(quote_value * 10000000000 as hugeint)) // (cast(quote_value * 10000000000 as hugeint) * 2)
        else (cast(quote_value * 10000000000 as hugeint) * 2 + quote_unit) // (quote_unit * 2)
    end as decimal(20, 0)) * 0.0000000001 as decimal(20, 10)) as rate_cny
    from latest
    where rate_source = getvariable('rate_source') and currency_code <> 'CNY' and (published_at is null or published_at < as_of())
),
valid as (
    select *, lead(rate_date) over (partition by currency_code order by rate_date) as next_rate_date from per_unit where rate_cny > 0
)
select currency_code, calendar.business_date, rate_source, rate_cny, rate_date,
    rate_date < calendar.business_date and next_rate_date is null as is_provisional, calendar.business_date - rate_date > 10 as is_stale
from calendar
inner join valid on calendar.business_date >= rate_date and calendar.business_date < coalesce(next_rate_date, date '9999-12-31')
union all
select 'CNY', business_date, 'book_currency', 1, business_date, false, false from calendar;

-- Bills (R6): a column a component, the discount spread by largest remainder.
create temp table bills as
with spread as (
    select 'purchase' as order_type, order_id, least(discount, goods + domestic_freight + service_fee) as discount,
        goods + domestic_freight + service_fee as gross, goods as a, domestic_freight as b, service_fee as c, 0.00 as d, 0.00 as e
    from purchase_orders where not is_deleted
    union all
    select 'forwarding', order_id, least(discount, freight + surcharge + insurance + customs + service),
        freight + surcharge + insurance + customs + service, freight, surcharge, insurance, customs, service
    from forwarding_orders where not is_deleted
    union all
    select 'service', order_id, least(discount, service), service, service, 0, 0, 0, 0 from service_orders where not is_deleted
),
floored as (
    select order_type, order_id, fen(discount) as s, fen(gross) as t,
        s * fen(a) // t as fa, s * fen(b) // t as fb, s * fen(c) // t as fc, s * fen(d) // t as fd, s * fen(e) // t as fe,
        s * fen(a) - fa * t as ra, s * fen(b) - fb * t as rb, s * fen(c) - fc * t as rc, s * fen(d) - fd * t as rd, s * fen(e) - fe * t as re,
        s - fa - fb - fc - fd - fe as u
    from spread where discount > 0 and gross > 0
),
parts as (
    select order_type, order_id,
        fa + gt(u, gt(rb, ra) + gt(rc, ra) + gt(rd, ra) + gt(re, ra)) as pa,
        fb + gt(u, ge(ra, rb) + gt(rc, rb) + gt(rd, rb) + gt(re, rb)) as pb,
        fc + gt(u, ge(ra, rc) + ge(rb, rc) + gt(rd, rc) + gt(re, rc)) as pc,
        fd + gt(u, ge(ra, rd) + ge(rb, rd) + ge(rc, rd) + gt(re, rd)) as pd,
        fe + gt(u, ge(ra, re) + ge(rb, re) + ge(rc, re) + ge(rd, re)) as pe
    from floored
),
due as (
    select order_type, order_id, a - coalesce(cast(pa * 0.01 as decimal(18, 2)), 0) as a, b - coalesce(cast(pb * 0.01 as decimal(18, 2)), 0) as b,
        c - coalesce(cast(pc * 0.01 as decimal(18, 2)), 0) as c, d - coalesce(cast(pd * 0.01 as decimal(18, 2)), 0) as d,
        e - coalesce(cast(pe * 0.01 as decimal(18, 2)), 0) as e
    from spread left join parts using (order_type, order_id)
)
select order_type, order_id, a as to_a, a + b as to_b, a + b + c as to_c, a + b + c + d as to_d, a + b + c + d + e as due from due;

-- Orders of any type, as payments need them.
create temp table orders as
with landed as (
    select 'purchase' as order_type, order_id, user_id, status, is_test, is_deleted, created_at, cancelled_at from purchase_orders
    union all
    select 'forwarding', order_id, user_id, status, is_test, is_deleted, created_at, cancelled_at from forwarding_orders
    union all
    select 'service', order_id, user_id, status, is_test, is_deleted, created_at, cancelled_at from service_orders
)
select landed.* replace (landed.is_test or coalesce(users.is_test, false) as is_test),
    landed.status = 'cancelled' and coalesce(landed.cancelled_at < as_of(), true) as is_cancelled, to_a, to_b, to_c, to_d, due
from landed
left join users using (user_id)
left join bills using (order_type, order_id);

-- R5, R13.
create temp table judged as
with valued as (
    select p.* exclude (updated_at, is_test), business_date(p.succeeded_at) as paid_date, rates.rate_cny,
        p.amount_cny is null and p.currency_code <> 'CNY' as is_booked_at_rate,
        coalesce(rates.is_provisional, false) as is_rate_provisional, coalesce(rates.is_stale, false) as is_rate_stale,
        case when p.amount_cny is null then at_rate(p.amount, rates.rate_cny) else p.amount_cny end as revenue,
        p.is_test or coalesce(users.is_test, false) or coalesce(orders.is_test, false) as is_test,
        coalesce(not orders.is_deleted, false) as is_order_known, to_a, to_b, to_c, to_d, due
    from current_payments as p
    left join rates on p.currency_code = rates.currency_code and business_date(p.succeeded_at) = rates.business_date
    left join users on p.user_id = users.user_id
    left join orders on p.order_type = orders.order_type and p.order_id = orders.order_id
)
select *, not is_deleted and purpose <> 'topup' and not is_test and status = 'succeeded' and coalesce(succeeded_at < as_of(), false)
    and revenue is not null as is_counted,
    not is_deleted and purpose <> 'topup' and not is_test and status = 'succeeded' and coalesce(succeeded_at < as_of(), false)
    and revenue is null as is_without_rate,
    is_counted and purpose = 'order' and is_order_known as is_filling
from valued;

-- Only orders with several payments need a running sum.
create temp table running as
select payment_id, sum(revenue) over (partition by order_type, order_id order by succeeded_at, payment_id rows unbounded preceding) as fill_to
from judged
where is_filling and (order_type, order_id) in (
    select (order_type, order_id) from judged where is_filling group by order_type, order_id having count(*) > 1
);

create temp table reached as
select order_type, order_id, min(succeeded_at) as reached_at
from judged left join running using (payment_id)
where is_filling and coalesce(cast(fill_to as decimal(18, 2)), revenue) >= due
group by order_type, order_id;

-- R7.
create temp table paid_at as
select order_type, order_id, orders.user_id, is_cancelled, created_at,
    case
        when due > 0 then reached_at
        when not is_cancelled and created_at < as_of() then created_at
    end as paid_at,
    business_date(paid_at) as paid_date
from orders left join reached using (order_type, order_id)
where not is_deleted and not is_test;

create temp table order_codes as
select 'purchase' as order_type, order_id, platform, null as warehouse_code, null as line_code, null as channel, null as destination_country,
    null as service_code
from purchase_orders where not is_deleted
union all
select 'forwarding', order_id, null, warehouse_code, open_code(fo.line_code), lines.channel, destination_country, null
from forwarding_orders as fo
left join shipping_lines as lines
    on fo.line_code = lines.line_code and business_date(fo.created_at) >= lines.valid_from and business_date(fo.created_at) < lines.valid_to
where not fo.is_deleted
union all
select 'service', order_id, null, null, null, null, null, service_code from service_orders where not is_deleted;

-- Payments with their components, their order's keys and their payer of the moment; `a` to `e` are the components in order.
create temp table paid as
with filled as (
    select judged.*, coalesce(cast(running.fill_to as decimal(18, 2)), revenue) as fill_to,
        coalesce(cast(running.fill_to as decimal(18, 2)), revenue) - revenue as fill_from
    from judged left join running using (payment_id)
    where is_counted
)
select payment_id, f.order_type, f.order_id, f.user_id, revenue, succeeded_at, f.paid_date, is_order_known,
    is_booked_at_rate and is_rate_provisional as is_rate_provisional, is_booked_at_rate and is_rate_stale as is_rate_stale,
    case when is_filling then greatest(least(fill_to, to_a) - fill_from, 0) else 0 end as a,
    case when is_filling then greatest(least(fill_to, to_b) - greatest(fill_from, to_a), 0) else 0 end as b,
    case when is_filling then greatest(least(fill_to, to_c) - greatest(fill_from, to_b), 0) else 0 end as c,
    case when is_filling then greatest(least(fill_to, to_d) - greatest(fill_from, to_c), 0) else 0 end as d,
    case when is_filling then greatest(least(fill_to, due) - greatest(fill_from, to_d), 0) else 0 end as e,
    case when is_filling then greatest(fill_to - greatest(fill_from, due), 0) when is_order_known then revenue else 0 end as supplement,
    case when is_order_known then 0 else revenue end as unallocated,
    revenue = 0 and is_filling as is_of_nothing,
    paid_at.paid_date as order_paid_date,
    case when f.order_type = 'purchase' then coalesce(platform, 'unknown') end as platform,
    case when f.order_type = 'forwarding' then coalesce(warehouse_code, 'unknown') end as warehouse_code,
    case when f.order_type = 'forwarding' then coalesce(line_code, 'unknown') end as line_code,
    case when f.order_type = 'forwarding' then coalesce(channel, 'unknown') end as channel,
    case when f.order_type = 'forwarding' then coalesce(destination_country, 'ZZ') end as destination_country,
    case f.order_type when 'forwarding' then 'parcel_bundle' when 'service' then coalesce(service_code, 'unknown') end as service_code,
    coalesce(attributes.country_code, 'ZZ') as country_code, coalesce(attributes.acquisition_channel, 'unknown') as acquisition_channel
from filled as f
left join paid_at on f.order_type = paid_at.order_type and f.order_id = paid_at.order_id
left join order_codes as codes on f.order_type = codes.order_type and f.order_id = codes.order_id
left join attributes on f.user_id = attributes.user_id and succeeded_at >= attributes.valid_from and succeeded_at < attributes.valid_to;

-- R8.
create temp table refunds as
with recursive current as (
    from raw_refunds qualify row_number() over (partition by refund_id order by updated_at desc nulls last, rowid desc) = 1
),
completed as (
    select current.*, paid.revenue, judged.payment_id as landed_payment_id, coalesce(judged.is_counted, false) as is_payment_counted,
        coalesce(not judged.is_deleted and judged.purpose <> 'topup' and not judged.is_test
            and (judged.status <> 'succeeded' or judged.succeeded_at is null), false) as is_payment_never_succeeded,
        component is not null and not coalesce(component in (
            select unnest(case judged.order_type
                when 'purchase' then ['goods', 'domestic_freight', 'service_fee', 'supplement']
                when 'forwarding' then ['freight', 'surcharge', 'insurance', 'customs', 'service', 'supplement']
                when 'service' then ['service', 'supplement']
            end)
        ), false) as is_component_unknown
    from current
    left join judged using (payment_id)
    left join paid using (payment_id)
    where not current.is_deleted and current.status = 'completed' and current.completed_at < as_of()
),
claims as (
    select payment_id, refund_id, amount_cny, revenue,
        row_number() over (partition by payment_id order by component is null, completed_at, refund_id) as claim_no,
        sum(amount_cny) over (partition by payment_id) as claimed
    from completed where is_payment_counted and not is_component_unknown
),
walk as (
    select payment_id, refund_id, claim_no, amount_cny <= revenue as is_accepted,
        case when amount_cny <= revenue then revenue - amount_cny else revenue end as left_cny
    from claims where claimed > revenue and claim_no = 1
    union all
    select c.payment_id, c.refund_id, c.claim_no, c.amount_cny <= walk.left_cny,
        case when c.amount_cny <= walk.left_cny then walk.left_cny - c.amount_cny else walk.left_cny end
    from walk inner join claims as c on walk.payment_id = c.payment_id and walk.claim_no + 1 = c.claim_no
)
select completed.*, claims.refund_id is not null and coalesce(walk.is_accepted, true) as is_counted,
    case
        when is_payment_never_succeeded then 'payment_never_succeeded'
        when is_payment_counted and is_component_unknown then 'unknown_component'
        when not walk.is_accepted then 'exceeds_payment'
        when landed_payment_id is null then 'waiting_for_payment'
    end as reason_kept_out
from completed left join claims using (refund_id) left join walk using (refund_id);

create macro component_name(order_type, slot) as case slot
    when 'a' then case order_type when 'purchase' then 'goods' when 'forwarding' then 'freight' else 'service' end
    when 'b' then case order_type when 'purchase' then 'domestic_freight' else 'surcharge' end
    when 'c' then case order_type when 'purchase' then 'service_fee' else 'insurance' end
    when 'd' then 'customs'
    when 'e' then 'service'
    else slot
end;

create temp table refund_parts as
with counted as (
    select refunds.*, order_type, case when is_order_known then component else 'unallocated' end as taken_from
    from refunds inner join paid using (payment_id)
    where is_counted
),
named as (
    select payment_id, refund_id, taken_from as component, amount_cny as amount from counted where component is not null
),
named_totals as (
    select payment_id, component, sum(amount) as amount from named group by payment_id, component
),
held as (
    select payment_id, order_type, component_name(order_type, slot) as component, position, amount
    from (
        select payment_id, order_type, revenue, is_of_nothing, is_order_known,
            unnest(['a', 'b', 'c', 'd', 'e', 'supplement', 'unallocated']) as slot, unnest([1, 2, 3, 4, 5, 8, 9]) as position,
            unnest([a, b, c, d, e, supplement, unallocated]) as amount
        from paid where payment_id in (select payment_id from counted where component is null)
    )
    where amount > 0
        or (revenue = 0 and slot = case when is_of_nothing then 'a' when is_order_known then 'supplement' else 'unallocated' end)
),
peeled as (
    select payment_id, held.component, greatest(held.amount - coalesce(named_totals.amount, 0), 0) as left_cny,
        sum(left_cny) over (partition by payment_id order by position desc rows unbounded preceding) as left_to,
        row_number() over (partition by payment_id order by position desc) as peel_no
    from held left join named_totals using (payment_id, component)
),
unnamed as (
    select *, sum(amount_cny) over (partition by payment_id order by completed_at, refund_id rows unbounded preceding) as taken_to
    from counted where component is null
)
select payment_id, refund_id, component, amount from named
union all
select payment_id, refund_id, peeled.component,
    greatest(least(taken_to, left_to) - greatest(taken_to - amount_cny, left_to - left_cny), 0) as amount
from unnamed inner join peeled using (payment_id)
where (amount_cny > 0 and taken_to > left_to - left_cny and taken_to - amount_cny < left_to) or (amount_cny = 0 and peel_no = 1);

-- Money, one row per payment and business type, and per refund and component.
create temp table money as
with payments as (
    select *, revenue - case when order_type = 'forwarding' then e else 0 end as own from paid
)
select 'payment' as kind, order_type as business_type, order_type, order_id, user_id, paid_date as business_date, succeeded_at as occurred_at,
    cast(own as decimal(18, 2)) as amount, a, b, c, d, supplement, unallocated, is_rate_provisional, is_rate_stale, order_paid_date, platform,
    warehouse_code, line_code, channel, destination_country, service_code, country_code, acquisition_channel
from payments where order_type <> 'forwarding' or own > 0 or revenue = 0
union all
select 'payment', 'service', order_type, order_id, user_id, paid_date, succeeded_at, e, 0, 0, 0, 0, 0, 0, is_rate_provisional, is_rate_stale,
    order_paid_date, platform, warehouse_code, line_code, channel, destination_country, service_code, country_code, acquisition_channel
from payments where order_type = 'forwarding' and e > 0
union all
select case when is_chargeback then 'chargeback' else 'refund' end,
    case when order_type = 'forwarding' and parts.component = 'service' then 'service' else order_type end, order_type, order_id, user_id,
    business_date(completed_at), completed_at, cast(-parts.amount as decimal(18, 2)), 0, 0, 0, 0, 0, 0, is_rate_provisional, is_rate_stale,
    order_paid_date, platform, warehouse_code, line_code, channel, destination_country, service_code, country_code, acquisition_channel
from refund_parts as parts inner join refunds using (refund_id) inner join paid on parts.payment_id = paid.payment_id;


-- Paid orders: a parcel order that bills a service stands as `service` too, not of its own type.
create temp table parcels as
with boxes as (
    select * from (
        from raw_boxes qualify row_number() over (partition by order_id, box_no order by updated_at desc nulls last, rowid desc) = 1
    )
    where not is_deleted
),
weighed as (
    select boxes.*, fo.order_id is not null as is_known, greatest(coalesce(step_weight_g, 1), 1) as step,
        case when volumetric_divisor > 0 then coalesce(volume_mm3 * 10000, 0) else 0 end as volume,
        greatest(coalesce(cast(volumetric_divisor * 10000 as hugeint), 10000), 1) as divisor
    from boxes
    left join forwarding_orders as fo on boxes.order_id = fo.order_id and not fo.is_deleted
    left join shipping_lines as lines
        on fo.line_code = lines.line_code and business_date(fo.created_at) >= lines.valid_from and business_date(fo.created_at) < lines.valid_to
)
select order_id, count(*) as box_count, sum(actual_weight_g) as actual_weight_g,
    sum((greatest(actual_weight_g * divisor, volume) + divisor * step - 1) // (divisor * step) * step) as chargeable_weight_g,
    sum(carrier_cost) as carrier_cost, count(carrier_cost) as known_box_count
from weighed group by order_id;

create temp table quantities as
select order_id, sum(quantity) as item_quantity
from (from raw_lines qualify row_number() over (partition by order_id, line_no order by updated_at desc nulls last, rowid desc) = 1)
where not is_deleted group by order_id;

create temp table paid_orders as
with facts as (
    select p.*, 'purchase' as business_type, po.platform, null as warehouse_code, null as line_code, null as channel,
        null as destination_country, null as service_code, coalesce(item_quantity, 0) as item_quantity, 0 as box_count, 0 as actual_weight_g,
        0 as chargeable_weight_g, null as carrier_cost, 0 as known_box_count
    from paid_at as p inner join purchase_orders as po using (order_id) left join quantities using (order_id)
    where p.order_type = 'purchase' and paid_at is not null
    union all
    select p.*, unnest(case when fo.service > 0 then ['forwarding', 'service'] else ['forwarding'] end) as business_type,
        null, fo.warehouse_code, open_code(fo.line_code), coalesce(lines.channel, 'unknown'), fo.destination_country, 'parcel_bundle', 0,
        coalesce(box_count, 0), coalesce(actual_weight_g, 0), coalesce(chargeable_weight_g, 0), carrier_cost, coalesce(known_box_count, 0)
    from paid_at as p inner join forwarding_orders as fo using (order_id) left join parcels using (order_id)
    left join shipping_lines as lines
        on fo.line_code = lines.line_code and business_date(fo.created_at) >= lines.valid_from and business_date(fo.created_at) < lines.valid_to
    where p.order_type = 'forwarding' and paid_at is not null
    union all
    select p.*, 'service', null, null, null, null, null, so.service_code, 0, 0, 0, 0, null, 0
    from paid_at as p inner join service_orders as so using (order_id)
    where p.order_type = 'service' and paid_at is not null
)
select facts.*, business_type = order_type as is_own, coalesce(attributes.country_code, 'ZZ') as country_code,
    coalesce(attributes.acquisition_channel, 'unknown') as acquisition_channel
from facts
left join attributes on facts.user_id = attributes.user_id and paid_at >= valid_from and paid_at < valid_to;

-- People (R10, R17).
create temp table firsts as
select user_id, coalesce(business_type, 'all') as business_type, min(occurred_at) as first_paid_at, business_date(min(occurred_at)) as first_paid_date
from money where kind = 'payment' group by grouping sets ((user_id, business_type), (user_id));

create temp table user_days as
select user_id, coalesce(business_type, 'all') as business_type, business_date, money_sum(amount) as net, bool_or(kind = 'payment') as is_paying
from money group by grouping sets ((user_id, business_type, business_date), (user_id, business_date));

create temp table user_days_all as
select days.user_id, business_date, net, is_paying, is_paying and business_date = firsts.first_paid_date as is_new, firsts.first_paid_date
from user_days as days left join firsts on days.user_id = firsts.user_id and firsts.business_type = 'all'
where days.business_type = 'all';

create temp table dates as
with starts as (
    select (select min(business_date) from money where kind = 'payment') as first_paid, (select min(registered_date) from users where is_counted) as first_registered
)
select business_date, coalesce(business_date >= first_paid, false) as has_revenue
from calendar cross join starts where business_date >= first_paid or business_date >= first_registered;

create temp table spoken as
with until as (
    select (select max(updated_at) from current_payments) + interval 1 day as payments, (select max(updated_at) from purchase_orders) + interval 1 day as purchase,
        (select max(updated_at) from forwarding_orders) + interval 7 day as forwarding, (select max(updated_at) from service_orders) + interval 7 day as service
)
select unnest(['purchase', 'forwarding', 'service', 'all']) as business_type, unnest([
    least(payments, coalesce(purchase, payments)), least(payments, coalesce(forwarding, payments)), least(payments, coalesce(service, payments)),
    least(payments, coalesce(purchase, payments), coalesce(forwarding, payments), coalesce(service, payments))
]) as until_at
from until;
