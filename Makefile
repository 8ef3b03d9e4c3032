# Every command a person or CI runs. `make help` lists them.
VENV ?= .venv
PYTHON ?=
export PYTHON
BIN := $(VENV)/bin
# What can be installed at once in production; the tests' lock holds all of it and more.
PRODUCTION := requirements.txt gameshelf_api/requirements.txt
PACKAGES := relay gameshelf_api viewer demo mirror

.DEFAULT_GOAL := help
.PHONY: help run test check bench crash mutants lock clean

help: ## list the commands
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 14

run: $(VENV)/.production ## see it work: the shop API with its leak, the relay, a chat viewer
	@exec "$(BIN)/python" -m demo

test: $(VENV)/.development ## every check and every test
	@scripts/programs test
	@$(MAKE) --no-print-directory check
	"$(BIN)/python" -m pytest

check: $(VENV)/.development ## format, lint, types, import directions, doctests
	"$(BIN)/ruff" format --check .
	"$(BIN)/ruff" check .
	"$(BIN)/mypy"
	"$(BIN)/lint-imports"
	"$(BIN)/python" -m pytest --quiet --doctest-modules $(PACKAGES)

bench: $(VENV)/.development ## every benchmark: each prints a table
	@scripts/programs bench
	@for file in bench/[a-z]*.py; do \
		module=$$(basename "$$file" .py); \
		echo "== $$module"; \
		"$(BIN)/python" -m "bench.$$module" || exit 1; \
	done

crash: $(VENV)/.development ## kill it at every step, hundreds of times (ROUNDS=200); writes docs/reliability.md
	@scripts/programs test
	@"$(BIN)/python" -m tests.crash

mutants: $(VENV)/.development ## break each promise in a copy and see its tests fail; writes docs/reliability.md
	@scripts/programs test
	@"$(BIN)/python" -m tests.mutants

lock: ## compile the locked requirement files anew (needs uv)
	@scripts/lock

clean: ## remove what the commands made, also the virtual environment
	if [ -e "$(VENV)/pyvenv.cfg" ]; then rm -rf "$(VENV)"; fi
	rm -rf build var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	rm -rf tests/contract/node/node_modules tests/contract/clever/node_modules
	find $(PACKAGES) tests bench -name __pycache__ -prune -exec rm -rf {} +

# Stamps: an environment is set up once, and again when a lock changes.
$(VENV)/.production: $(PRODUCTION) scripts/venv
	@scripts/venv "$(VENV)" $(PRODUCTION)
	@touch "$@"

$(VENV)/.development: requirements-dev.txt pyproject.toml scripts/venv
	@scripts/venv "$(VENV)" requirements-dev.txt
	@"$(BIN)/python" -m pip install -qq --disable-pip-version-check --no-input \
		--no-deps --no-build-isolation --editable .
	@touch "$@"
