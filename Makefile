# Everything lives in .local/: the environment, and the servers' files.
PYTHON ?= python3
VENV := .local/venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
PLUGINS := ckanext-opengov/ckanext ckanext-consultation/ckanext ckanext-complaints/ckanext
WITH_SERVERS := $(BIN)/python -W ignore -m opengov_stack.testing

PYTEST := $(BIN)/pytest -q -p no:ckan -p no:ckan_fixtures

# Where this is set, each of the many processes of a portal compiles everything anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run unit test integration integration-opengov integration-others stack browser fuzz \
    bench check docs translations lock clean

help:  ## show this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

run: $(VENV)/embedded  ## start the portal on this machine; Ctrl-C stops it
	$(BIN)/opengov run

unit: $(VENV)/dev  ## the rules alone, no server, in seconds
	$(PYTEST) -W error tests/unit

# Two parts at once, the output of each in one piece; none of them shares anything with another.
# The stack alone: its tests ask how soon a site answers again after a kill.
test:  ## everything, on servers of its own
	$(MAKE) -j2 --output-sync unit integration browser
	$(MAKE) stack

integration: integration-opengov integration-others

integration-opengov: $(VENV)/dev
	$(WITH_SERVERS) -- $(PYTEST) tests/integration/opengov

integration-others: $(VENV)/dev
	$(WITH_SERVERS) -- $(PYTEST) tests/integration --ignore=tests/integration/opengov

browser: $(VENV)/dev
	$(PYTEST) tests/browser --ignore=$(ON_SAMPLE)

stack: $(VENV)/dev
	$(PYTEST) tests/stack $(ON_SAMPLE)

# In a browser, on the portal with the sample that the tests of the stack have made.
ON_SAMPLE := tests/browser/test_vanilla.py

fuzz: $(VENV)/dev  ## look for cases that break the rules: many odd tables, and others by chance
	ODD_TABLES=30000 $(PYTEST) --hypothesis-profile=default tests/unit

bench: $(VENV)/dev  ## what the suite costs, as ratios to CKAN without it
	$(BIN)/python -W ignore benchmarks/validation.py 1000000
	$(WITH_SERVERS) --durable -- $(BIN)/python -W ignore benchmarks/overhead.py
	$(WITH_SERVERS) --durable -- $(BIN)/python -W ignore benchmarks/pages.py
	$(WITH_SERVERS) --durable -- $(BIN)/python -W ignore benchmarks/consultations.py
	$(WITH_SERVERS) --durable -- $(BIN)/python -W ignore benchmarks/results.py
	$(WITH_SERVERS) --durable -- $(BIN)/python -W ignore benchmarks/complaints.py
	$(WITH_SERVERS) --durable -- $(BIN)/python -W ignore benchmarks/tables.py
	$(WITH_SERVERS) --durable -- $(BIN)/python -W ignore benchmarks/uploads.py

check: $(VENV)/dev  ## style, types, imports, translations, generated pages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy stack tools $(PLUGINS)
	$(BIN)/lint-imports
	$(BIN)/djlint --profile=jinja --lint $(PLUGINS)
	$(BIN)/python tools/translations.py --check
	$(BIN)/python tools/docs.py --check

docs: $(VENV)/dev  ## write the generated pages of docs/ anew
	$(BIN)/python tools/docs.py

translations: $(VENV)/dev  ## bring the catalogues up to date with the code, and compile them
	$(BIN)/python tools/translations.py

lock:  ## pin the newest versions that pyproject.toml allows (needs uv)
	printf 'setuptools\nsetuptools-scm\nwheel\n' | uv pip compile $(LOCK) - -o requirements/build.txt
	uv pip compile $(LOCK) pyproject.toml --extra embedded -o requirements/embedded.txt
	uv pip compile $(LOCK) pyproject.toml --extra dev -c requirements/embedded.txt -o requirements/dev.txt

LOCK := -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

clean:  ## throw away the environment and what the tools left
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache build *.egg-info

NOT_INSTALLED := The packages are not all there. Without a network: try again, it goes on where it stopped. If one does not match its hash: do not use it, tell those who run your package index.

# A stamp per set of packages; made anew when its lock file changes. The lock
# is whole, so pip has nothing to resolve: where it did, it took a release made
# after the lock for one that an extra names (coverage[toml]), and had no hash.
$(VENV)/embedded $(VENV)/dev: $(VENV)/%: requirements/%.txt requirements/build.txt pyproject.toml setup.py
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or later is needed; this is %d.%d. Install it, then name it: make PYTHON=python3.11" % sys.version_info[:2])'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the packages of requirements/$*.txt (one to three minutes the first time)"
	@$(PIP) --no-deps --require-hashes -r requirements/build.txt
	@$(PIP) --no-deps --require-hashes --no-build-isolation -r requirements/$*.txt || { echo "$(NOT_INSTALLED)" >&2; exit 1; }
	@$(PIP) --no-build-isolation --no-deps -e .
	@touch $@
