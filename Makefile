# The commands that need no knowledge of the project. Each does its own set-up.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
SYSTEM_PACKAGES := postgresql sip-tester
READY := $(VENV)/.ready

.PHONY: help run test lint unit bench docs lock clean system-packages
help:  ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

# 3.11 may be called python3 only; and Debian keeps venv in a package of its own.
MAKE_VENV = $$(command -v $(PYTHON) || command -v python3) -m venv $(VENV)
$(READY): requirements/dev.txt pyproject.toml
	@test -x $(BIN)/pip || $(MAKE_VENV) || { sh docker/system-packages.sh python3-venv && $(MAKE_VENV); }
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

system-packages:
	@sh docker/system-packages.sh $(SYSTEM_PACKAGES)

run: $(READY)  ## the demo: practice switch, controller and a seeded clinic
	$(BIN)/careline up --demo

test: system-packages lint unit  ## everything that must hold

lint: $(READY)  ## style, types, rules between rooms
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: $(READY)
	$(BIN)/pytest -n 2 --dist loadgroup

bench: $(READY)  ## speed, as ratios measured side by side in one run
	$(BIN)/python -m tests.bench

docs: $(READY)  ## write the generated pages of docs/ anew
	$(BIN)/python -m controller.reference docs

texts: $(READY)  ## bring the catalogues of translations up to date; lists how many texts lack one
	$(BIN)/python -m tests.extraction

lock: $(READY)  ## pin dependencies anew (needs uv)
	uv pip compile pyproject.toml --python-version 3.11 --generate-hashes --no-header --upgrade -q -o requirements/run.txt
	uv pip compile pyproject.toml --group dev --python-version 3.11 --generate-hashes --no-header -c requirements/run.txt -q -o requirements/dev.txt

clean:
	rm -rf $(VENV) build dist *.egg-info
