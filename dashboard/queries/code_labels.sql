-- Grain: one row per code_list and code: what people call the code.
select code_list, code, label_en, label_zh
from published.audit.code_labels
order by code_list, code
