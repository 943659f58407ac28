# Two commands do all the set-up: `make demo` and `make test`. Everything lives in .venv.
PYTHON ?= python3
BIN := .venv/bin
RUN := $(BIN)/python -m
TWO := -n 2 --dist loadfile

.PHONY: demo check test test-slow lock docs browser-tools peers clean

demo: .venv/ready ## make the environment and run the main job
	$(BIN)/riskscreen run demo

check: .venv/ready-dev ## lint, types, import contract, spec and unit tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(RUN) pytest tests/spec tests/unit -m "not slow" $(TWO)

test: .venv/ready-dev ## everything but the slow tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(RUN) pytest tests -m "not slow" $(TWO)
	$(RUN) pytest --nbmake notebooks -n 2

test-slow: .venv/ready-dev .venv-bi/ready .venv-peers/frictionless/ready browser-tools ## seeded simulations, servers and browsers
	$(RUN) pytest tests -m slow $(TWO) -rs

browser-tools: ## axe-core for the browser tests, when npm is there
	@if command -v npm >/dev/null; then npm install --silent --no-audit --no-fund --no-package-lock --prefix tests/e2e; \
	else echo "npm is absent: the accessibility test will be skipped"; fi

peers: $(patsubst benchmarks/peers/%.txt,.venv-peers/%/ready,$(wildcard benchmarks/peers/*.txt)) ## an environment per peer

.venv-peers/%/ready: benchmarks/peers/%.txt
	$(PYTHON) -m venv .venv-peers/$*
	.venv-peers/$*/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

.venv-bi/ready: requirements-bi.lock ## duckdb, pandas and pyarrow alone: all that riskscreen.bi may need
	$(PYTHON) -m venv .venv-bi
	.venv-bi/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

docs: .venv/ready-dev ## write the generated reference pages anew
	$(RUN) docs.generate

lock: ## write both lock files anew (needs uv)
	$(BIN)/uv pip compile --universal --generate-hashes --no-header --no-annotate --python-version 3.11 -q \
	  --extra build pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --universal --generate-hashes --no-header --no-annotate --python-version 3.11 -q \
	  --extra build --extra dev pyproject.toml -o requirements-dev.lock
	printf 'duckdb\npandas\npyarrow\n' | $(BIN)/uv pip compile --universal --generate-hashes --no-header --no-annotate \
	  --python-version 3.11 -q --constraint requirements.lock - -o requirements-bi.lock

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/ready: requirements.lock pyproject.toml | .venv/bin/python
	$(RUN) pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(RUN) pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/ready-dev: requirements-dev.lock pyproject.toml | .venv/bin/python
	$(RUN) pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	$(RUN) pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@ .venv/ready

clean: ## remove the environment and what runs made; never the office
	rm -rf .venv .venv-bi runs registers build dist
