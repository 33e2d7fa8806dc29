# Yingcai 英才卡. `make run` and `make test` are all a newcomer needs; `make help` lists the rest.
PYTHON ?= python3
# Tests wait for databases more than they compute.
WORKERS ?= 4
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.requirements.sha256
DEV_STAMP := $(VENV)/.requirements-dev.sha256
HASH := $(PYTHON) -c "import hashlib,sys;print(hashlib.sha256(b''.join(open(f,'rb').read() for f in sys.argv[1:])).hexdigest())"

.DEFAULT_GOAL := help
.PHONY: help install dev run init worker test test-fast test-pg cov bench fmt lint check lock i18n migration browser pictures audit

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

install: $(BIN)/python ## install the locked requirements (skipped while they are unchanged)
	@new=$$($(HASH) requirements.txt); if [ "$$new" != "$$(cat $(RUN_STAMP) 2>/dev/null)" ]; then \
	  echo "Installing requirements …"; \
	  $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt && echo $$new > $(RUN_STAMP); fi

dev: install ## install what tests and checks need
	@new=$$($(HASH) requirements-dev.txt); if [ "$$new" != "$$(cat $(DEV_STAMP) 2>/dev/null)" ]; then \
	  echo "Installing development requirements …"; \
	  $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt && echo $$new > $(DEV_STAMP); fi

run: install ## start everything on http://127.0.0.1:$PORT (default 8000); Ctrl-C ends it
	@exec $(BIN)/python run.py

init: install ## write permissions, roles and reference data
	$(BIN)/flask db upgrade && $(BIN)/flask init

worker: install ## work on jobs in a process of its own
	$(BIN)/flask worker

browser: ## install Chromium where a package manager can
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	  { command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y chromium >/dev/null; } || \
	  echo "Chromium is not here; tests that drive it are skipped (or fail with REQUIRE_SERVICES=1)."

test: dev browser ## run the whole suite, on SQLite and, where reachable, on PostgreSQL
	$(BIN)/python -m pytest -n $(WORKERS)

test-fast: dev ## run the tests on SQLite only, without the browser
	$(BIN)/python -m pytest -n $(WORKERS) -m "not browser and not slow" -k "not postgresql"

test-pg: dev ## run the tests on PostgreSQL only
	REQUIRE_SERVICES=1 $(BIN)/python -m pytest -n $(WORKERS) -k postgresql

cov: dev ## measure coverage
	$(BIN)/python -m pytest -n $(WORKERS) --cov --cov-report=term-missing:skip-covered

BENCHMARKS ?= batch queue desk export cards qr lighthouse
bench: dev ## run the benchmarks beside their peers: make bench BENCHMARKS="batch qr" ROWS=1000
	@for name in $(BENCHMARKS); do $(BIN)/python -m bench.$$name $(if $(ROWS),--rows $(ROWS)) || missed=1; done; \
	  $(BIN)/python -m bench.report; exit $${missed:-0}

fmt: dev ## format the code
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

lint: dev ## format, lint, types, import contracts, templates
	$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/lint-imports && $(BIN)/djlint app/templates --lint --quiet

check: lint test ## lint + test

i18n: dev ## extract and merge the texts, compile the catalogue
	$(BIN)/pybabel -q extract -F babel.cfg -k N_ -k _l -k lazy_gettext --no-location --sort-output -o $(VENV)/messages.pot . && \
	$(BIN)/pybabel -q update -N --no-wrap --ignore-pot-creation-date -i $(VENV)/messages.pot -d app/translations && \
	$(BIN)/pybabel -q compile -d app/translations

pictures: dev browser ## take the pictures of README and guides anew, from the demo data
	$(BIN)/python scripts/pictures.py

migration: dev ## make a migration: make migration m="add a column"
	$(BIN)/flask db migrate -m "$(m)"

lock: ## renew the lock files (needs uv)
	uv pip compile --quiet --universal --no-strip-extras --python-version 3.11 --generate-hashes requirements.in -o requirements.txt
	uv pip compile --quiet --universal --no-strip-extras --python-version 3.11 --generate-hashes requirements-dev.in -o requirements-dev.txt

audit: dev ## look for dependencies with known vulnerabilities
	$(BIN)/pip install --quiet pip-audit && $(BIN)/pip-audit -r requirements.txt --no-deps --disable-pip
