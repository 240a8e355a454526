# Everything one does with the project; `make` alone lists it.
# A new machine needs Python (3.11 or later) and make. Settings are given as in `make run PORT=9000`; README.md has them.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet
PYTEST := $(PY) -m pytest

.DEFAULT_GOAL := help
.PHONY: help run organiser test test-fast faults fuzz timing cases lint audit format lock clean programs leaks messages bench

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/run ## run the site and its mail worker; Ctrl-C stops both (PORT, DATA_DIR, …)
	@$(PY) -m cacc_techtrack.serve

organiser: $(VENV)/run ## make or promote an organiser: EMAIL=you@company.com [NAME="Your Name"]
	@test -n "$$EMAIL" || { echo 'Say who: make organiser EMAIL=you@company.com' >&2; exit 2; }
	@$(PY) manage.py migrate --verbosity 0
	@$(PY) manage.py organiser $(if $(findstring command line,$(origin NAME)),--name "$$NAME") -- "$$EMAIL"

test: $(VENV)/test programs ## run all tests, on SQLite and on PostgreSQL
	@$(PY) -m tests

leaks: $(VENV)/test programs ## search the whole site for leaks, and print the figures; WRITE=1 writes docs/leaks.md
	@$(PY) -m tests.leaks $(if $(WRITE),--write)

test-fast: $(VENV)/test ## run the tests that need no server, on SQLite
	@$(PYTEST) -m "fast and not slow" -n 2 --dist worksteal

fuzz: $(VENV)/test ## send ten thousand made-up requests to every form and address (FUZZ_REQUESTS, DATABASE=postgres)
	@FUZZ_LIVES=$${FUZZ_LIVES:-200} FUZZ_REQUESTS=$${FUZZ_REQUESTS:-10000} \
		$(PYTEST) tests/test_fuzz.py tests/test_life_of_a_request.py --database $(or $(DATABASE),sqlite)

faults: $(VENV)/test ## kill, lock, fill, cut off, on both databases, and print the figures (ROUNDS, WRITE=1)
	@$(PY) -m tests.faults --rounds $(or $(ROUNDS),100) $(if $(WRITE),--write)

timing: $(VENV)/test ## measure whether the time of an answer tells who is known, on both databases (PAIRS)
	@$(PY) -m tests.timing --pairs $(or $(PAIRS),200)

bench: $(VENV)/test ## measure what the site costs, against bare servers, and write benchmarks/results.md (ROUNDS, PARTS="public …")
	@sh tests/install-programs.sh nginx wrk redis
	@$(PY) -m benchmarks $(if $(ROUNDS),--rounds $(ROUNDS)) $(PARTS)

cases: $(VENV)/test ## write docs/cases.md, docs/asvs.md: which test meets what; docs/roles.md: who may what (SHARED_DIR: the folder of CASES.md)
	@$(PY) -m tests.case_table
	@$(PY) -m tests.asvs_table
	@$(PY) -m tests.rights

messages: $(VENV)/test ## bring locale/ in line with the words marked for translation, and compile it
	@$(PY) -m tests.messages

lint: export DATA_DIR := $(VENV)/lint
lint: export SITE_URL := https://techtrack.example.org
lint: export SECRET_KEY := looks-like-a-real-one-to-the-checks-0123456789-abcdefghi
lint: export EMAIL_URL := smtps://user:password@mail.example.org
lint: export DEFAULT_FROM_EMAIL := techtrack@example.org
lint: export TRUSTED_PROXY_COUNT := 1
lint: export DATABASE_URL :=
lint: export CACHE_URL :=
lint: $(VENV)/test ## check style, security, templates, migrations, and Django's advice under real settings
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@find templates -name '*.html' -exec $(VENV)/bin/djade --check {} +
	@$(PY) manage.py makemigrations --check --dry-run
	@$(PY) manage.py check --deploy --fail-level WARNING
	@$(VENV)/bin/bandit --quiet --configfile pyproject.toml --recursive .
	@$(PY) -m tests.switched_off

audit: $(VENV)/test ## ask the public advisories of all that is locked (needs a network; can fail without a change of ours)
	@$(PY) -m tests.audit

format: $(VENV)/test ## put code and templates into shape
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .
	@find templates -name '*.html' -exec $(VENV)/bin/djade {} +

# The lock files name each package with its hashes, and nowhere to fetch them from.
COMPILE = CUSTOM_COMPILE_COMMAND="make lock" $(PY) -m piptools compile --quiet --generate-hashes --strip-extras \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host $(if $(UPGRADE),--upgrade)

lock: $(VENV)/test ## renew requirements/*.txt from pyproject.toml; UPGRADE=1 takes newer versions
	@$(COMPILE) --output-file requirements/run.txt pyproject.toml
	@$(COMPILE) --extra test --constraint requirements/run.txt --allow-unsafe \
		--output-file requirements/test.txt pyproject.toml

clean: ## remove the virtual environment and all caches; data stays
	@rm -rf $(VENV) .pytest_cache .ruff_cache test-results
	@find . -path ./var -prune -o -name __pycache__ -prune -exec rm -rf {} +

# What was installed is marked by empty files, so that nothing is installed again until a lock file changes.

$(VENV)/made:
	@command -v $(PYTHON) >/dev/null || { echo 'Python is missing: install Python 3.11 or later.' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "$$($(PYTHON) --version) is too old: 3.11 or later is needed. Name one: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
		{ echo 'Python cannot make virtual environments (Debian: apt-get install python3-venv).' >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/run: requirements/run.txt $(VENV)/made
	@echo 'Installing what the site needs …'
	@$(PIP) install --require-hashes -r requirements/run.txt
	@touch $@

$(VENV)/test: requirements/test.txt $(VENV)/run
	@echo 'Installing what the tests need …'
	@$(PIP) install --require-hashes -r requirements/test.txt
	@touch $@

programs:
	@sh tests/install-programs.sh chromium nginx redis
	@sh tests/install-programs.sh wrk || echo 'The one test that needs wrk is skipped.'
