# Two commands: `make demo` and `make test`. Both set everything up in .venv from hash-locked requirements.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SERVE ?= 1
PORT ?= 8000
DEMO := .demo
DATABASE_URL ?= sqlite:///$(DEMO)/graphsvc.db
WORKERS ?= 2
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: help setup demo test test-slow check bench lock openapi clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(VENV)/.run: requirements/run.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 ..." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.lock $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@touch $@

setup: $(VENV)/.run ## install what the product needs into .venv

demo: $(VENV)/.run ## sample company -> sync -> fit -> score -> a list and a path, then serve (SERVE=0: do not serve)
	@BIN=$(BIN) DEMO=$(DEMO) DATABASE_URL="$(DATABASE_URL)" SERVE=$(SERVE) PORT=$(PORT) sh scripts/demo.sh

test: $(VENV)/.dev ## all tests that need neither Java nor Redis nor a browser
	$(BIN)/python -m pytest -q -n $(WORKERS) -rs
	@echo "Left out: slow loops (make test-slow)."

test-slow: $(VENV)/.dev ## the long loops
	$(BIN)/python -m pytest -q -n $(WORKERS) -m slow

check: $(VENV)/.dev ## ruff, mypy --strict, import-linter, docs in step
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m api.openapi --check docs/openapi.json

bench: $(VENV)/.dev ## speed and memory, beside a peer in the same run
	$(BIN)/python -m bench

openapi: $(VENV)/.run ## write docs/openapi.json anew
	$(BIN)/python -m api.openapi docs/openapi.json

lock: ## pin requirements/*.lock anew (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml requirements/build.in -o requirements/run.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -c requirements/run.lock --group dev -o requirements/dev.lock

clean: ## remove what make made
	rm -rf $(VENV) $(DEMO) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
