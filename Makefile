# Every target makes what it needs from a fresh clone. Python 3.11 or newer and GNU make suffice.

PYTHON ?= python3
STUDY ?= hir

ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
else
BIN := .venv/bin
endif

PY := $(BIN)/python
INDSATS := $(PY) -m pipeline
TOUCH := $(PY) -c "import pathlib, sys; pathlib.Path(sys.argv[1]).touch()"
LOCKS := requirements-build.lock requirements.lock requirements-dev.lock

# Without a network: from the folder that `make wheelhouse` filled on another machine.
PIP := $(PY) -m pip --disable-pip-version-check
FROM := $(if $(wildcard wheelhouse/*.whl),--no-index --find-links wheelhouse)

# $(call given,DATA,example): the value of a variable that has no default.
given = $(if $($1),$($1),$(error $1 is not given; write: make $@ $2))

.DEFAULT_GOAL := help
.PHONY: help setup demo simulate check-delivery run rerun doctor \
	check test test-all lock wheelhouse wheelhouse-windows clean

help:  ## list the targets
	@$(PYTHON) -c "import re; [print(f'{name:16}{what}') for name, what in re.findall(r'^([a-z-]+):.*?## (.*)', open('Makefile', encoding='utf-8').read(), re.M)]"

# --- set up -----------------------------------------------------------------------------------

setup: .venv/.runtime  ## make .venv: what the commands need

.venv/.runtime: requirements-build.lock requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(PIP) install --quiet $(FROM) --require-hashes -r requirements-build.lock
	$(PIP) install --quiet $(FROM) --require-hashes --no-build-isolation -r requirements.lock
	$(PIP) install --quiet --no-index --no-deps --no-build-isolation --editable .
	@$(TOUCH) $@

.venv/.dev: .venv/.runtime requirements-dev.lock
	$(PIP) install --quiet $(FROM) --require-hashes --no-build-isolation -r requirements-dev.lock
	@$(TOUCH) $@

# --- commands: each target is one line that calls the command ------------------------------------

demo: .venv/.runtime  ## simulate a delivery and evaluate it: report in demo/out
	$(INDSATS) simulate demo/delivery --study hir
	$(INDSATS) run hir --data demo/delivery --out demo/out

simulate: .venv/.runtime  ## write a fake delivery: DATA=folder [STUDY=hir]
	$(INDSATS) simulate $(call given,DATA,DATA=folder) --study $(STUDY)

check-delivery: .venv/.runtime  ## test a delivery against its contract: DATA=folder
	$(INDSATS) check $(call given,DATA,DATA=folder)

run: .venv/.runtime  ## evaluate a study: DATA=folder OUT=folder [STUDY=hir]
	$(INDSATS) run $(STUDY) --data $(call given,DATA,DATA=folder OUT=folder) --out $(call given,OUT,DATA=folder OUT=folder)

rerun: .venv/.runtime  ## one municipality anew: MUNICIPALITY=name DATA=folder OUT=folder [STUDY=hir]
	$(INDSATS) rerun $(STUDY) --municipality "$(call given,MUNICIPALITY,MUNICIPALITY=name DATA=folder OUT=folder)" --data $(call given,DATA,MUNICIPALITY=name DATA=folder OUT=folder) --out $(call given,OUT,MUNICIPALITY=name DATA=folder OUT=folder)

doctor: .venv/.runtime  ## what this machine has and lacks
	$(INDSATS) doctor

# --- code ----------------------------------------------------------------------------------------

check: .venv/.dev  ## style, types, SQL, imports, house rules
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -m sqlfluff lint --disable-progress-bar sql
	$(BIN)/lint-imports
	$(PY) -m pytest -q tests/house -m "not slow"

test: check  ## check, and every test but the slow ones
	$(PY) -m pytest -q -n 2 -m "not slow" --ignore=tests/house

test-all: check  ## check, and every test
	$(PY) -m pytest -q -n 2

clean:  ## remove caches and the demo
	$(PYTHON) -c "import pathlib, shutil; [shutil.rmtree(folder, ignore_errors=True) for name in ('demo', 'dist', 'build', '.*_cache', '.hypothesis') for folder in pathlib.Path('.').glob(name)]"

# --- dependencies --------------------------------------------------------------------------------

UV_COMPILE := $(PY) -m uv pip compile --quiet --generate-hashes --no-emit-index-url --no-annotate --no-header
UV_LOCK := $(UV_COMPILE) --universal --python-version 3.11

lock: .venv/.dev  ## write the lock files anew: [UPGRADE=--upgrade]
	$(UV_LOCK) $(UPGRADE) --group dev --output-file requirements-dev.lock pyproject.toml
	$(UV_LOCK) $(UPGRADE) --constraints requirements-dev.lock --group build --output-file requirements.lock pyproject.toml
	$(UV_LOCK) $(UPGRADE) --constraints requirements-dev.lock --group build --output-file requirements-build.lock

wheelhouse: .venv/.dev  ## fetch every locked package for a machine like this one into wheelhouse/
	$(PIP) download --quiet --require-hashes --no-build-isolation --dest wheelhouse -r requirements-dev.lock

# pip reads the conditions in a lock for the Python it runs in, so they are worked out first.
FOR_PYTHON ?= 3.12
wheelhouse-windows: .venv/.dev  ## the same for Windows, into dist/wheelhouse/: [FOR_PYTHON=3.12]
	$(UV_COMPILE) --python-platform windows --python-version $(FOR_PYTHON) --output-file .venv/windows.lock requirements-dev.lock
	$(PIP) download --quiet --require-hashes --no-deps --no-build-isolation --dest dist/wheelhouse \
		--platform win_amd64 --python-version $(FOR_PYTHON) -r .venv/windows.lock
