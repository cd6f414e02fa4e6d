-- The tables of an open daigou platform, as docs/examples/open_platform.toml reads them: MySQL and MariaDB.
-- DATETIME holds China's time, TIMESTAMP an instant; money is in fen unless a comment says otherwise.
create table members (
    id bigint unsigned primary key,
    country char(2),
    gender tinyint not null default 0,
    channel varchar(32),
    currency char(3),
    email varchar(255),
    mobile varchar(32),
    is_tester tinyint(1) not null default 0,
    created_at datetime not null,
    updated_at timestamp(3) not null default current_timestamp(3) on update current_timestamp(3),
    deleted_at datetime,
    key (updated_at)
) default charset = utf8mb4;

create table purchase_orders (
    id bigint unsigned primary key,
    order_no varchar(32) not null unique,
    member_id bigint unsigned not null,
    mall varchar(8) not null,
    status int not null,
    goods_fee bigint not null,
    express_fee bigint not null default 0,
    service_fee bigint not null default 0,
    coupon_fee bigint not null default 0,
    bought_price decimal(12, 2) comment 'yuan',
    created_at datetime not null,
    bought_at datetime,
    stored_at datetime,
    completed_at datetime,
    cancelled_at datetime,
    cancel_reason varchar(64),
    is_deleted tinyint(1) not null default 0,
    updated_at timestamp(3) not null default current_timestamp(3) on update current_timestamp(3),
    key (updated_at)
) default charset = utf8mb4;

create table purchase_order_items (
    id bigint unsigned primary key auto_increment,
    order_id bigint unsigned not null,
    line_no int not null,
    seller_id varchar(64),
    category varchar(64),
    title varchar(512),
    quantity int not null,
    unit_price bigint not null,
    updated_at timestamp(3) not null default current_timestamp(3) on update current_timestamp(3)
) default charset = utf8mb4;

create table parcels (
    id bigint unsigned primary key,
    parcel_no varchar(32) not null unique,
    member_id bigint unsigned not null,
    warehouse varchar(16) not null,
    route varchar(32) not null,
    country char(2) not null,
    status int not null,
    freight_fee bigint not null,
    fuel_fee bigint not null default 0,
    remote_fee bigint not null default 0,
    insurance_fee bigint not null default 0,
    customs_fee bigint not null default 0,
    extra_service_fee bigint not null default 0,
    coupon_fee bigint not null default 0,
    created_at datetime not null,
    packed_at datetime,
    shipped_ts bigint not null default 0 comment 'Unix time',
    delivered_ts bigint not null default 0 comment 'Unix time',
    cancelled_at datetime,
    is_deleted tinyint(1) not null default 0,
    updated_at timestamp(3) not null default current_timestamp(3) on update current_timestamp(3),
    key (updated_at)
) default charset = utf8mb4;

create table parcel_boxes (
    parcel_no varchar(32) not null,
    box_no int not null,
    tracking_number varchar(64),
    weight_kg decimal(8, 3) not null,
    length_cm decimal(6, 1),
    width_cm decimal(6, 1),
    height_cm decimal(6, 1),
    carrier_cost bigint,
    updated_at timestamp(3) not null default current_timestamp(3) on update current_timestamp(3),
    primary key (parcel_no, box_no),
    key (updated_at)
) default charset = utf8mb4;

create table routes (
    code varchar(32) not null,
    valid_from date not null,
    name varchar(64),
    carrier varchar(32) not null,
    divisor int,
    first_weight_g int,
    first_fee bigint,
    step_weight_g int,
    step_fee bigint,
    promised_days int,
    primary key (code, valid_from)
) default charset = utf8mb4;

create table service_orders (
    service_no varchar(32) primary key,
    member_id bigint unsigned not null,
    service_code varchar(32) not null,
    quantity int,
    order_no varchar(32),
    fee bigint not null,
    status int not null,
    created_at datetime not null,
    done_at datetime,
    cancelled_at datetime,
    updated_at timestamp(3) not null default current_timestamp(3) on update current_timestamp(3),
    key (updated_at)
) default charset = utf8mb4;

create table channel_payments (
    id bigint unsigned primary key,
    member_id bigint unsigned not null,
    biz_type int not null comment '1 purchase, 2 parcel, 3 service, 4 top-up',
    biz_no varchar(32),
    channel varchar(16) not null,
    channel_txn_id varchar(128),
    currency char(3) not null,
    pay_amount decimal(14, 2) not null comment 'whole units of the currency',
    channel_fee decimal(14, 2) comment 'whole units of the currency',
    amount bigint comment 'fen',
    status int not null,
    created_at datetime not null,
    paid_at datetime,
    updated_at timestamp(3) not null default current_timestamp(3) on update current_timestamp(3),
    key (updated_at)
) default charset = utf8mb4;

create table wallet_records (
    id bigint unsigned primary key,
    member_id bigint unsigned not null,
    record_type varchar(16) not null comment 'topup, pay, refund, bonus',
    biz_type int,
    biz_no varchar(32),
    is_supplement int not null default 0,
    change_amount bigint not null,
    bonus_part bigint not null default 0,
    created_at datetime not null,
    updated_at timestamp(3) not null default current_timestamp(3) on update current_timestamp(3),
    key (updated_at)
) default charset = utf8mb4;

create table supplement_bills (
    id bigint unsigned primary key,
    member_id bigint unsigned not null,
    biz_type int not null,
    biz_no varchar(32) not null,
    pay_channel varchar(16) not null,
    channel_txn_id varchar(128),
    amount bigint not null,
    created_at datetime not null,
    paid_at datetime,
    updated_at timestamp(3) not null default current_timestamp(3) on update current_timestamp(3),
    key (updated_at)
) default charset = utf8mb4;

create table refunds (
    refund_no varchar(32) primary key,
    pay_source varchar(16) not null comment 'channel, wallet, supplement',
    pay_id bigint unsigned not null,
    fee_item varchar(32),
    reason varchar(64),
    amount bigint not null,
    to_wallet int not null default 0,
    is_dispute tinyint(1) not null default 0,
    status int not null,
    created_at datetime not null,
    finished_at datetime,
    updated_at timestamp(3) not null default current_timestamp(3) on update current_timestamp(3),
    key (updated_at)
) default charset = utf8mb4;
