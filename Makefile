# Everything that people run. `make run` and `make test` install what they need.

VENV := .venv
IN := $(VENV)/bin/
# Those of pyenv by their paths, too: its names on the PATH only reach the version that its settings select.
PYENV := $(or $(PYENV_ROOT),$(HOME)/.pyenv)/versions
OF_PYENV := $(foreach version,3.13 3.14 3.12,$(wildcard $(PYENV)/$(version).*/bin/python3))
CANDIDATES := $(strip $(or $(PYTHON),python3.13 python3.14 python3.12 python3 python $(OF_PYENV)))
# What a Python must have: the version, and the parts that Debian packages separately.
FITS := import sys, venv, ensurepip, sqlite3, ssl; assert sys.version_info >= (3, 12)
# Names what is installed. Written last, so that an interrupted installation is repeated.
STAMP := $(VENV)/installed
LOCKS := requirements.txt requirements-dev.txt

.DEFAULT_GOAL := help
.PHONY: help run python map test test-covered test-postgres test-wakeups torture lint lint-api audit shots first-clip bench lock clean install install-dev
MAKEFLAGS += --no-print-directory

help: ## list the targets
	@awk -F ': .*## ' '/^[a-z-]+: .*## / { printf "make %-13s %s\n", $$1, $$2 }' Makefile

run: install ## install and start Dailies; Ctrl-C stops it
	@exec $(IN)python manage.py up

python: ## print the Python that is used
	@$(find-python); echo "$$python: $$("$$python" --version)"

# Three processes, also on two cores: tests often wait. One that finishes early takes tests from the others.
AT_ONCE := -n 3 --dist worksteal

# CI says tests.again instead, which gives a few failed tests a second try.
PYTEST ?= pytest

test: install-dev ## install the test tools and run the tests; CI also runs the slow ones
	@$(IN)python -m $(PYTEST) $(AT_ONCE) $(TESTS)

# The tests of the rooms where a mistake costs money, and how much of each room they must cover, in percent with branches.
# Measuring costs time: CI leaves these tests out elsewhere, by the mark that tests/conftest.py gives them.
export MEASURED := $(addprefix tests/,contract credits jobs upstream worker faults catalog)
GATES := contract:96 credits:95 jobs:95 upstream:96

test-covered: install-dev ## run the tests of the core and check how much of it they cover
	@$(IN)python -m coverage erase
	@$(IN)python -m coverage run -m $(PYTEST) $(AT_ONCE) $(TESTS) $(MEASURED)
	@$(IN)python -m coverage combine --quiet
	@for gate in $(GATES); do \
		$(IN)python -m coverage report --include="studio/$${gate%:*}/*" --fail-under="$${gate#*:}" || exit 1; \
	done

# Tests that read and write rows. Pages and pictures behave the same on any database.
ROWS := $(addprefix tests/,audit notify jobs worker catalog credits library team sandbox engines upkeep faults dashboard)

# The installations that these start use a SQLite file of their own.
ANYWHERE := $(addprefix --ignore=tests/worker/,test_supervisor.py test_supervisor_up.py)

test-postgres: install-dev ## run the tests of the data on a PostgreSQL server started for them
	@$(IN)python -m tests.postgres $(IN)python -m $(PYTEST) $(AT_ONCE) $(ANYWHERE) $(or $(TESTS),$(ROWS))

test-wakeups: install-dev ## run the worker's tests with half of all wake-ups lost, the others doubled
	@WAKEUPS=unreliable $(IN)python -m $(PYTEST) $(AT_ONCE) tests/worker/test_loops.py tests/worker/test_running.py tests/worker/test_wakeups.py

KILLS := 1000

TORTURES := torture-sqlite torture-postgres

torture: $(TORTURES) ## kill workers at random, and count what was lost or paid twice

.PHONY: $(TORTURES)
$(TORTURES): torture-%: install-dev
	@$(IN)python -m tests.torture --database $* --kills $(KILLS)
	@$(IN)python -m tests.torture --database $* --outage $(or $(OUTAGE),30)

lint: install-dev ## check style, types, import rules, migrations and settings
	$(IN)ruff check .
	$(IN)ruff format --check .
	$(IN)lint-imports
	$(IN)mypy
	$(IN)djlint templates --lint --quiet
	@$(MAKE) check-django

lint-api: install-dev ## check the OpenAPI document with Redocly and Spectral; needs Node.js and npm
	@$(IN)python -m tests.gateway.openapi.lint

audit: install-dev ## look for known vulnerabilities in the locked packages; skipped where their data cannot be reached
	@$(IN)python -m tests.vulnerabilities

shots: install-dev ## take screenshots of every page, into shots/
	@$(IN)python -m tests.shots

first-clip: install-dev ## time the way from a fresh clone to a playing clip
	@$(IN)python -m tests.first_clip

map: install-dev ## draw the map of the rooms from the import rules
	@$(IN)python -m tests.documents.map

bench: install-dev ## measure the speed targets
	@$(IN)python -m tests.bench

lock: install-dev ## write both lock files again from pyproject.toml
	@$(IN)python -m pip install --quiet --disable-pip-version-check uv
	$(call lock,,requirements.txt)
	$(call lock,--extra test,requirements-dev.txt)

clean: ## remove what was installed and generated; var/ with all clips stays
	rm -rf $(VENV) shots htmlcov .coverage* .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The settings of an installation on the internet, in a temporary folder.
.PHONY: check-django
check-django:
	@DATA_DIR=$$(mktemp -d) && export DATA_DIR && trap 'rm -rf "$$DATA_DIR"' EXIT && \
	$(IN)python manage.py makemigrations --check --dry-run && \
	PUBLIC_URL=https://dailies.example.com $(IN)python manage.py check --deploy --fail-level WARNING

install:
	@$(call install,requirements.txt,run,run|dev)

install-dev:
	@$(call install,requirements-dev.txt,dev,dev)

# Sets $$python, or stops with an error.
define find-python
for python in $(CANDIDATES); do "$$python" -c '$(FITS)' >/dev/null 2>&1 && break; python=; done; \
if [ -z "$$python" ]; then \
	echo "Dailies needs Python 3.12 or later with venv and sqlite3, and none of these is one: $(CANDIDATES)." \
		"On Debian: apt-get install python3 python3-venv. Or name one: make PYTHON=/path/to/python." >&2; \
	exit 1; \
fi
endef

# $(1): the lock file. $(2): its name in the stamp. $(3): the names that suffice: dev includes all that run needs.
define install
locks=$$(cat $(LOCKS) | cksum | tr -d ' '); \
if ! grep -qxE "($(3)) $$locks" $(STAMP) 2>/dev/null || ! $(IN)python -c '$(FITS)' 2>/dev/null; then \
	$(find-python); \
	echo "Installing from $(1) …" && \
	rm -f $(STAMP) && \
	{ $(IN)python -c '$(FITS); import pip' 2>/dev/null || "$$python" -m venv --clear $(VENV); } && \
	$(IN)python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r $(1) && \
	echo "$(2) $$locks" > $(STAMP); \
fi
endef

define lock
$(IN)uv pip compile pyproject.toml --quiet $(1) --generate-hashes --universal --python-version 3.12 \
	--no-emit-index-url --no-annotate --no-header -o $(2)
endef
