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
NEO4J_FOLDER ?= .neo4j/server
NEO4J_PORT ?= 7687
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: help setup demo neo4j neo4j-stop test test-web test-neo4j test-slow servers check compose-check bench bench-report picture lock openapi clean

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(VENV)/.run: requirements/run.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 ..." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m graphsvc.warming
	@touch $@

$(VENV)/.dev: requirements/dev.lock $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@touch $@

setup: $(VENV)/.run ## install what the product needs into .venv

demo: $(VENV)/.run ## sample company -> sync -> fit -> score -> a list and a path, then serve (SERVE=0: do not serve)
	@BIN=$(BIN) DEMO=$(DEMO) DATABASE_URL="$(DATABASE_URL)" SERVE=$(SERVE) PORT=$(PORT) sh scripts/demo.sh

neo4j: $(VENV)/.run ## start a local Neo4j for trying out (needs Java 17 and Maven); NEO4J_PORT=7687
	@$(BIN)/python scripts/neo4j_server.py start --home $(NEO4J_FOLDER) --port $(NEO4J_PORT)

neo4j-stop: $(VENV)/.run ## stop it; its data stay in .neo4j/server
	@$(BIN)/python scripts/neo4j_server.py stop --home $(NEO4J_FOLDER)

test: $(VENV)/.dev ## all tests that need neither Java nor Redis nor a browser
	$(BIN)/python -m pytest -q -n $(WORKERS) -rs
	@echo "Left out: tests that need Neo4j or Redis (make test-neo4j), a browser (make test-web), slow loops (make test-slow)."

WEB := tests/web
$(WEB)/node_modules/.run: $(WEB)/package-lock.json
	@command -v npm >/dev/null || { echo "Node.js with npm is missing: install it (Debian: apt-get install nodejs npm) and try again." >&2; exit 1; }
	npm ci --prefix $(WEB) --no-audit --no-fund --silent
	@touch $@

test-web: $(VENV)/.dev $(WEB)/node_modules/.run ## the page: types, journeys, accessibility, pictures (needs Chromium and Node.js)
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || { echo "Chromium is missing: install it (Debian: apt-get install chromium) and try again." >&2; exit 1; }
	$(WEB)/node_modules/.bin/tsc -p api/web/tsconfig.json
	$(WEB)/node_modules/.bin/tsc -p api/web/tsconfig.worker.json
	$(BIN)/python -m pytest -q -rs -m 'web and not slow' tests/web
	@echo "Pictures of the views are in build/web."

servers: $(VENV)/.dev
	@command -v redis-server >/dev/null || { echo "The program redis-server is missing: install it (Debian: apt-get install redis-server) and try again." >&2; exit 1; }
	$(BIN)/python scripts/neo4j_server.py fetch

test-neo4j: servers ## the tests on a real Neo4j and Redis (needs Java 17, Maven, redis-server)
	$(BIN)/python -m pytest -q -n $(WORKERS) -rs -m '(neo4j or redis) and not slow'
	@echo "Left out: all other tests (make test), slow loops (make test-slow)."

test-slow: servers ## the long loops, those on Neo4j and Redis as well
	$(BIN)/python -m pytest -q -n $(WORKERS) -m 'slow and not web'

check: $(VENV)/.dev ## ruff, mypy --strict, import-linter, docs in step
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m api.openapi --check docs/openapi.json
	$(BIN)/python scripts/readme_in_step.py README.md README.zh-CN.md

compose-check: ## docker-compose.yml is valid (docker compose, else docker-compose, else Debian's package)
	@sh deploy/check.sh

bench: $(VENV)/.dev ## speed and memory, beside a peer in the same run
	$(BIN)/python -m bench

bench-report: $(VENV)/.dev ## docs/benchmarks.md from the kept results
	$(BIN)/python -m bench.report

picture: $(VENV)/.dev ## the map in README.md anew, from the demo's workspace (needs Chromium)
	@test -e $(DEMO)/graphsvc.db || $(MAKE) demo SERVE=0
	$(BIN)/python scripts/map_picture.py sqlite:///$(DEMO)/graphsvc.db $(DEMO)/sample/truth.json docs/map.png

openapi: $(VENV)/.run ## write docs/openapi.json anew
	$(BIN)/python -m api.openapi docs/openapi.json

PIN := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml
lock: ## pin requirements/*.lock anew (needs uv): run, a team's server, developers
	$(PIN) --extra server --extra report --extra deliver requirements/build.in -o requirements/server.lock
	$(PIN) --extra deliver requirements/build.in -c requirements/server.lock -o requirements/run.lock
	$(PIN) --extra server --extra report --extra deliver --group dev -c requirements/server.lock -o requirements/dev.lock

clean: ## remove what make made
	@test ! -e $(NEO4J_FOLDER)/server.pid || $(BIN)/python scripts/neo4j_server.py stop --home $(NEO4J_FOLDER)
	rm -rf .neo4j build $(WEB)/node_modules $(VENV) $(DEMO) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
