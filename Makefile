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

DEV := $(VENV)-dev/$(notdir $(BIN))

# A file's tests stay together: they share what is made for them once.
ALL_CORES := --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.PHONY: demo test test-fast test-versions test-backends check fmt bench figures lock docs clean help

help:
	@echo "make demo                 read the sample pictures"
	@echo "make demo IMAGE=PATH      read your own picture or folder"
	@echo "make test                 check style and types, and run all tests"
	@echo "make test-fast            run the tests that take seconds, in less than a minute"
	@echo "make test-versions        run the base tests with the lowest and the newest dependencies"
	@echo "make test-backends        run the tests of training with PyTorch and with JAX, without TensorFlow"
	@echo "make fmt                  format the code and fix what can be fixed"
	@echo "make bench                measure how fast pictures are read here"
	@echo "make figures              make tables and drawings of README and docs anew"
	@echo "make lock                choose the newest versions of all dependencies for .ci/requirements.txt"
	@echo "make docs                 build the documentation's site in out/site"

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
	$(DEV)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

demo: $(VENV)/base
	$(BIN)/numberplate read "$(IMAGE)" --draw "$(OUT)"
	@echo "Annotated copies are in $(OUT)"

check: $(VENV)-dev/dev
	$(DEV)/ruff check .
	$(DEV)/ruff format --check .
	$(DEV)/mypy
	$(DEV)/python docs/architecture.py --check
	$(DEV)/python docs/networks.py --check
	$(DEV)/python docs/figures.py --check

test: check
	$(DEV)/python -m pytest $(ALL_CORES)

fmt: $(VENV)-dev/dev
	$(DEV)/ruff check --fix-only .
	$(DEV)/ruff format .

bench: $(VENV)-dev/dev
	$(DEV)/python benchmarks/reading.py --rounds 10

figures: $(VENV)-dev/dev
	$(DEV)/python docs/architecture.py
	$(DEV)/python docs/networks.py
	$(DEV)/python docs/figures.py

# An old page that is gone must not be found again: the site is made from nothing.
docs: $(VENV)-dev/dev
	$(DEV)/zensical build --clean --strict

test-fast: $(VENV)-dev/dev
	$(DEV)/python -m pytest -m fast $(ALL_CORES)

test-versions: $(VENV)-dev/dev
	.ci/versions $(VENV)-dev/$(notdir $(BIN))/uv

test-backends:
	VENV=$(VENV) PYTHON=$(PYTHON) .ci/backends

lock: $(VENV)-dev/dev
	.ci/lock $(DEV)/uv

clean:
	rm -rf $(VENV) $(VENV)-dev $(VENV)-torch $(VENV)-jax out
