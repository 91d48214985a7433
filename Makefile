# Two commands for a fresh clone: `make demo` and `make test`. Only Python >= 3.11, make and a package index are assumed.

PYTHON ?= python3
BIN := .venv/bin
# The tests start hundreds of processes; without bytecode each would compile every module anew.
export PYTHONDONTWRITEBYTECODE :=
# Most of what is installed is never imported, so nothing is compiled before it is.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile

.PHONY: help setup demo test lint style types check docs format bench bench-start bench-content bench-logs bench-sealing bench-organization bench-period rules-mutants lock clean api-watch

help:
	@echo "make demo    scan a seeded demo organization through a local AWS endpoint; evidence in build/demo/"
	@echo "make test    ruff, mypy, import contracts and every test"
	@echo "make bench   the benchmarks, as tables"
	@echo "make bench-start  the time to the first call, as a ratio to making one boto3 client"
	@echo "make bench-content  processor time of proving all rules, of their cases and of a scan by all of them"
	@echo "make bench-logs  judging 300,000 log records, as ratios to gunzip, orjson and DuckDB"
	@echo "make bench-sealing  every report of 20,000 findings and their bundle: processor time and memory"
	@echo "make bench-organization  memory and time of judging 2,000 accounts in 17 Regions by every rule"
	@echo "make bench-period  replaying log records, finding unusual ones and validating log files, as ratios to judging and to aws-cli"
	@echo "make docs    rewrite what follows from rules, resource types and operations: pages, pictures (with Chromium), and the shapes of answers"
	@echo "make rules-mutants  change every condition of every rule in turn: each change makes a case fail, or is proven to change nothing"
	@echo "make api-watch  which calls of AWS nobody has decided about, and which names are gone"
	@echo "make format  rewrite the sources in the project's format"
	@echo "make lock    resolve requirements/*.txt anew (needs pip-tools)"
	@echo "make clean   remove build/, the virtual environment and the caches"

.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Trailwitness needs Python 3.11 or later: run 'make PYTHON=/path/to/python3.11 ...'." >&2; exit 2; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/.demo: .venv/.made requirements/demo.txt pyproject.toml
	$(INSTALL) --require-hashes -r requirements/demo.txt
	$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: .venv/.demo requirements/dev.txt
	$(INSTALL) --require-hashes -r requirements/dev.txt
	@touch $@

setup: .venv/.dev

demo: .venv/.demo
	@$(BIN)/trailwitness demo --output build/demo

lint: style types

style: .venv/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache

types: .venv/.dev
	$(BIN)/mypy

check: .venv/.dev
	$(BIN)/python -m pytest -n 2 --dist worksteal

# mypy runs beside the tests: both take long, and it keeps one processor busy only.
test: style
	@$(MAKE) --no-print-directory -j 2 types check

bench: .venv/.dev
	$(BIN)/python -m pytest tests/benchmarks --benchmark-enable --benchmark-only --benchmark-columns=min,median,max,ops

bench-start: .venv/.dev
	$(BIN)/python tests/benchmarks/startup_benchmark.py

bench-content: .venv/.dev
	$(BIN)/python tests/benchmarks/content_benchmark.py

.venv/.bench: .venv/.dev requirements/bench.txt
	$(INSTALL) --require-hashes -r requirements/bench.txt
	@touch $@

bench-logs: .venv/.bench
	$(BIN)/python tests/benchmarks/log_benchmark.py

bench-sealing: .venv/.dev
	$(BIN)/python tests/benchmarks/sealing_benchmark.py

bench-organization: .venv/.dev
	$(BIN)/python tests/benchmarks/organization_benchmark.py

bench-period: .venv/.dev
	@for each in tests/benchmarks/period_*.py; do $(BIN)/python $$each || exit 1; done

rules-mutants: .venv/.demo
	$(BIN)/trailwitness rules test --mutants

docs: .venv/.dev
	$(BIN)/python -m scanner.aws.botocore_tables.answer_members > scanner/snapshot/shapes/answer_shapes.json
	TRAILWITNESS_UPDATE_GOLDEN=1 $(BIN)/python -m pytest -q tests/test_reference.py tests/test_peers.py tests/unit/cli/commands/test_command_pages.py tests/unit/content/test_log_event_docs.py tests/unit/resources/test_resource_types.py tests/unit/runs/test_explaining.py tests/unit/reports/formats/html/test_browser.py tests/e2e/test_readme.py -k "table or page_is or pictures or summary"

api-watch: .venv/.dev
	$(BIN)/python -m scanner.authoring.api_watch

format: .venv/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock:
	pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header --output-file=requirements/demo.txt requirements/demo.in
	pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header --constraint=requirements/demo.txt --output-file=requirements/install.txt requirements/install.in
	pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header --output-file=requirements/dev.txt requirements/dev.in
	pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header --output-file=requirements/bench.txt requirements/bench.in

clean:
	rm -rf build dist .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
