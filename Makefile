# make demo and make test set up all they need, in .venv.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
ONCE ?=

.PHONY: demo setup test lint faults screenshots bench lock clean

demo: $(READY)  ## a workspace in the browser, with no account at all; ONCE="…" plays in the terminal
	$(BIN)/python -m bot demo $(if $(ONCE),--once "$(ONCE)")

setup: $(READY)  ## what is needed to run it, in .venv

test: lint  ## everything that is checked
	$(BIN)/python -m pytest -n 2

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

faults: $(READY)  ## every row of the fault matrix, on SQLite and on Postgres; some minutes
	$(BIN)/python -m tests.fault_matrix

screenshots: $(READY)  ## the README's pictures, of the real page; needs Chromium
	$(BIN)/python -m bot.demo.page.screenshots

bench: $(READY)  ## what was measured, beside the goal; needs curl
	$(BIN)/python -m tests.bench

# What is installed is what the lock says, to the byte.
$(READY): requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	@echo "Setting up in .venv: a minute, once."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $(READY)

lock: $(READY)  ## after a change of dependencies in pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-annotate --no-header --python-version 3.11 pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-annotate --no-header --python-version 3.11 pyproject.toml --group dev -o requirements-dev.txt

clean:
	rm -rf .venv demo-output .mypy_cache .pytest_cache .ruff_cache
