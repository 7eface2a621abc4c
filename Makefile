# make demo | make test | make lint | make demo-kannel | make test-whole | make test-peers | make test-template | make test-load | make test-browser | make fuzz
# make contrib | make downstream | make docs | make test-site | make api | make bench | make lock
PYTHON ?= python3
BIN := .venv/bin
# Many tests start programs of ours: where no bytecode is kept, each of them compiles the package anew.
export PYTHONDONTWRITEBYTECODE =
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.PHONY: setup demo test lint demo-kannel test-whole test-peers test-template test-load test-browser fuzz contrib downstream docs test-site api bench lock clean

setup: .venv/.run

.venv/bin/python:
	@sh scripts/make-venv $(PYTHON)

.venv/.run: requirements/run.txt pyproject.toml .venv/bin/python
	$(PIP) --require-hashes -r requirements/run.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.test: requirements/test.txt .venv/.run
	$(PIP) --require-hashes -r requirements/test.txt
	@touch $@

.venv/.docs: requirements/docs.txt .venv/.test
	$(PIP) --require-hashes -r requirements/docs.txt
	@touch $@

.venv/.lint: requirements/lint.txt .venv/.test
	$(PIP) --require-hashes -r requirements/lint.txt
	@touch $@

demo: setup
	$(BIN)/sms-adapters demo
	$(BIN)/python examples/conversation.py

test: .venv/.test
	$(BIN)/python -m pytest -q -n 3

lint: .venv/.lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sms-adapters schema --all --check
	$(BIN)/python scripts/api_listing.py check

api: .venv/.lint
	$(BIN)/python scripts/api_listing.py check

demo-kannel: setup
	$(BIN)/python tests/peers/demo_kannel.py

test-peers: .venv/.test
	SMS_ADAPTERS_REQUIRE_PEERS=1 $(BIN)/python -m pytest -q -m peer tests/peers

test-whole: .venv/.lint
	$(BIN)/python -m pytest -q -n 2 -m "whole and not template" tests

test-template: .venv/.lint
	$(BIN)/python -m pytest -q -n 2 -m template tests/authoring

test-load: .venv/.test
	$(BIN)/python -m pytest -q -m load tests/sandbox

test-browser: .venv/.test
	sh scripts/need chromium chromium-driver
	$(BIN)/python -m pytest -q -m browser tests/browser

contrib: .venv/.test
	sh scripts/try-contrib $(BIN)/python

fuzz: .venv/.test
	SMS_ADAPTERS_FUZZ=1000000 $(BIN)/python -m pytest -q -s -n 2 tests/smsc -k fuzzed

downstream: .venv/.test
	sh scripts/try-downstream $(BIN)/python

# The levels on the site are those of a run of the suite, made when an adapter or the suite changed. An adapter that does
# not reach what it claims (status 1) is shown as it is; that it fails is for make test to say.
ADAPTERS := $(shell find sms_adapters contrib -name '*.py' -o -path '*/exchanges/*' -o -path '*/inbound/*' -o -name '*.toml')
CONTRIB := build/contrib

build/conformance/conformance.json: .venv/.docs $(ADAPTERS)
	rm -rf $(CONTRIB) && mkdir -p build
	$(PIP) --no-deps --no-build-isolation --target $(CONTRIB) ./contrib
	PYTHONPATH=$(CONTRIB) $(BIN)/sms-adapters conformance -n 2 --report build/conformance >build/conformance.log || [ $$? -eq 1 ]

docs: .venv/.docs build/conformance/conformance.json
	PYTHONPATH=$(CONTRIB) SMS_ADAPTERS_CONFORMANCE=build/conformance/conformance.json \
	  $(BIN)/python -m sphinx -q -W --keep-going -b html -d build/doctrees docs build/site
	cp build/conformance/conformance.html build/site/
	@echo "the site is build/site/index.html"

test-site: docs
	sh scripts/need chromium chromium-driver
	$(BIN)/python -m pytest -q -m site tests/browser

bench: .venv/.test
	@for name in startup send text_plan webhook_verify conformance smpp_codec smsc_session sandbox; do \
	  echo "== $$name"; $(BIN)/python benchmarks/$$name.py || exit 1; done

lock: .venv/.test
	sh scripts/lock $(BIN)/python

clean:
	rm -rf .venv .peers build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
