# The commands of the README. Each sets up what it needs, once, in a virtual environment of this folder.

PYTHON ?= python3
VENV ?= .venv
IMAGE ?= samples
OUT ?= out/demo

ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif

.PHONY: demo test test-fast test-versions check clean help

help:
	@echo "make demo                 read the sample pictures"
	@echo "make demo IMAGE=PATH      read your own picture or folder"
	@echo "make test                 check style and types, and run all tests"
	@echo "make test-fast            run the tests that take seconds, in less than a minute"
	@echo "make test-versions        run the base tests with the lowest and the newest dependencies"

# The base install alone: what a person who only reads plates has.
$(VENV)/base: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("numberplate needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

# Tests have an environment of their own, so that the demo shows what the base install can do.
$(VENV)-dev/dev: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("numberplate needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	test -d $(VENV)-dev || $(PYTHON) -m venv $(VENV)-dev
	$(VENV)-dev/$(notdir $(BIN))/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

demo: $(VENV)/base
	$(BIN)/numberplate read "$(IMAGE)" --draw "$(OUT)"
	@echo "Annotated copies are in $(OUT)"

check: $(VENV)-dev/dev
	$(VENV)-dev/$(notdir $(BIN))/ruff check .
	$(VENV)-dev/$(notdir $(BIN))/ruff format --check .
	$(VENV)-dev/$(notdir $(BIN))/mypy

test: check
	$(VENV)-dev/$(notdir $(BIN))/python -m pytest

test-fast: $(VENV)-dev/dev
	$(VENV)-dev/$(notdir $(BIN))/python -m pytest -m fast

test-versions: $(VENV)-dev/dev
	.ci/versions $(VENV)-dev/$(notdir $(BIN))/uv

clean:
	rm -rf $(VENV) $(VENV)-dev out
