-- The landing files as typed rows in memory. Variables: `landing`, a folder of day folders.
-- An instant without an offset is Asia/Shanghai's, as the session is; rows keep the order of files and lines, which is the landing order.
set TimeZone = 'Asia/Shanghai';
create macro utc(t) as cast(t as timestamptz) at time zone 'UTC';
create macro is_true(t) as coalesce(t in ('true', '1'), false);
create macro files(feed) as getvariable('landing') || '/*/' || feed || '/*';
-- Open codes (R20).
create macro open_code(t) as case
    when length(t) between 1 and 64 and not regexp_matches(t, '[^\p{L}\p{Nd}_.+/-]') and (length(t) <= 6 or regexp_matches(t, '\p{L}')) then t
    when t is not null then 'other'
end;

create temp table raw_users as
select user_id, utc(registered_at) as registered_at, open_code(country_code) as country_code, gender,
    open_code(acquisition_channel) as acquisition_channel, is_true(is_test) as is_test,
    is_true(is_deleted) as is_deleted, utc(updated_at) as updated_at
from read_csv(files('users'), all_varchar = true);

create temp table raw_purchase_orders as
select order_id, user_id, platform, status, utc(created_at) as created_at,
    cast(goods_cny as decimal(18, 2)) as goods, cast(coalesce(domestic_freight_cny, '0') as decimal(18, 2)) as domestic_freight,
    cast(coalesce(service_fee_cny, '0') as decimal(18, 2)) as service_fee, cast(coalesce(discount_cny, '0') as decimal(18, 2)) as discount,
    cast(purchase_cost_cny as decimal(18, 2)) as purchase_cost, utc(purchased_at) as purchased_at, utc(stored_at) as stored_at,
    utc(completed_at) as completed_at, utc(cancelled_at) as cancelled_at, is_true(is_test) as is_test,
    is_true(is_deleted) as is_deleted, utc(updated_at) as updated_at
from read_parquet(files('purchase_orders'));

create temp table raw_lines as
select order_id, line_no, cast(cast(quantity as decimal(18, 4)) as bigint) as quantity, is_true(is_deleted) as is_deleted,
    utc(updated_at) as updated_at
from read_csv(files('purchase_order_lines'), all_varchar = true);

create temp table raw_forwarding_orders as
select order_id, user_id, open_code(warehouse_code) as warehouse_code, line_code, open_code(destination_country) as destination_country,
    status, utc(created_at) as created_at,
    cast(freight_cny as decimal(18, 2)) as freight, cast(coalesce(surcharge_cny, '0') as decimal(18, 2)) as surcharge,
    cast(coalesce(insurance_cny, '0') as decimal(18, 2)) as insurance, cast(coalesce(customs_cny, '0') as decimal(18, 2)) as customs,
    cast(coalesce(service_cny, '0') as decimal(18, 2)) as service, cast(coalesce(discount_cny, '0') as decimal(18, 2)) as discount,
    utc(packed_at) as packed_at, utc(shipped_at) as shipped_at, utc(delivered_at) as delivered_at, utc(cancelled_at) as cancelled_at,
    is_true(is_test) as is_test, is_true(is_deleted) as is_deleted, utc(updated_at) as updated_at
from read_csv(files('forwarding_orders'), all_varchar = true);

create temp table raw_boxes as
select order_id, box_no, cast(cast(actual_weight_g as decimal(18, 4)) as bigint) as actual_weight_g,
    cast(cast(length_mm as decimal(18, 4)) as hugeint) * cast(cast(width_mm as decimal(18, 4)) as hugeint)
    * cast(cast(height_mm as decimal(18, 4)) as hugeint) as volume_mm3,
    cast(carrier_cost_cny as decimal(18, 2)) as carrier_cost, is_true(is_deleted) as is_deleted, utc(updated_at) as updated_at
from read_csv(files('forwarding_boxes'), all_varchar = true);

create temp table raw_shipping_lines as
select line_code, cast(valid_from as date) as valid_from, coalesce(open_code(channel), 'unknown') as channel,
    cast(volumetric_divisor as decimal(18, 4)) as volumetric_divisor, cast(cast(step_weight_g as decimal(18, 4)) as bigint) as step_weight_g,
    cast(cast(promised_days as decimal(18, 4)) as bigint) as promised_days, is_true(is_deleted) as is_deleted, utc(updated_at) as updated_at
from read_csv(files('shipping_lines'), all_varchar = true);

create temp table raw_service_orders as
select order_id, user_id, open_code(service_code) as service_code, status, utc(created_at) as created_at,
    cast(fee_cny as decimal(18, 2)) as service, cast(coalesce(discount_cny, '0') as decimal(18, 2)) as discount,
    utc(cancelled_at) as cancelled_at, is_true(is_test) as is_test, is_true(is_deleted) as is_deleted, utc(updated_at) as updated_at
from read_json(files('service_orders'), format = 'newline_delimited', columns = {
    order_id: 'varchar', user_id: 'varchar', service_code: 'varchar', status: 'varchar', created_at: 'varchar', fee_cny: 'varchar',
    discount_cny: 'varchar', cancelled_at: 'varchar', is_test: 'varchar', is_deleted: 'varchar', updated_at: 'varchar'
});

create temp table raw_payments as
select payment_id, user_id, order_type, order_id, purpose, method, provider_txn_id, utc(initiated_at) as initiated_at,
    utc(succeeded_at) as succeeded_at, status, currency_code, cast(amount as decimal(18, 4)) as amount,
    cast(amount_cny as decimal(18, 2)) as amount_cny, cast(fee_amount as decimal(18, 4)) as fee_amount,
    is_true(is_test) as is_test, is_true(is_deleted) as is_deleted, utc(updated_at) as updated_at
from read_parquet(files('payments'));

create temp table raw_refunds as
select refund_id, payment_id, open_code(component) as component, coalesce(open_code(reason), 'unknown') as reason,
    coalesce(destination, 'unknown') as destination, status, utc(completed_at) as completed_at,
    cast(amount_cny as decimal(18, 2)) as amount_cny, is_true(is_chargeback) as is_chargeback, is_true(is_deleted) as is_deleted,
    utc(updated_at) as updated_at
from read_json(files('refunds'), format = 'newline_delimited', columns = {
    refund_id: 'varchar', payment_id: 'varchar', component: 'varchar', reason: 'varchar', completed_at: 'varchar', destination: 'varchar',
    status: 'varchar', amount_cny: 'varchar', is_chargeback: 'varchar', is_deleted: 'varchar', updated_at: 'varchar'
});

create temp table raw_settlements as
select settlement_id, provider_txn_id, payment_id, type, utc(settled_at) as settled_at, cast(net_cny as decimal(18, 2)) as net_cny,
    is_true(is_deleted) as is_deleted, utc(updated_at) as updated_at
from read_csv(files('settlements'), all_varchar = true);

create temp table raw_fx_rates as
select rate_source, cast(rate_date as date) as rate_date, currency_code, cast(quote_value as decimal(28, 10)) as quote_value,
    cast(coalesce(quote_unit, '1') as bigint) as quote_unit, coalesce(quote_direction, 'cny_per_foreign') as quote_direction,
    utc(published_at) as published_at, utc(updated_at) as updated_at
from read_csv(files('fx_rates'), all_varchar = true);

create temp table raw_traffic as
select cast(traffic_date as date) as traffic_date, acquisition_channel, country_code,
    cast(cast(visitors as decimal(18, 4)) as bigint) as visitor_count, cast(cast(sessions as decimal(18, 4)) as bigint) as session_count
from read_csv(files('traffic_daily'), all_varchar = true);
