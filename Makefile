# jrtune: make help lists the targets.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STUDY  ?= studies/image_edges.py
ARGS   ?=

# torch is pinned where the project installs for itself: a range would take a build with gigabytes of CUDA
# packages. On a machine with a GPU: make tune TORCH=torch
TORCH  ?= torch==2.13.0

.DEFAULT_GOAL := help
.PHONY: help tune test check format docs pictures faults clean
.PHONY: bench bench-cohorts bench-overhead bench-prior bench-scale bench-workers

help:  ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "make %-14s %s\n", $$1, $$2}' Makefile

tune: $(VENV)/.run  ## search, confirm, report and export STUDY=studies/x.py with ARGS="--trials 192"
	@$(BIN)/jrtune tune $(STUDY) --finish $(ARGS)

test: $(VENV)/.dev  ## the whole test suite
	@$(BIN)/python -m pytest -m "not slow" -n 2 --dist worksteal

check: $(VENV)/.dev test  ## tests, and format, lint and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

format: $(VENV)/.dev  ## put the code in its format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

# not --quiet, under which the warnings that strict counts are not given
docs: $(VENV)/.docs  ## build guides and reference into build/docs; a broken link fails
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --config-file .github/docs/mkdocs.yml
	@echo build/docs/index.html

faults: $(VENV)/.dev  ## long tests: kill -9 and signals at random moments, searches for fronts of known truth
	@$(BIN)/python -m pytest -m slow tests

bench: $(VENV)/.dev  ## the whole front against the clock (ARGS="--problem overlaid"); takes 20 minutes or more
	@$(BIN)/python tests/bench_front $(ARGS)

bench-scale: $(VENV)/.dev  ## weights in other units, and from a small proxy to the full size; takes minutes
	@$(BIN)/python tests/bench_scale $(ARGS)

bench-prior: $(VENV)/.dev  ## what a good prior gains and a wrong one costs (ARGS="--problem overlaid"); takes half an hour
	@$(BIN)/python tests/bench_prior.py $(ARGS)

bench-overhead: $(VENV)/.dev  ## overhead of search and storage, against the bare sampler in memory
	@$(BIN)/python tests/bench_overhead.py

bench-cohorts: $(VENV)/.dev  ## what cohorts gain over one by one (ARGS=--tune: of make tune); takes minutes
	@$(BIN)/python tests/bench_cohorts.py $(ARGS)

bench-workers: $(VENV)/.dev  ## from 1 to 10,000 workers, simulated with costs measured here (ARGS="--sampler random")
	@$(BIN)/python tests/bench_workers $(ARGS)

pictures: $(VENV)/.dev  ## the README's pictures, of a real run (ARGS="--report FOLDER": of a finished one)
	@$(BIN)/python tests/pictures.py $(ARGS)

clean:  ## remove the environment and caches; databases and out/ stay
	rm -rf $(VENV) build .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -m venv $(VENV)

# editable, so that the environment needs making anew only when what it depends on changes
$(VENV)/.run: pyproject.toml | $(VENV)/bin/python
	@echo "installing into $(VENV) ..." >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "$(TORCH)" --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml $(VENV)/.run
	@echo "installing what the tests need into $(VENV) ..." >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "$(TORCH)" --editable ".[dev]"
	@touch $@

$(VENV)/.docs: pyproject.toml $(VENV)/.run
	@echo "installing what the documentation needs into $(VENV) ..." >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "$(TORCH)" --editable ".[docs]"
	@touch $@
