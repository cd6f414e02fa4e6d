# Thin: every target is one or two commands that can be typed by hand.
.PHONY: run test lint validate format dagster dashboard docs properties clients bench
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
export DAGSTER_DISABLE_TELEMETRY := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := 0

run: $(VENV)/.installed
	$(BIN)/warehouse demo

test: $(VENV)/.installed
	$(BIN)/pytest -q -n 2 --dist loadgroup

# 200 random histories, each increment against a full refresh and against the independent ledger.
properties: $(VENV)/.installed
	PROPERTY_HISTORIES=200 $(BIN)/pytest -q -s tests/properties

# The published file opened by every client it is promised to; makes an environment for each.
clients: $(VENV)/.installed
	$(BIN)/pytest -q -m clients tests/clients

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

dashboard: $(VENV)/.installed
	$(BIN)/warehouse dashboard
	$(BIN)/warehouse serve

# docs/data-dictionary.md from the dbt YAML, docs/queries.md from its queries.
docs: $(VENV)/.installed
	$(BIN)/python -m orchestration.data_dictionary

bench: $(VENV)/.installed
	for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script; done

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
