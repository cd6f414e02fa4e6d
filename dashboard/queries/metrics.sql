-- Grain: one row per published measure.
select table_name, column_name, label_en, label_zh, definition, definition_zh
from published.audit.metrics
order by table_name, column_name
