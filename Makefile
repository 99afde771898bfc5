# Two commands do everything: `make run` opens the app, `make test` checks it. Both install what they need into .venv.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
export PIP_PREFER_BINARY := 1

.PHONY: run test lint types suite verify bench transfer figures screenshots format clean

run: $(VENV)/.run-ready
	@$(BIN)/layerloom $(FILE)

test: $(VENV)/.test-ready lint types suite

lint: $(VENV)/.test-ready
	$(BIN)/ruff check .
	$(BIN)/black --check --quiet . || { echo "black would reformat; run: make format"; exit 1; }
	$(BIN)/python -P -m graph.ops.sync --check

types: $(VENV)/.test-ready
	$(BIN)/mypy

suite: $(VENV)/.test-ready
	QT_QPA_PLATFORM=offscreen $(BIN)/python -P -m pytest -q -n 2 --dist loadfile --max-worker-restart=0 -m "not full"

# Trains every example at full length and compares every exported script with its run.
verify: $(VENV)/.test-ready
	QT_QPA_PLATFORM=offscreen $(BIN)/python -P -m pytest -v -s -m full --durations=0 -o faulthandler_timeout=1800

bench: $(VENV)/.test-ready
	QT_QPA_PLATFORM=offscreen $(BIN)/python tests/bench/run.py

# Trains a template from scratch and from pretrained weights on few labelled images; needs the data of LAYERLOOM_DATA.
transfer: $(VENV)/.test-ready
	$(BIN)/python -P tests/bench/transfer_learning.py

# What the examples with drawn steps reach, each with three seeds; some need the data of LAYERLOOM_DATA, and say so.
# ONE figure with N seeds: make figures ARGS="--only semi --seeds 1"
figures: $(VENV)/.test-ready
	$(BIN)/python tests/bench/figures.py $(ARGS)

screenshots: $(VENV)/.test-ready
	$(BIN)/python tests/screens/take.py

format: $(VENV)/.test-ready
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/black --quiet .

$(VENV)/bin/python:
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || \
	  { echo "Layerloom needs Python 3.11 or newer; name one: make run PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || \
	  { rm -rf $(VENV); . .ci/system-libraries && install_venv && $(PYTHON) -m venv $(VENV); }

$(VENV)/.run-ready: pyproject.toml .ci/system-libraries | $(VENV)/bin/python
	$(PIP) install --quiet -e .
	@bash .ci/system-libraries $(BIN)/python
	@touch $@

$(VENV)/.test-ready: pyproject.toml .ci/system-libraries | $(VENV)/bin/python
	$(PIP) install --quiet -e ".[test]"
	@bash .ci/system-libraries $(BIN)/python
	@touch $@ $(VENV)/.run-ready

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
