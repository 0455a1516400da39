# The commands that need no knowledge of the project. Each does its own set-up.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
SYSTEM_PACKAGES := postgresql sip-tester chromium
READY := $(VENV)/.ready
WEB := flow_editor/web
WEB_PACKAGES := $(WEB)/node_modules/.ready
WEB_READY := flow_editor/static/index.html
WEB_SOURCES := $(shell find $(WEB) -name node_modules -prune -o -type f -not -name openapi.json -print)

.PHONY: help web run test lint unit web-unit bench docs pictures types lock clean system-packages
help:  ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

# 3.11 may be called python3 only; and Debian keeps venv in a package of its own.
MAKE_VENV = $$(command -v $(PYTHON) || command -v python3) -m venv $(VENV)
$(READY): requirements/dev.txt pyproject.toml
	@test -x $(BIN)/pip || $(MAKE_VENV) || { sh docker/system-packages.sh python3-venv && $(MAKE_VENV); }
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(WEB_PACKAGES): $(WEB)/package.json $(WEB)/package-lock.json $(WEB)/.npmrc
	@command -v npm >/dev/null || { echo "Please install Node.js 20.19 or newer, with npm, first." >&2; exit 1; }
	cd $(WEB) && npm ci --silent
	@touch $@

$(WEB_READY): $(WEB_PACKAGES) $(WEB_SOURCES)
	cd $(WEB) && npm run --silent build -- --logLevel warn
	@touch $@

system-packages:
	@sh docker/system-packages.sh $(SYSTEM_PACKAGES)

web: $(WEB_READY)  ## build the browser application

run: $(READY) $(WEB_READY)  ## the demo: practice switch, controller and a seeded clinic
	$(BIN)/careline up --demo

test: system-packages lint web-unit unit  ## everything that must hold

lint: $(READY) $(WEB_PACKAGES)  ## style, types, rules between rooms
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd $(WEB) && npm run --silent lint

web-unit: $(WEB_PACKAGES)
	cd $(WEB) && npm test --silent

unit: $(READY) $(WEB_READY)
	$(BIN)/pytest -n 2 --dist loadgroup

bench: $(READY) $(WEB_READY)  ## speed, as ratios measured side by side in one run
	$(BIN)/python -m tests.bench

docs: $(READY)  ## write the generated pages of docs/ anew
	$(BIN)/python -m controller.reference docs

pictures: $(READY) $(WEB_READY)  ## photograph the running demo for docs/
	$(BIN)/python -m tests.browser.pictures

types: $(READY) $(WEB_PACKAGES)  ## the browser application's types, from the server's OpenAPI description
	$(BIN)/python -m flow_editor.openapi > $(WEB)/openapi.json
	cd $(WEB) && npm run --silent types

texts: $(READY)  ## bring the catalogues of translations up to date; lists how many texts lack one
	$(BIN)/python -m tests.extraction

lock: $(READY)  ## pin dependencies anew (needs uv)
	uv pip compile pyproject.toml --no-strip-extras --python-version 3.11 --generate-hashes --no-header --upgrade -q -o requirements/run.txt
	uv pip compile pyproject.toml --no-strip-extras --group dev --python-version 3.11 --generate-hashes --no-header -c requirements/run.txt -q -o requirements/dev.txt

clean:
	rm -rf $(VENV) build dist *.egg-info flow_editor/static $(WEB)/node_modules
