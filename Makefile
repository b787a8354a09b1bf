# Every target is one command; what it does is in Python. RECIPE names a recipe, RUN a run, BUDGET_MS the latency budget,
# MINUTES how long training may take before it stops to go on later:
# make hands them on in the environment, where the commands find them. ARGS is added to the command.
PYTHON ?= python3
BIN := .venv/bin
NLS := $(BIN)/nls-finetune

.DEFAULT_GOAL := help
.PHONY: help setup check format test test-slow test-gpu data verify-data verify train merge quantize eval bench pipeline model calibrate ship runs clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## make .venv with pinned packages; does nothing when it is there
	@$(PYTHON) dev/setup_environment.py

check: setup ## ruff and mypy
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

format: setup ## let ruff mend and format the code
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

test: check ## checks and the default tests (no GPU, nothing slow)
	@$(BIN)/python -m pytest $(ARGS)

test-slow: setup ## the tests that take minutes
	@$(BIN)/python -m pytest -m slow $(ARGS)

test-gpu: setup ## the tests that need an NVIDIA GPU
	@$(BIN)/python -m pytest -m gpu $(ARGS)

data: setup ## make splits, generated pairs, subsets, training files
	@$(NLS) data

verify-data: setup ## check every line of the data files; exit 1 when something is wrong
	@$(NLS) verify data

verify: setup ## check machine, recipes and data
	@$(NLS) verify all

train: setup ## fine-tune RECIPE into RUN (ARGS: overrides such as training.epochs=2)
	@$(NLS) train $(ARGS)

merge: setup ## merge RUN's adapter into plain weights
	@$(NLS) merge $(ARGS)

quantize: setup ## make RUN's GGUF and INT8 builds
	@$(NLS) quantize $(ARGS)

eval: setup ## judge RUN on the validation split, beside its untrained base
	@$(NLS) eval baseline && $(NLS) eval run $(ARGS) && $(NLS) eval report

bench: setup ## measure RUN's builds; exit 1 when none fits BUDGET_MS
	@$(NLS) bench $(ARGS)

pipeline: setup ## from pairs to a benchmarked answer
	@$(NLS) pipeline $(ARGS)

model: setup ## the model that is shipped, from pairs to its builds; goes on where it stopped
	@$(NLS) model $(ARGS)

calibrate: setup ## fit how sure RUN's builds are of their answers
	@$(NLS) calibrate $(ARGS)

ship: setup ## take RUN's best build into the package (ARGS: --build q8_0)
	@$(NLS) ship $(ARGS)

runs: setup ## list the runs
	@$(NLS) list-runs

clean: ## remove caches and generated data (runs stay)
	@rm -rf data/build .mypy_cache .pytest_cache .ruff_cache dist
