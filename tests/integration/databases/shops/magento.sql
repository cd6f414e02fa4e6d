-- Magento's (and, by the same names, OpenMage's) tables for sales and customers: what tells something, with its types, on MariaDB.
create table customer_entity (
    entity_id int(10) unsigned not null auto_increment comment 'Entity ID',
    website_id smallint(5) unsigned null comment 'Website ID',
    email varchar(255) null comment 'Email',
    group_id smallint(5) unsigned not null default 0 comment 'Group ID',
    increment_id varchar(50) null comment 'Increment ID',
    store_id smallint(5) unsigned null default 0 comment 'Store ID',
    created_at timestamp not null default current_timestamp() comment 'Created At',
    updated_at timestamp not null default current_timestamp() on update current_timestamp() comment 'Updated At',
    is_active smallint(5) unsigned not null default 1 comment 'Is Active',
    firstname varchar(255) null comment 'First Name',
    lastname varchar(255) null comment 'Last Name',
    dob date null comment 'Date of Birth',
    gender smallint(5) unsigned null comment 'Gender',
    primary key (entity_id)
);
create table sales_order (
    entity_id int(10) unsigned not null auto_increment comment 'Entity ID',
    state varchar(32) null comment 'State',
    status varchar(32) null comment 'Status',
    coupon_code varchar(255) null comment 'Coupon Code',
    store_id smallint(5) unsigned null comment 'Store ID',
    customer_id int(10) unsigned null comment 'Customer ID',
    base_discount_amount decimal(20, 4) null comment 'Base Discount Amount',
    base_grand_total decimal(20, 4) null comment 'Base Grand Total',
    base_shipping_amount decimal(20, 4) null comment 'Base Shipping Amount',
    base_subtotal decimal(20, 4) null comment 'Base Subtotal',
    base_tax_amount decimal(20, 4) null comment 'Base Tax Amount',
    base_to_order_rate decimal(20, 4) null comment 'Base To Order Rate',
    base_total_paid decimal(20, 4) null comment 'Base Total Paid',
    base_total_refunded decimal(20, 4) null comment 'Base Total Refunded',
    discount_amount decimal(20, 4) null comment 'Discount Amount',
    grand_total decimal(20, 4) null comment 'Grand Total',
    total_paid decimal(20, 4) null comment 'Total Paid',
    customer_is_guest smallint(5) unsigned null comment 'Customer Is Guest',
    increment_id varchar(50) null comment 'Increment ID',
    base_currency_code varchar(3) null comment 'Base Currency Code',
    customer_email varchar(128) null comment 'Customer Email',
    order_currency_code varchar(3) null comment 'Order Currency Code',
    created_at timestamp not null default current_timestamp() comment 'Created At',
    updated_at timestamp not null default current_timestamp() on update current_timestamp() comment 'Updated At',
    primary key (entity_id)
);
create table sales_order_grid (
    entity_id int(10) unsigned not null primary key,
    status varchar(32) null,
    base_grand_total decimal(20, 4) null,
    customer_id int(10) unsigned null
);
create table sales_order_payment (
    entity_id int(10) unsigned not null auto_increment primary key,
    parent_id int(10) unsigned not null,
    base_amount_paid decimal(20, 4) null,
    method varchar(128) null,
    last_trans_id varchar(255) null
);
create table sales_payment_transaction (
    transaction_id int(10) unsigned not null auto_increment primary key,
    order_id int(10) unsigned not null default 0,
    txn_id varchar(100) null,
    txn_type varchar(15) null,
    created_at timestamp not null default current_timestamp()
);
create table sales_creditmemo (
    entity_id int(10) unsigned not null auto_increment comment 'Entity ID',
    store_id smallint(5) unsigned null comment 'Store ID',
    base_grand_total decimal(20, 4) null comment 'Base Grand Total',
    grand_total decimal(20, 4) null comment 'Grand Total',
    order_id int(10) unsigned not null comment 'Order ID',
    creditmemo_status int(11) null comment 'Creditmemo Status',
    state int(11) null comment 'State',
    base_currency_code varchar(3) null comment 'Base Currency Code',
    increment_id varchar(50) null comment 'Increment ID',
    created_at timestamp not null default current_timestamp() comment 'Created At',
    updated_at timestamp not null default current_timestamp() on update current_timestamp() comment 'Updated At',
    primary key (entity_id)
);
set time_zone = '+00:00';
insert into customer_entity (entity_id, email, created_at, updated_at, gender) values
    (7, 'bo@example.com', '2026-02-01 10:00:00', '2026-02-01 10:00:00', 1);
insert into sales_order (
    entity_id, state, status, customer_id, base_subtotal, base_shipping_amount, base_tax_amount, base_discount_amount,
    base_grand_total, base_total_paid, base_currency_code, order_currency_code, customer_is_guest, customer_email, increment_id,
    created_at, updated_at
) values
    (21, 'complete', 'complete', 7, 90, 12, 3, -5, 100, 100, 'CNY', 'USD', 0, 'bo@example.com', '000021', '2026-03-01 18:00:00', '2026-03-02 10:00:00'),
    (22, 'new', 'pending', 7, 40, 0, 0, 0, 40, null, 'CNY', 'CNY', 0, 'bo@example.com', '000022', '2026-03-02 10:00:00', '2026-03-02 10:00:00'),
    (23, 'processing', 'processing', null, 60, 0, 0, 0, 60, 60, 'CNY', 'CNY', 1, 'guest@example.com', '000023', '2026-03-02 11:00:00', '2026-03-02 11:00:00'),
    (24, 'closed', 'closed', null, 30, 0, 0, 0, 30, 30, 'CNY', 'CNY', 1, 'other@example.com', '000024', '2026-03-02 12:00:00', '2026-03-02 12:00:00');
-- A credit memo is open (1), refunded (2) or cancelled (3).
insert into sales_creditmemo (entity_id, order_id, state, base_grand_total, base_currency_code, created_at, updated_at) values
    (3, 21, 2, 30.05, 'CNY', '2026-03-04 10:00:00', '2026-03-04 10:00:00'),
    (4, 24, 2, 30, 'CNY', '2026-03-04 11:00:00', '2026-03-04 11:00:00'),
    (5, 23, 3, 60, 'CNY', '2026-03-04 12:00:00', '2026-03-04 12:00:00');
