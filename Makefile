# Two commands on a fresh machine with Python 3.11+ and make: `make demo`, `make test`.
PYTHON ?= python3
BIN := .venv/bin
SIZE ?= full

.PHONY: demo test lint bench clean

demo: .venv/demo
	$(BIN)/python examples/nycflights/demo.py

test: .venv/dev
	$(BIN)/python -m pytest --numprocesses auto

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# make bench SIZE=small for a trial; make bench BENCH="asof windows" for some. See docs/benchmarks.md.
bench: .venv/dev .venv-feast/ready
	mkdir -p .bench
	$(BIN)/python -m benchmarks $(BENCH) --size $(SIZE) --data .bench --json .bench/$(SIZE).json \
		--profile .bench/profiles $(if $(filter full,$(SIZE)),--plots docs)

clean:
	rm -rf .venv .venv-feast .bench .onedag data .mypy_cache .pytest_cache .ruff_cache .hypothesis

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/demo: .venv/bin/python pyproject.toml
	$(BIN)/pip install --quiet --editable '.[onnx,demo]'
	touch $@

.venv/dev: .venv/bin/python pyproject.toml
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch $@ .venv/demo

# Feast has an environment of its own: its requirements contradict this project's.
.venv-feast/ready:
	$(PYTHON) -m venv .venv-feast
	.venv-feast/bin/pip install --quiet 'feast[duckdb,redis]==0.67.*'
	touch $@
