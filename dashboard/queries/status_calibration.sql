-- Grain: one row: the last calibration.
select outcome, finished_at, table_count, compared_row_count, difference_count, unexplained_count
from published.audit.calibration_runs
order by finished_at desc
limit 1
