-- Grain: one row per payment_id whose exchange result this run must compute again; empty in a full refresh.
-- Payments of one provider transaction compete for its settlement, so they are computed together.
{{ config(materialized='table', schema='changes', contract={'enforced': false}, persist_docs={}) }}

-- depends_on: {{ ref('std_payments') }}, {{ ref('std_settlements') }}

{% if flags.FULL_REFRESH %}

select cast(null as string) as payment_id
where false

{% else %}

with touched as (
    select payment_id, provider_txn_id from {{ changes_of('std_payments') }}
    union
    select payment_id, provider_txn_id from {{ changes_of('std_settlements') }}
),

payments as (
    select payment_id, provider_txn_id from {{ ref('std_payments') }}
),

transactions as (
    select provider_txn_id from touched
    union
    -- A settlement line may name a payment of another transaction.
    select provider_txn_id from payments where payment_id in (select payment_id from touched)
)

select payment_id from touched where payment_id is not null
union
select payment_id from payments where provider_txn_id in (select provider_txn_id from transactions)

{% endif %}
