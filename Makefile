# make demo and make test install everything they need into .venv.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
ONCE ?=
# Pinned, because another version may write another lock file.
UV := uv==0.13.9

.PHONY: demo setup test failed compiled lint faults screenshots bench lock clean

demo: $(READY)  ## a workspace in the browser, without any account; ONCE="…" plays it in the terminal
	$(BIN)/python -m bot demo $(if $(ONCE),--once "$(ONCE)")

setup: $(READY)  ## install what the bot needs into .venv

# On two processors: tests wait for more than half of their time.
WORKERS ?= 6

# As ffmpeg (10) gives way to the bot, it would give way to the other tests, too.
test: export PYTHONDONTWRITEBYTECODE :=  # each worker would compile all tests for itself
test: $(READY)  ## ruff, mypy and all tests
	@$(MAKE) --no-print-directory -j2 lint compiled
	nice -n 9 $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --junitxml .pytest_cache/all.xml \
	  || { [ $$? -eq 1 ] && $(MAKE) --no-print-directory failed; }

# Some keep Slack's deadlines, or measure: on a slow machine, those can fail beside five others.
failed: $(READY)  ## the tests that failed last, one after the other
	@echo "Those that failed, again and alone:"
	$(BIN)/python -m pytest --last-failed --last-failed-no-failures none --maxfail 5

compiled: $(READY)  # while mypy runs; the tests themselves say what is wrong
	@$(BIN)/python -m pytest --collect-only -q >/dev/null 2>&1 || true

lint: $(READY)  ## only ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

faults: $(READY)  ## the whole fault matrix, on SQLite and Postgres; takes some minutes
	$(BIN)/python -m tests.fault_matrix

screenshots: $(READY)  ## the README's pictures, taken of the real page; needs Chromium
	$(BIN)/python -m bot.demo.page.screenshots

bench: $(READY)  ## speed and memory next to their goals, also written into the README; needs curl
	$(BIN)/python -m tests.bench --write README.md

# Hashes in the lock files make every installation identical.
$(READY): requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	@echo "Installing into .venv. This takes a minute, once."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $(READY)

lock: $(READY)  ## lock the dependencies again, after a change in pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(UV)
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-annotate --no-header --python-version 3.11 pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-annotate --no-header --python-version 3.11 pyproject.toml --group dev -o requirements-dev.txt

clean:  ## delete everything that make has created
	rm -rf .venv demo-output .mypy_cache .pytest_cache .ruff_cache
