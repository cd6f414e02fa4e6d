-- Grain: one row per payment_id that changed, or whose settlement did.
{{ config(materialized='table', schema='changes', contract={'enforced': false}, persist_docs={}) }}

-- depends_on: {{ ref('std_payments') }}, {{ ref('std_settlements') }}

select payment_id from {{ changes_of('std_payments') }}
union
select payment_id
from {{ ref('std_payments') }}
where provider_txn_id in (select provider_txn_id from {{ changes_of('std_settlements') }})
