-- A little of everything in the example's tables; {yes} and {no} are the server's truth values.
insert into members (id, country, gender, channel, currency, email, mobile, is_tester, created_at, updated_at, deleted_at)
values
    (1, 'US', 2, 'google', 'USD', 'anna@example.com', '+1 555 0100', {no}, '2026-01-05 07:30:00', '2026-01-05 00:00:00', null),
    (2, 'DE', 1, 'friend', 'EUR', 'bo@example.com', null, {yes}, '2026-01-06 08:00:00', '2026-01-06 00:00:00', null),
    (3, null, 0, null, null, null, null, {no}, '2026-01-07 08:00:00', '2026-02-01 00:00:00', '2026-02-01 08:00:00');
insert into purchase_orders (id, order_no, member_id, mall, status, goods_fee, express_fee, service_fee, coupon_fee,
    bought_price, created_at, bought_at, is_deleted, updated_at)
values
    (11, 'PO11', 1, 'TB', 40, 10050, 800, 503, 100, 98.70, '2026-01-10 02:00:00', '2026-01-10 12:00:00', {no}, '2026-01-10 04:00:00.250'),
    (12, 'PO12', 1, '1688', 90, 1, 0, 0, 0, null, '2026-01-11 02:00:00', null, {yes}, '2026-01-11 04:00:00');
insert into purchase_order_items (order_id, line_no, seller_id, category, title, quantity, unit_price, updated_at)
values (11, 1, 's1', 'shoes', '运动鞋 “跑”, 42', 2, 5025, '2026-01-10 04:00:00');
insert into parcels (id, parcel_no, member_id, warehouse, route, country, status, freight_fee, fuel_fee, remote_fee,
    extra_service_fee, created_at, packed_at, shipped_ts, is_deleted, updated_at)
values (21, 'FP21', 1, 'GZ', 'EMS-US', 'US', 40, 25600, 1200, 55, 300, '2026-01-20 10:00:00', '2026-01-20 12:00:00',
    1768885200, {no}, '2026-01-20 05:00:00');
insert into parcel_boxes (parcel_no, box_no, tracking_number, weight_kg, length_cm, width_cm, height_cm, carrier_cost, updated_at)
values ('FP21', 1, 'EM001CN', 2.345, 40.5, 30.0, 20.0, 21050, '2026-01-20 05:00:00'),
    ('FP21', 2, 'EM002CN', 0.5, null, null, null, null, '2026-01-20 05:00:00');
insert into routes (code, valid_from, name, carrier, divisor, first_weight_g, first_fee, step_weight_g, step_fee, promised_days)
values ('EMS-US', '2026-01-01', 'EMS 美国', 'EMS', 6000, 500, 12000, 500, 4500, 20);
insert into service_orders (service_no, member_id, service_code, quantity, order_no, fee, status, created_at, done_at, updated_at)
values ('SV31', 1, 'photo', 3, 'PO11', 900, 2, '2026-01-12 09:00:00', '2026-01-12 18:00:00', '2026-01-12 10:00:00');
insert into channel_payments (id, member_id, biz_type, biz_no, channel, channel_txn_id, currency, pay_amount, channel_fee,
    amount, status, created_at, paid_at, updated_at)
values
    (1, 1, 1, 'PO11', 'stripe', 'ch_1', 'USD', 16.20, 0.77, 11253, 2, '2026-01-10 02:01:00', '2026-01-10 02:01:30', '2026-01-09 18:01:30'),
    (2, 1, 4, null, 'paypal', 'pp_2', 'USD', 100.00, 3.90, 69800, 2, '2026-01-11 02:01:00', '2026-01-11 02:02:00', '2026-01-10 18:02:00'),
    (3, 2, 2, 'FP99', 'alipay', null, 'CNY', 5.00, null, 500, 3, '2026-01-12 02:01:00', null, '2026-01-11 18:02:00');
insert into wallet_records (id, member_id, record_type, biz_type, biz_no, is_supplement, change_amount, bonus_part, created_at, updated_at)
values
    (1, 1, 'topup', null, null, 0, 69800, 0, '2026-01-11 02:02:00', '2026-01-10 18:02:00'),
    (2, 1, 'pay', 2, 'FP21', 0, -27155, 1000, '2026-01-20 11:00:00', '2026-01-20 03:00:00'),
    (3, 1, 'pay', 2, 'FP21', 1, -205, 0, '2026-01-21 11:00:00', '2026-01-21 03:00:00');
insert into supplement_bills (id, member_id, biz_type, biz_no, pay_channel, channel_txn_id, amount, created_at, paid_at, updated_at)
values
    (1, 1, 1, 'PO11', 'alipay', 'al_1', 1999, '2026-01-13 10:00:00', '2026-01-13 11:00:00', '2026-01-13 03:00:00'),
    (2, 1, 2, 'FP21', 'wallet', null, 205, '2026-01-21 10:00:00', '2026-01-21 11:00:00', '2026-01-21 03:00:00');
insert into refunds (refund_no, pay_source, pay_id, fee_item, reason, amount, to_wallet, is_dispute, status, created_at, finished_at, updated_at)
values ('RF1', 'wallet', 2, 'freight_fee', 'reweighed', 1230, 1, {no}, 2, '2026-01-25 10:00:00', '2026-01-25 10:05:00', '2026-01-25 02:05:00');
