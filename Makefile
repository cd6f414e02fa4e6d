# Thin: every target is one or two commands that can be typed by hand.
.PHONY: run test lint validate format dagster bench properties docs clean
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
export DAGSTER_DISABLE_TELEMETRY := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := 0

run: $(VENV)/.installed
	$(BIN)/warehouse demo

test: $(VENV)/.installed
	$(BIN)/pytest -q

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# What no test runs: the dbt project parses without a warning, the Dagster definitions load.
validate: $(VENV)/.installed
	WAREHOUSE_BUILD_PATH=/nonexistent $(BIN)/dbt --warn-error --quiet parse --project-dir dbt_project --profiles-dir dbt_project
	$(BIN)/dagster definitions validate -m orchestration.definitions

format: $(VENV)/.installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The stamp is newer than the lock and the project file, or the environment is made again.
$(VENV)/.installed: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@
