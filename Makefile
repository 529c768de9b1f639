# Every target does the set-up it needs; a second call finds it done.

BIN := $(if $(filter Windows_NT,$(OS)),.venv/Scripts,.venv/bin)

# Set-up is done again when one of these contents changes, or the folder, or the Python asked for.
KEY := $(shell (pwd; cat requirements.lock pyproject.toml setup.py setup/kernel.json) | cksum | tr -cd '0-9')
DEV := $(shell cksum < requirements-dev.lock | tr -cd '0-9')
READY := .venv/ready-$(KEY)
READY_DEV := .venv/ready-$(KEY)-dev-$(DEV)

VERSION := -c 'import sys; print(sys.version_info[:2])'
ifeq ($(wildcard $(BIN)/python*),)
AGAIN := again
else ifdef PYTHON
ifneq ($(shell $(PYTHON) $(VERSION)),$(shell $(BIN)/python $(VERSION)))
AGAIN := again
endif
endif

# uv installs in half a minute what takes pip some minutes; both write byte-code, whatever the environment says.
UV := $(shell sed -n '/^uv==/p' requirements-dev.lock)
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check install
UV_PIP := $(BIN)/python -m uv --quiet pip install --python $(BIN)/python --compile-bytecode
install = $(PIP) '$(UV)' 2>/dev/null && $(UV_PIP) $(1) || { echo 'Without uv: pip takes some minutes'; $(PIP) --compile $(1); }
step = @printf '\n== %s\n' '$(1)'

.PHONY: help setup run lab test check outputs format lock clean again

help: ## show this help
	@echo "make TARGET [PYTHON=python3.12] [ARGS='...']"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1@\2/p' Makefile | awk -F@ '{ printf "  make %-8s %s\n", $$1, $$2 }'

run: $(READY) ## run the pipeline, on churn or on your table: make run ARGS='mytable.csv --target y'
	@$(BIN)/workbench run $(ARGS)

lab: $(READY) ## open the notebooks in JupyterLab
	@$(BIN)/workbench lab $(ARGS)

test: $(READY_DEV) check ## everything that must hold: check, then the notebooks, then all tests
	$(call step,notebooks: $(if $(filter --nbval,$(NBVAL)),outputs in the repository are true,every cell runs))
	@$(BY_HAND) $(BIN)/python -m pytest $(NBVAL) -p no:cacheprovider \
		--nbval-sanitize-with tests/notebooks/sanitize.cfg $(addprefix notebooks/,data model deploy)
	$(call step,tests)
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(READY_DEV) ## the quick part of test: style, types, layers
	$(call step,style)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	$(call step,types)
	@$(BIN)/mypy
	$(call step,layers)
	@$(BIN)/lint-imports

outputs: $(READY_DEV) ## run the notebooks by hand, in order, and keep what they show
	@$(BY_HAND) $(BIN)/python setup/outputs.py

# Their outputs are those of Linux on x86-64; elsewhere last digits differ (docs/decisions/0019).
NBVAL := $(if $(filter Linux-x86_64,$(shell uname -s 2>/dev/null)-$(shell uname -m 2>/dev/null)),--nbval,--nbval-lax)

# Notebooks are tried in a workspace of their own, which goes with the next clean.
BY_HAND = rm -rf build/by_hand; WORKBENCH_WORKSPACE=$(CURDIR)/build/by_hand/workspace WORKBENCH_REPORTS=$(CURDIR)/build/by_hand/reports

format: $(READY_DEV) ## format the code and mend what can be mended by itself
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: $(READY_DEV) ## write the lock files after a change of requirements*.in; for newer versions: ARGS=--upgrade
	@$(BIN)/uv pip compile --quiet $(LOCK) -o requirements.lock requirements.in $(ARGS)
	@$(BIN)/uv pip compile --quiet $(LOCK) -o requirements-dev.lock requirements-dev.in $(ARGS)
LOCK := --universal --python-version 3.11 --no-header --no-annotate

setup: $(READY) ## only the set-up

clean: ## remove .venv and all caches; runs and models stay (see .venv/bin/workbench clean --help)
	rm -rf .venv build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests -name __pycache__ -prune -exec rm -rf {} +

$(READY): $(AGAIN)
	@sh setup/venv.sh $(BIN)/python $(PYTHON)
	@echo 'Installing the packages of requirements.lock (the first time: half a minute or more)'
	@$(call install,-r requirements.lock -e .)
	@$(BIN)/python -m compileall -q src
	@rm -f .venv/ready-* && touch $@

$(READY_DEV): $(READY)
	@echo 'Installing the packages of requirements-dev.lock'
	@$(call install,-r requirements-dev.lock)
	@touch $@

again:
