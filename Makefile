# Thin: every target is one or two commands that can be typed by hand.
.PHONY: run test lint validate format dagster dashboard docs properties readers crash-test flips mutation reliability clients long image soak bench lock test-duckdb-2 sail-test spark-test
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
export DAGSTER_DISABLE_TELEMETRY := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := 0
export WAREHOUSE_HOME ?= $(CURDIR)/var

run: $(VENV)/.installed
	$(BIN)/warehouse demo

# Installs from Debian what some tests need where it may (root and apt); elsewhere those tests are left out by name.
# PYTEST_FLAGS=--leave-none-out fails instead of leaving any out. Files are taken in their order: the many small ones come last.
test: $(VENV)/.installed-test
	bash .ci/install-debian
	$(BIN)/pytest -q -n 2 --dist loadfile --no-loadscope-reorder $(PYTEST_FLAGS)

# The core of the suite on the next major version of DuckDB, in an environment of its own.
test-duckdb-2:
	bash .ci/test-duckdb-2

# The same models on another engine, every table equal to DuckDB's, in an environment of its own: Sail (minutes, no Java) and
# Apache Spark with Iceberg (Java 17, from Debian).
sail-test:
	.ci/engine-environment sail
	.venv-sail/bin/pytest -q -n 0 -m "engines and not branches" tests/engines

spark-test:
	.ci/engine-environment spark
	.venv-spark/bin/pytest -q -n 0 -m engines tests/engines

# 200 random histories, each increment against a full refresh and against the independent ledger.
properties: $(VENV)/.installed-test
	PROPERTY_HISTORIES=200 $(BIN)/pytest -q -s tests/properties

# 8 readers through 300 publications: whoever opens the published file sees one publication, whole.
readers: $(VENV)/.installed-test
	$(BIN)/python -m tests.support.readers --readers 8 --publications 300

# 200 kills of commands and Dagster runs, at named points and by chance: minutes to hours.
crash-test: $(VENV)/.installed-test
	$(BIN)/python -m tests.support.crashes --kills 200

# 60 flipped bits in the files of a home, and the way back from each.
flips: $(VENV)/.installed-test
	$(BIN)/python -m tests.support.flips --flips 60

# Mutants of the models that no unit test, figure or data test catches.
mutation: $(VENV)/.installed-test
	$(BIN)/python -m tests.support.mutation --sample 60

# Everything that is tried again and again, and the page that says how often: hours. With FLAGS="--kept DIR" in parts.
reliability: $(VENV)/.installed-test
	$(BIN)/python -m tests.support.reliability $(FLAGS)

# What takes minutes: pages of documentation against a fresh demo, days of soak, the container's steps, Dagster's server.
long: $(VENV)/.installed-test
	$(BIN)/pytest -q -m long tests

# The container image, built by buildah as root from the Dockerfile, and its programs run in it; minutes.
image: $(VENV)/.installed-test
	bash .ci/install-debian buildah crun debootstrap
	$(BIN)/pytest -q -n 0 -m image tests/container

# 60 business days through Dagster's schedules: nothing may grow but the history, and the books must be the ledger's. Hours on two cores.
soak: $(VENV)/.installed-test
	SOAK_DAYS=60 $(BIN)/pytest -q -s -m long tests/soak

# The published file opened by every client it is promised to; makes an environment for each.
clients: $(VENV)/.installed-test
	$(BIN)/pytest -q -m clients tests/clients

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --nocolor dbt_project/models dbt_project/tests dashboard/queries
	$(BIN)/cog --check --check-fail-msg='run make docs' --verbosity=0 @.ci/generated

# One instance a home: two daemons on one DAGSTER_HOME fight over its runs.
dagster: $(VENV)/.installed
	$(BIN)/python -m orchestration.dagster_graph.server

dashboard: $(VENV)/.installed
	$(BIN)/warehouse dashboard
	$(BIN)/warehouse serve

# What is generated: what stands between cog's marks, from the code; the outputs of queries, from the demo (make run first).
docs: $(VENV)/.installed-test
	$(BIN)/cog -r @.ci/generated
	$(BIN)/python -m tests.support.queries --home $(WAREHOUSE_HOME)
	$(BIN)/python -m tests.support.readme $(WAREHOUSE_HOME)/published/warehouse.duckdb

# Minutes on a quiet machine; docs/benchmarks.md is written again from what it measured.
bench: $(VENV)/.installed-test
	.ci/sqlmesh-environment
	$(BIN)/python -m benchmarks.year 100000 1000000
	$(BIN)/python -m benchmarks.profile
	$(BIN)/python -m benchmarks.report
	$(BIN)/cog -r docs/benchmarks.md
	for name in dashboard forms landing simulator; do echo "== $$name"; $(BIN)/python -m benchmarks.$$name; done

# What no test runs: the dbt project parses without a warning, the Dagster definitions load. dbt-core 1.12 says of every cumulative
# metric that its second parser, which is off, would write it in another form.
validate: $(VENV)/.installed-test
	WAREHOUSE_BUILD_PATH=/nonexistent/warehouse.duckdb WAREHOUSE_RAW_PATH=/nonexistent/warehouse.duckdb $(BIN)/dbt --warn-error-options '{"error": "all", "silence": ["MFConverterIssue"]}' --quiet parse --project-dir dbt_project --profiles-dir dbt_project
	$(BIN)/dagster definitions validate -m orchestration.definitions

format: $(VENV)/.installed-test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The locks from pyproject.toml; `make lock FLAGS=--upgrade` takes newer versions within the ranges.
lock: $(VENV)/.installed-test
	.ci/lock $(FLAGS)

# A stamp is newer than its lock and the project file, or the environment is brought up to date.
$(VENV)/.installed: requirements.lock pyproject.toml
	test -x $(BIN)/python || "$${PYTHON:-$$(.ci/find-python)}" -m venv $(VENV)
	$(PIP) --no-deps --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.installed-test: $(VENV)/.installed requirements-test.lock
	$(PIP) --no-deps --require-hashes -r requirements-test.lock
	touch $@
