.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
MEMBERS := contracts services/chassis services/orientation services/admission services/parcours services/reporting deploy
READY := $(VENV)/.ready

.PHONY: help setup demo test bench faults load browser quality generate lock clean

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(READY)  ## make .venv from requirements.lock

$(READY): requirements.lock deploy/bootstrap.lock $(addsuffix /pyproject.toml,$(MEMBERS))
	@command -v python3 >/dev/null || { echo "python3 (3.11 or newer) is missing on this machine"; exit 1; }
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; this machine has $$(python3 -V)"; exit 1; }
	@echo "Setting up $(VENV) from requirements.lock…"
	@python3 -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r deploy/bootstrap.lock
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation $(addprefix -e ,$(MEMBERS))
	@touch $@

demo: $(READY)  ## start the whole platform with its demo data; Ctrl-C stops it
	@$(BIN)/plie-demo up

quality: $(READY)  ## format, lint, types, boundaries
	@$(BIN)/ruff format --quiet . && $(BIN)/ruff check --fix .
	@$(BIN)/mypy $(addsuffix /src,$(MEMBERS))
	@$(BIN)/lint-imports

test: $(READY) browser  ## every check that CI runs
	@$(BIN)/ruff format --check --quiet . && $(BIN)/ruff check --quiet .
	@$(BIN)/mypy $(addsuffix /src,$(MEMBERS))
	@$(BIN)/lint-imports
	@$(BIN)/pytest --numprocesses=3 --dist=loadfile contracts services deploy
	@$(BIN)/pytest --numprocesses=2 --dist=loadfile tests

bench: $(READY)  ## print the performance table with its ratios; writes build/bench.json
	@$(BIN)/python -m tests.bench

faults: $(READY)  ## break the chain in every way that is known, and check what it promised (SEED= ROUNDS=)
	@$(BIN)/python -m tests.faults $(if $(SEED),--seed $(SEED)) $(if $(ROUNDS),--rounds $(ROUNDS))

load: $(READY)  ## drive the demo with orientations and contacts as they would come; tables and plots in build/load
	@$(BIN)/python -m tests.load

browser:  ## say whether chromium is there for the browser tests; under CI, install it
	@if command -v chromium >/dev/null || command -v chromium-browser >/dev/null; then :; \
	elif [ -n "$$CI" ]; then echo "Installing chromium…"; apt-get update -qq && apt-get install -y -qq chromium >/dev/null; \
	else echo "chromium is not on this machine: the browser tests are skipped (on Debian: apt-get install chromium)"; fi

generate: $(READY)  ## write the JSON Schemas, the AsyncAPI and the partners' OpenAPI documents again
	@$(BIN)/plie-contracts schemas --write contracts/schemas/v1
	@$(BIN)/plie-contracts asyncapi --write contracts/asyncapi.yaml
	@$(BIN)/python -m plie_chassis.web.openapi plie_orientation.app docs/partners/orientation-openapi.json

lock: $(READY)  ## resolve requirements.in again into requirements.lock
	@$(BIN)/uv pip compile requirements.in --generate-hashes --universal --python-version 3.11 --no-header --no-annotate -o requirements.lock --upgrade --quiet
	@awk '/^uv==/{on=1} on{print} on&&!/\\$$/{exit}' requirements.lock > deploy/bootstrap.lock

clean:  ## remove what was set up and built
	@rm -rf $(VENV) build .demo .mypy_cache .ruff_cache .pytest_cache
