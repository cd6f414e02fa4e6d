-- WooCommerce's tables for orders (high-performance order storage) and WordPress's for users: their columns and types, on MariaDB.
create table wp_users (
    ID bigint(20) unsigned not null auto_increment,
    user_login varchar(60) not null default '',
    user_pass varchar(255) not null default '',
    user_nicename varchar(50) not null default '',
    user_email varchar(100) not null default '',
    user_url varchar(100) not null default '',
    user_registered datetime not null default '0000-00-00 00:00:00',
    user_activation_key varchar(255) not null default '',
    user_status int(11) not null default 0,
    display_name varchar(250) not null default '',
    primary key (ID)
);
create table wp_usermeta (
    umeta_id bigint(20) unsigned not null auto_increment primary key,
    user_id bigint(20) unsigned not null default 0,
    meta_key varchar(255),
    meta_value longtext
);
create table wp_wc_orders (
    id bigint(20) unsigned,
    status varchar(20) null,
    currency varchar(10) null,
    type varchar(20) null,
    tax_amount decimal(26, 8) null,
    total_amount decimal(26, 8) null,
    customer_id bigint(20) unsigned null,
    billing_email varchar(320) null,
    date_created_gmt datetime null,
    date_updated_gmt datetime null,
    parent_order_id bigint(20) unsigned null,
    payment_method varchar(100) null,
    payment_method_title text null,
    transaction_id varchar(100) null,
    ip_address varchar(100) null,
    user_agent text null,
    customer_note text null,
    primary key (id)
);
create table wp_wc_order_addresses (
    id bigint(20) unsigned auto_increment primary key,
    order_id bigint(20) unsigned not null,
    address_type varchar(20) null,
    first_name text null,
    country text null,
    email varchar(320) null,
    phone varchar(100) null
);
create table wp_wc_order_operational_data (
    id bigint(20) unsigned auto_increment primary key,
    order_id bigint(20) unsigned null,
    date_paid_gmt datetime null,
    date_completed_gmt datetime null,
    shipping_total_amount decimal(26, 8) null,
    discount_total_amount decimal(26, 8) null
);
create table wp_wc_orders_meta (
    id bigint(20) unsigned auto_increment primary key,
    order_id bigint(20) unsigned null,
    meta_key varchar(255),
    meta_value text null
);
create table wp_woocommerce_payment_tokens (
    token_id bigint unsigned not null auto_increment primary key,
    gateway_id varchar(200) not null,
    token text not null,
    user_id bigint unsigned not null default 0,
    type varchar(200) not null,
    is_default tinyint(1) not null default 0
);
insert into wp_users (ID, user_login, user_email, user_registered) values
    (1, 'anna', 'anna@example.com', '2026-02-01 03:00:00'), (2, 'bo', 'bo@example.com', '2026-02-02 03:00:00');
insert into wp_wc_orders (
    id, status, currency, type, tax_amount, total_amount, customer_id, billing_email, date_created_gmt, date_updated_gmt,
    parent_order_id, payment_method, transaction_id
) values
    (11, 'wc-completed', 'CNY', 'shop_order', 0, 100.50, 1, 'anna@example.com', '2026-03-01 18:00:00', '2026-03-02 01:00:00', 0, 'ppcp', 'T1'),
    (12, 'wc-processing', 'CNY', 'shop_order', 0, 49.50, 2, 'bo@example.com', '2026-03-02 02:00:00', '2026-03-02 02:00:00', 0, 'bacs', null),
    (13, 'wc-cancelled', 'CNY', 'shop_order', 0, 70, 1, 'anna@example.com', '2026-03-02 02:00:00', '2026-03-02 02:00:00', 0, 'bacs', null),
    (14, 'wc-completed', 'CNY', 'shop_order_refund', 0, -20.25, 0, null, '2026-03-03 02:00:00', '2026-03-03 02:00:00', 11, null, null),
    (15, 'wc-completed', 'CNY', 'shop_order', 0, 8, 0, 'guest@example.com', '2026-03-03 03:00:00', '2026-03-03 03:00:00', 0, 'stripe', 'T5'),
    (16, 'wc-completed', 'CNY', 'shop_order', 0, 9, 0, 'other@example.com', '2026-03-03 04:00:00', '2026-03-03 04:00:00', 0, 'stripe', 'T6'),
    (17, 'wc-pending', 'CNY', 'shop_order', 0, 500, 2, 'bo@example.com', '2026-03-03 05:00:00', '2026-03-03 05:00:00', 0, 'bacs', null);
