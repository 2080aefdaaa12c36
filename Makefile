# 企应 (Qiying). `make` lists what there is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HOST ?= 127.0.0.1
PORT ?= 8000
PIP_ARGS ?=
# Test processes side by side: the cores of a small machine, so that what measures time is not starved. Files in
# their collected order: browser tests come last, because their driver leaves an event loop running.
TEST_WORKERS ?= 2
SOAK_SECONDS ?= 1200
SOAK_RATE ?= 50
FUZZ_INPUTS ?= 100000
CHAOS_SEED ?= 18

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test lint format types contracts unit translations lock licences screenshots bundle clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(VENV)/.installed ## Make .venv with the command `qiying` (PIP_ARGS is handed to pip)

setup-dev: $(VENV)/.installed-dev

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "需要 Python 3.11 或更新版本（现在是 $$($(PYTHON) --version)）"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "安装依赖（第一次要几分钟）……"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_ARGS) -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_ARGS) -r requirements-dev.lock
	@touch $@

run: setup ## Serve: the demo, or production where QIYING_WECHAT_* is set (HOST, PORT, QIYING_* honoured)
	@$(BIN)/python -m app.cli.run --host $(HOST) --port $(PORT)

test: setup-dev lint types contracts unit ## Everything that CI checks

lint: setup-dev ## Style and formatting
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: setup-dev ## Put the code into shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: setup-dev ## Strict types
	@$(BIN)/mypy

contracts: setup-dev ## Who may import whom
	@$(BIN)/lint-imports

unit: setup-dev ## Tests: unit, integration, browser, kb
	@$(BIN)/qiying kb check --index
	@$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist loadfile --no-loadscope-reorder

test-postgres: setup-dev ## The same tests on PostgreSQL, on a private server made from this machine's binaries
	@QIYING_TEST_DATABASE=postgresql CI=true $(BIN)/python -m pytest -n $(TEST_WORKERS) --dist loadfile -m "not browser"

soak: setup-dev ## Steady traffic for SOAK_SECONDS (default 20 minutes) at SOAK_RATE a second
	@$(BIN)/qiying bench soak --seconds $(SOAK_SECONDS) --rate $(SOAK_RATE) --json build/soak.json

chaos: setup-dev ## Kills, crashes, fuzz and sabotage in their long forms (an hour; CHAOS_SEED)
	@QIYING_CHAOS=1 QIYING_FUZZ_INPUTS=$(FUZZ_INPUTS) QIYING_FUZZ_SEED=$(CHAOS_SEED) QIYING_STATEFUL_EXAMPLES=200 QIYING_STATEFUL_STEPS=50 \
		$(BIN)/python -m pytest -s --timeout=3600 -o norecursedirs=build tests/reliability tests/postgres/test_machine.py

translations: setup-dev ## Compile the command line's Chinese words
	@$(BIN)/pybabel -q compile -D messages -d app/cli/locale

lock: ## Resolve the newest allowed versions into the lock files
	@rm -rf build/lock && $(PYTHON) -m venv build/lock
	@build/lock/bin/python -m pip install --quiet $(PIP_ARGS) torch==2.13.0 setuptools wheel .
	@build/lock/bin/python -m pip freeze --exclude qiying | sed 's/^torch==.*/torch==2.13.0/' | grep -v -E '^(nvidia|cuda|triton)' > requirements.lock
	@printf 'setuptools==%s\nwheel==%s\n' $$(build/lock/bin/python -c 'import importlib.metadata as m; print(m.version("setuptools"), m.version("wheel"))') >> requirements.lock
	@build/lock/bin/python -m pip install --quiet $(PIP_ARGS) '.[dev]'
	@build/lock/bin/python -m pip freeze --exclude qiying | sed 's/^torch==.*/torch==2.13.0/' | grep -v -E '^(nvidia|cuda|triton)' > build/all.lock
	@grep -v -x -F -f requirements.lock build/all.lock > requirements-dev.lock

licences: setup-dev ## List the dependencies with their licences (docs/licences.md)
	@$(BIN)/python docs/make_licences.py

screenshots: setup-dev ## Take the pictures of the documents from the demo (docs/images; needs Chromium)
	@$(BIN)/python -m docs.make_screenshots

bundle: setup ## An offline installation package under build/ (PIP_ARGS is handed to pip)
	@PYTHON=$(BIN)/python PIP_ARGS="$(PIP_ARGS)" deploy/bundle.sh

clean: ## Remove the environment and caches (data stays)
	@rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
