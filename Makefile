# Every target makes what it needs from a fresh clone. Python 3.11 or newer and GNU make suffice.

STUDY ?= hir

ifeq ($(OS),Windows_NT)
PYTHON ?= python
BIN := .venv/Scripts
else
PYTHON ?= python3
BIN := .venv/bin
endif

PY := $(BIN)/python
INDSATS := $(PY) -m pipeline
TOUCH := $(PY) -c "import pathlib, sys; pathlib.Path(sys.argv[1]).touch()"

# Without a network: from the folder that `make wheelhouse` filled on another machine.
FROM := $(if $(wildcard wheelhouse/*),--no-index --find-links wheelhouse)
PIP := $(PY) -m pip --disable-pip-version-check
INSTALL := $(PIP) install --quiet --no-compile --no-deps --no-build-isolation $(FROM)

# $(call given,DATA): the value of a variable that has no default.
given = $(if $($1),$($1),$(error $1 is not given; write: make $@ $(NEEDS)))

.DEFAULT_GOAL := help
.PHONY: help setup demo simulate check-delivery run rerun durations did montecarlo bench doctor \
	check test test-all lock wheelhouse wheelhouse-windows clean

help:  ## list the targets
	@$(PYTHON) -c "import re; [print(f'{name:20}{what}') for name, what in re.findall(r'^([a-z-]+):.*?## (.*)', open('Makefile', encoding='utf-8').read(), re.M)]"

# --- set up -----------------------------------------------------------------------------------

setup: .venv/.runtime  ## make .venv: what the commands need

.venv/.runtime: requirements-build.lock requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(INSTALL) --require-hashes -r requirements-build.lock
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-index --editable .
	@$(TOUCH) $@

.venv/.dev: .venv/.runtime requirements-dev.lock
	$(INSTALL) --require-hashes -r requirements-dev.lock
	@$(TOUCH) $@

# --- commands: each target is one line that calls the command ------------------------------------

demo: .venv/.runtime  ## simulate a delivery and evaluate it: report in demo/out
	$(INDSATS) simulate demo/delivery --study hir
	$(INDSATS) run hir --data demo/delivery --out demo/out

simulate: NEEDS = DATA=folder
simulate: .venv/.runtime  ## write a fake delivery: DATA=folder [STUDY=hir]
	$(INDSATS) simulate "$(call given,DATA)" --study $(STUDY)

check-delivery: NEEDS = DATA=folder
check-delivery: .venv/.runtime  ## test a delivery against its contract: DATA=folder
	$(INDSATS) check "$(call given,DATA)"

run: NEEDS = DATA=folder OUT=folder
run: .venv/.runtime  ## evaluate a study: DATA=folder OUT=folder [STUDY=hir]
	$(INDSATS) run $(STUDY) --data "$(call given,DATA)" --out "$(call given,OUT)"

rerun: NEEDS = MUNICIPALITY=name DATA=folder OUT=folder
rerun: .venv/.runtime  ## one municipality anew: MUNICIPALITY=name DATA=folder OUT=folder [STUDY=hir]
	$(INDSATS) rerun $(STUDY) --municipality "$(call given,MUNICIPALITY)" --data "$(call given,DATA)" --out "$(call given,OUT)"

durations: NEEDS = SPELLS=file BY=unit,period DURATION=weeks EVENT=event MODEL=weibull OUT=file
durations: .venv/.runtime  ## weeks of your own spells: SPELLS=file BY=… DURATION=… EVENT=… MODEL=… OUT=file [OPTIONS="--cluster person"]
	$(INDSATS) durations "$(call given,SPELLS)" --by "$(call given,BY)" --duration "$(call given,DURATION)" --event "$(call given,EVENT)" --model "$(call given,MODEL)" --out "$(call given,OUT)" $(OPTIONS)

did: NEEDS = PANEL=file OUTCOME=y UNIT=unit TIME=time TREATED=treated POST=post OUT=file
did: .venv/.runtime  ## effects on your own panel: PANEL=file OUTCOME=y UNIT=… TIME=… TREATED=… POST=… OUT=file [OPTIONS="--by-unit"]
	$(INDSATS) did "$(call given,PANEL)" --outcome "$(call given,OUTCOME)" --unit "$(call given,UNIT)" --time "$(call given,TIME)" --treated "$(call given,TREATED)" --post "$(call given,POST)" --out "$(call given,OUT)" $(OPTIONS)

montecarlo: NEEDS = REPS=200 OUT=folder
montecarlo: .venv/.runtime  ## score every method on simulated registers: REPS=200 OUT=folder [STUDY=hir] [OPTIONS="--shocks 0"]
	$(INDSATS) montecarlo $(STUDY) --reps "$(call given,REPS)" --out "$(call given,OUT)" $(OPTIONS)

bench: .venv/.dev  ## speed and memory against goals and peers: [PERSONS=1000000]
	$(INDSATS) bench $(if $(PERSONS),--persons $(PERSONS))

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

# --upgrade takes the newest versions that pyproject.toml allows.
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
