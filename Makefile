# Needs Python 3.11 or newer, make and git. `make help` lists what there is.

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000

BIN := .venv/bin
INSTALLED := .venv/.installed
GRAPHIQL := hatch_build.py $(wildcard web/graphiql/*.* web/graphiql/source/* web/graphiql/examples/*) server/http/example_query.graphql
UV := $(shell command -v uv 2>/dev/null || echo .tools/uv)
SOURCES := aggregation bench dialboard filters graph migrations models resolvers server tests docs/site hatch_build.py

export UV_PYTHON_DOWNLOADS := never

.DEFAULT_GOAL := help
.PHONY: help install run test test-clients test-web check check-types format lint types check-pure check-schema lint-schema pytest fuzz graphiql schema digests docs lock audit bench clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  Variables: HOST and PORT of make run, CALLS of make bench, MINUTES of make fuzz, PYTHON (now $(PYTHON))"

install: $(INSTALLED) ## Make .venv with the locked dependencies

run: $(INSTALLED) ## Serve with demo data; prints the address and a key
	@$(BIN)/dialboard serve --demo --host $(HOST) --port $(PORT)

test: $(INSTALLED) ## Everything that must hold: format, lint, types, schema drift, documentation, tests
	@$(MAKE) --no-print-directory lint types check-schema docs pytest

check: $(INSTALLED) ## In seconds, without a database: format, lint, pure tests with few random examples, types of what differs from main
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory --jobs 2 --output-sync check-types check-pure

check-types: $(INSTALLED)
	@$(BIN)/python -m tests.changed | xargs -r $(BIN)/pyright

# Compiled tests are kept, because making them takes half of the time that is needed to find the tests.
check-pure: export DIALBOARD_QUICK := 1
check-pure: export PYTHONDONTWRITEBYTECODE :=
check-pure: $(INSTALLED)
	$(BIN)/pytest -p tests.forked --capture=sys -m pure

lint: $(INSTALLED) ## Whether the code is formatted, and what ruff finds
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)

types: $(INSTALLED) ## Whether the types are right
	$(BIN)/pyright

pytest: $(INSTALLED) ## The tests, side by side, but for those of clients and pages; ARGS="tests/filters -k between" for some of them
	$(BIN)/pytest $(if $(ARGS),$(ARGS),--ignore tests/clients --ignore tests/web --numprocesses logical --maxprocesses 4 --dist loadfile)

test-clients: $(INSTALLED) ## The pages of examples/clients against a server: types, what they show, no warnings (npm)
	$(BIN)/pytest --durations 10 tests/clients

test-web: $(INSTALLED) ## The pages that the server and the documentation have, in Chromium: what they show, load and do
	$(BIN)/pytest --durations 10 tests/web

fuzz: $(INSTALLED) ## The tests on random input again and again, for MINUTES; ARGS="tests/graph" for some of them
	$(BIN)/python -m tests.fuzz $(if $(MINUTES),--minutes $(MINUTES)) $(ARGS)

format: $(INSTALLED) ## Format the code
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

check-schema: $(INSTALLED) ## Compare schema.graphql with the code
	@$(BIN)/dialboard schema | diff -u schema.graphql - \
	  || { echo "schema.graphql is not what the code makes of it: run make schema."; exit 1; }

lint-schema: $(INSTALLED) ## Whether schema.graphql keeps its rules, breaks no client of the last release, and fits stored operations (npm)
	@$(BIN)/python -m tests.schema_lint

schema: $(INSTALLED) ## Regenerate schema.graphql
	$(BIN)/dialboard schema > .schema.graphql.new && mv .schema.graphql.new schema.graphql

digests: ## Add new migrations to migrations/SHA256SUMS; landed ones never change
	cd migrations && sha256sum versions/v*.py > SHA256SUMS

graphiql: $(INSTALLED) ## Build the GraphiQL page, if installing could not
	@$(BIN)/python hatch_build.py

docs: $(INSTALLED) ## Build the documentation into site/; a broken link is an error
	@$(BIN)/sphinx-build --quiet --nitpicky --fail-on-warning --keep-going --jobs auto --conf-dir docs/site . site

lock: $(UV) ## Update the lock file from pyproject.toml
	$(UV) pip compile --universal --generate-hashes --no-header --no-emit-index-url --group dev --group docs --extra parquet --extra traces \
	  pyproject.toml -o requirements.lock

audit: $(INSTALLED) $(UV) ## Ask public advisories about the locked versions (CONTRIBUTING.md, Releasing)
	@$(BIN)/python -m tests.audit

bench: $(INSTALLED) ## Measure (docs/performance.md); CALLS=5000000 for another size
	$(BIN)/python -m bench $(if $(CALLS),--calls $(CALLS))

clean: ## Remove .venv, .tools and what is built; the data in .dialboard stays
	rm -rf .venv .tools site server/http/built web/graphiql/node_modules

$(INSTALLED): requirements.lock pyproject.toml $(GRAPHIQL) | $(UV)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Dialboard needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1)." \
	       "Name another: make PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/python || $(UV) venv --quiet --python "$$(command -v $(PYTHON))" .venv
	$(UV) pip sync --quiet --python $(BIN)/python requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@test -e server/http/built/page.js \
	  || echo "The GraphiQL page was not built (make graphiql says why). Dialboard works without it."
	@touch $@

# uv, where the machine has none: from a virtual environment, or by pip alone where Python lacks the venv module.
.tools/uv:
	@echo "Getting uv into .tools"
	@rm -rf .tools && mkdir .tools
	@if $(PYTHON) -m venv .tools/venv >/dev/null 2>&1 && .tools/venv/bin/python -m pip install --quiet uv; \
	  then ln -s venv/bin/uv $@; \
	elif $(PYTHON) -m pip install --quiet --target .tools/packages uv; then ln -s packages/bin/uv $@; \
	else rm -rf .tools; echo "Could not get uv: install it, or Python's venv or pip, and try again."; exit 1; fi
