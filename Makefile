# Thin: every target is one or two commands that can be typed by hand.
.PHONY: run test lint validate format dagster dashboard docs properties clients long bench
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
export DAGSTER_DISABLE_TELEMETRY := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := 0
export WAREHOUSE_HOME ?= $(CURDIR)/var

run: $(VENV)/.installed
	$(BIN)/warehouse demo

test: $(VENV)/.installed
	$(BIN)/pytest -q -n 2 --dist loadfile

# 200 random histories, each increment against a full refresh and against the independent ledger.
properties: $(VENV)/.installed
	PROPERTY_HISTORIES=200 $(BIN)/pytest -q -s tests/properties

# Pages of documentation against a fresh demo: minutes.
long: $(VENV)/.installed
	$(BIN)/pytest -q -m long tests

# The published file opened by every client it is promised to; makes an environment for each.
clients: $(VENV)/.installed
	$(BIN)/pytest -q -m clients tests/clients

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# One instance a home: two daemons on one DAGSTER_HOME fight over its runs.
dagster: $(VENV)/.installed
	install -D -m 644 orchestration/dagster_graph/dagster.yaml $(abspath $(WAREHOUSE_HOME))/dagster/dagster.yaml
	DAGSTER_HOME=$(abspath $(WAREHOUSE_HOME))/dagster $(BIN)/dagster dev -m orchestration.definitions

dashboard: $(VENV)/.installed
	$(BIN)/warehouse dashboard
	$(BIN)/warehouse serve

# What is generated: the data dictionary and the Superset bundle from the dbt YAML, the queries' outputs from the demo (make run first).
docs: $(VENV)/.installed
	$(BIN)/python -m orchestration.catalogue.data_dictionary
	$(BIN)/python -m dashboard.superset.write
	$(BIN)/python -m tests.support.queries --home $(WAREHOUSE_HOME)
	$(BIN)/python -m tests.support.readme $(WAREHOUSE_HOME)/published/warehouse.duckdb

bench: $(VENV)/.installed
	for name in dashboard increment landing simulator; do echo "== $$name"; $(BIN)/python -m benchmarks.$$name; done

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
