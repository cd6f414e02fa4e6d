"""How the pipeline's errors end a Dagster step: a held lock is tried again, all else fails in plain words."""

from collections.abc import Iterator
from contextlib import contextmanager

from dagster import AssetExecutionContext, Failure, OpExecutionContext, RetryRequested

from ingest.foundation.errors import LockHeld, WarehouseError
from ingest.foundation.faults import fault, is_fault

LOCK_RETRIES = 3
LOCK_RETRY_SECONDS = 60


# In the list of runs and on the run's page, where the words of a step are not seen.
CAUSE_TAG = "warehouse/cause"
_TAG_LENGTH = 200

Context = OpExecutionContext | AssetExecutionContext


def failure(context: Context, error: WarehouseError) -> Failure:
    """The step's failure in the error's own words, which say what to do; it is not tried again."""
    words = " ".join(str(error).split())
    context.instance.add_run_tags(context.run.run_id, {CAUSE_TAG: words[:_TAG_LENGTH]})
    return Failure(description=str(error), allow_retries=False)


@contextmanager
def step_outcome(context: Context) -> Iterator[None]:
    """Turn a WarehouseError raised inside into the step's outcome.

    A retry policy would repeat every error; only a held lock passes by itself.
    """
    try:
        yield
    except LockHeld as error:
        if context.retry_number < LOCK_RETRIES:
            context.log.warning(f"{error} Trying again in {LOCK_RETRY_SECONDS} seconds.")
            raise RetryRequested(max_retries=LOCK_RETRIES, seconds_to_wait=LOCK_RETRY_SECONDS) from None
        raise failure(context, error) from None
    except WarehouseError as error:
        raise failure(context, error) from None
    except Exception as error:
        if not is_fault(error):
            raise
        raise failure(context, fault(error)) from None
