# Every command sets up what it needs, in .venv; only CPython 3.11, make and
# git must be there. Run `make` alone to see the commands.

PYTHON    ?= python3.11
LANGUAGE  ?= en
FRAMEWORK ?= pytorch
LAB_FLAGS ?=
LESSON    ?= 02-initialization
LECTURE_FLAGS ?=

# Some desktops set LANGUAGE too, to a list such as zh_CN:zh. What they ask for
# counts where we have it; only what is typed after make is taken literally.
ifeq ($(origin LANGUAGE),environment)
  LANGUAGE := $(or $(filter en zh ja,$(firstword $(subst _, ,$(subst :, ,$(LANGUAGE))))),en)
endif

VENV   := .venv
BIN    := $(VENV)/bin
STAMPS := $(VENV)/stamps
CLASS  := build/sample_class

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# What a framework or a tool prints and caches must not depend on the user.
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONUTF8 := 1

.PHONY: help
help: ## show this list
	@echo "Parameter Lab: notebooks on the parameters of neural networks."
	@echo
	@echo "For students"
	@echo "  make lab                                   open the first lesson in JupyterLab"
	@echo "  make lab LANGUAGE=ja FRAMEWORK=tensorflow  in Japanese, with TensorFlow"
	@echo "      LANGUAGE   en (default), zh or ja"
	@echo "      FRAMEWORK  pytorch (default), mxnet, tensorflow or paddle"
	@echo "      LAB_FLAGS  more flags for JupyterLab, such as --no-browser"
	@echo "For instructors"
	@echo "  make lecture LESSON=03-tying LANGUAGE=zh   show a lesson's widgets as a page"
	@echo "      LESSON         02-initialization (default); LANGUAGE, FRAMEWORK as above"
	@echo "      LECTURE_FLAGS  more flags for Voilà, such as --no-browser"
	@echo "  make grade                                 grade a small sample class, print its table"
	@echo "For authors"
	@echo "  make notebooks                             build notebooks/ and solutions/ from lessons/"
	@echo "  make screenshots                           take the pictures in docs/ anew"
	@echo "  make translations                          say how far each language is"
	@echo "  make test                                  check everything, in less than 20 minutes"
	@echo "  make test-hub                              check the lessons on a JupyterHub only"
	@echo "  make lint                                  check style and types only"
	@echo "  make soak                                  run the tests that take hours"
	@echo "  make bench                                 measure speed"
	@echo "  make lock                                  write requirements.lock anew"
	@echo "  make clean                                 remove .venv and all that was built"
	@echo
	@echo "Each sets up what it needs in .venv with CPython 3.11 (PYTHON=$(PYTHON))."

# ---- Setting up ------------------------------------------------------------

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo >&2 \
	  "Parameter Lab needs CPython 3.11, and there is no $(PYTHON)." \
	  "Install Python 3.11, or name yours: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import platform, sys; sys.exit(sys.version_info[:2] != (3, 11) \
	  or platform.python_implementation() != "CPython")' || { echo >&2 \
	  "Parameter Lab needs CPython 3.11, and $(PYTHON) is" \
	  "$$($(PYTHON) --version 2>&1)." \
	  "Name another one: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo >&2 \
	  "$(PYTHON) has no venv module. On Debian and Ubuntu," \
	  "install the package python3.11-venv."; exit 1; }
	$(PYTHON) -m venv $(VENV)

# A stamp a set of extras: $(STAMPS)/lab is there when the extras of `lab` are.
EXTRAS_run       := pytorch,mxnet
EXTRAS_notebooks := authoring
EXTRAS_test      := lab,pytorch,mxnet,tensorflow,paddle,cluster,postgres,hub,authoring,test
EXTRAS_hub       := lab,pytorch,hub,authoring,test

# Each edition needs its own framework only.
$(foreach framework,pytorch mxnet tensorflow paddle,\
  $(eval EXTRAS_lab-$(framework) := lab,$(framework)))

$(STAMPS)/%: $(BIN)/python pyproject.toml requirements.lock
	@echo "Setting up .venv: $(EXTRAS_$*) (once; it may take some minutes) ..."
	@quiet=--quiet; if [ -t 1 ]; then quiet=; fi; \
	$(BIN)/python -m pip install $$quiet --constraint requirements.lock \
	  --editable '.[$(EXTRAS_$*)]'
	@mkdir -p $(STAMPS) && touch $@

# ---- Students --------------------------------------------------------------

# Before the set-up, so that a misspelt name does not cost its minutes.
.PHONY: edition
edition:
	@[ -d "notebooks/$(LANGUAGE)/$(FRAMEWORK)" ] || { echo >&2 \
	  "There is no edition LANGUAGE=$(LANGUAGE) FRAMEWORK=$(FRAMEWORK) yet. There are:"; \
	  cd notebooks && ls -d */* | sed 's|\(.*\)/\(.*\)|  LANGUAGE=\1 FRAMEWORK=\2|' >&2; \
	  exit 1; }

.PHONY: lab
lab: edition $(STAMPS)/lab-$(FRAMEWORK)
	$(BIN)/python -m paramlab.lab --language $(LANGUAGE) \
	  --framework $(FRAMEWORK) -- $(LAB_FLAGS)

# ---- Instructors -----------------------------------------------------------

.PHONY: lesson
lesson: edition
	@[ -f "notebooks/$(LANGUAGE)/$(FRAMEWORK)/$(LESSON).ipynb" ] || { echo >&2 \
	  "There is no lesson LESSON=$(LESSON). There are:"; \
	  cd "notebooks/$(LANGUAGE)/$(FRAMEWORK)" && \
	  ls *.ipynb | sed 's|\(.*\)\.ipynb|  LESSON=\1|' >&2; exit 1; }

.PHONY: lecture
lecture: lesson $(STAMPS)/lab-$(FRAMEWORK)
	$(BIN)/python -m paramlab.lecture $(LESSON) --language $(LANGUAGE) \
	  --framework $(FRAMEWORK) -- $(LECTURE_FLAGS)

.PHONY: grade
grade: $(STAMPS)/run
	$(BIN)/autograder sample $(CLASS)
	$(BIN)/autograder grade $(CLASS) --out build/grade

# ---- Authors ---------------------------------------------------------------

.PHONY: notebooks
notebooks: $(STAMPS)/notebooks
	$(BIN)/python -m authoring build

.PHONY: screenshots
screenshots: $(STAMPS)/test system-packages
	$(BIN)/python -m authoring.screenshots --framework $(FRAMEWORK)

.PHONY: translations
translations: $(STAMPS)/notebooks
	@$(BIN)/python -m authoring translations

.PHONY: lint
lint: $(STAMPS)/test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

# Two processes share the cores: where each starts more threads than one, they
# spend a fifth of the time on waiting for each other.
.PHONY: test
test: export OMP_NUM_THREADS := 1
test: export OPENBLAS_NUM_THREADS := 1
test: $(STAMPS)/test system-packages lint
	$(BIN)/python -m authoring check
	$(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

.PHONY: test-hub
test-hub: $(STAMPS)/hub system-packages
	$(BIN)/pytest -m hub tests/test_hub.py

.PHONY: soak
soak: $(STAMPS)/test system-packages
	$(BIN)/pytest -m soak -rP

.PHONY: bench
bench: $(STAMPS)/test
	$(BIN)/python -m benchmarks.widgets
	$(BIN)/python -m benchmarks

# A browser, a font and a database server for the tests. Where they cannot be
# installed, the tests that need them are skipped, each with its reason.
.PHONY: system-packages
system-packages:
	@missing=; \
	command -v chromium >/dev/null || missing="chromium"; \
	dpkg-query -s fonts-noto-cjk >/dev/null 2>&1 || missing="$$missing fonts-noto-cjk"; \
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null \
	  || missing="$$missing postgresql"; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
	  echo "Not installed: $$missing. Tests that need them are skipped."; exit 0; fi; \
	export DEBIAN_FRONTEND=noninteractive; \
	apt-get update -qq && apt-get install -qq --yes --no-install-recommends $$missing \
	  >/dev/null

# What is in the lock stays as it is unless pyproject.toml asks for something
# else; `make lock LOCK_FLAGS=--upgrade` takes the newest versions.
LOCK_FLAGS ?=

.PHONY: lock
lock: $(BIN)/python
	$(BIN)/python -m pip install --quiet uv
	MACOSX_DEPLOYMENT_TARGET=14.0 $(BIN)/uv pip compile --universal --quiet \
	  --python-version 3.11 --all-extras --no-annotate --no-emit-index-url \
	  --custom-compile-command "make lock" $(LOCK_FLAGS) \
	  --output-file requirements.lock pyproject.toml
	@sed -i.old -e "s/ ; python_full_version < '3.12'$$//" \
	  -e "s/python_full_version < '3.12' and //" requirements.lock
	@rm requirements.lock.old

.PHONY: clean
clean: ## remove what commands wrote; work/ is the student's and stays
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
