# Set-up and the commands of every day. Needs python3 (3.11 or newer, with its venv module); fetches the rest once.
#
#   make run     set up, then start the service with demonstration data: http://127.0.0.1:8000
#   make install set up only
#   make test    set up for development, then every check and every test
#   make check   the checks without the tests    make fix     what a program can put right
#   make bench   measurements                    make lock    the requirement files anew from pyproject.toml
#   make bench-nlu    understanding beside a real Rasa; public sets: ARGS="--banking77 DIR --clinc150 FILE --hwu64 DIR"
#   make test-timed   the tests that measure a rate against the clock: a quiet machine, a minute
#   make test-judge   Telegram once more, judged by an emulator from npm that is not ours; needs Node.js with npm
#   make rasa    a real Rasa server for this project (Python 3.10), at 127.0.0.1:5005; see docs/rasa.md
#   make test-rasa    the tests that need one
#   make encoder the weights of an optional sentence encoder for English (84 MB); see docs/engineering.md
#   make telegram-demo   bot and a Telegram server of ours: chat as several people at http://127.0.0.1:8081
#   make migration NAME=what_changes             a new revision, from the difference between tables and revisions

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# What is installed is remembered under the sum of what asked for it (and of where the project lies, as a virtual
# environment cannot be moved): a second `make run` compares two names and is done.
sum = $(firstword $(shell { cat $(1); echo '$(CURDIR)'; } | sha256sum))
RUN_STAMP := $(VENV)/.installed-$(call sum,tools/prepare.sh requirements.txt)
DEV_STAMP := $(VENV)/.installed-dev-$(call sum,tools/prepare.sh requirements-dev.txt)

# Processes of the test run. The tests of a file stay together; files keep their order, which puts no long one last.
WORKERS ?= 2
TELEGRAM_PORT ?= 8081
TELEGRAM_TOKEN ?= 100001:demo-token-of-the-local-server-00000

.PHONY: bench-nlu encoder rasa rasa-setup test-rasa telegram-demo test-judge test-timed help install run test check lint fix bench lock migration

help:
	@sed -n 's/^#   //p' Makefile

install: $(RUN_STAMP)

run: $(RUN_STAMP)
	@exec $(BIN)/fengsui up --demo $(ARGS)

test: $(DEV_STAMP) lint
	@tools/prepare_tests.sh
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

test-timed: $(DEV_STAMP)
	@$(BIN)/pytest -m timed $(ARGS)

JUDGE := tests/judge/node_modules/.package-lock.json

test-judge: $(DEV_STAMP) $(if $(shell command -v npm),$(JUDGE))
	@$(BIN)/pytest -m judge -rs tests/judge $(ARGS)

$(JUDGE): tests/judge/package-lock.json
	@npm ci --silent --prefix tests/judge && touch $@

encoder: $(RUN_STAMP)
	@tools/encoder/setup.sh

rasa-setup: $(RUN_STAMP)
	@tools/rasa/setup.sh

rasa: rasa-setup
	@tools/rasa/serve.sh

test-rasa: $(DEV_STAMP) rasa-setup
	@$(BIN)/pytest -m rasa tests/rasa $(ARGS)

check: lint
	$(BIN)/fengsui check

lint: $(DEV_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: $(DEV_STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(DEV_STAMP)
	@for file in benchmarks/[a-z]*.py; do echo "== $$file"; $(BIN)/python "$$file"; done

bench-nlu: $(DEV_STAMP) rasa-setup
	@$(BIN)/python benchmarks/nlu.py --rasa $(ARGS)
	@$(BIN)/python benchmarks/dialogues.py --stock

lock: $(DEV_STAMP)
	tools/lock.sh $(ARGS)

migration: $(DEV_STAMP)
	$(BIN)/python tools/make_migration.py $(NAME)

telegram-demo: $(DEV_STAMP)
	@$(BIN)/python -m tests.fakes.telegram_server --port $(TELEGRAM_PORT) --token '$(TELEGRAM_TOKEN)' & server=$$!; \
	trap "kill $$server" EXIT; \
	FENGSUI_TELEGRAM__API_URL=http://127.0.0.1:$(TELEGRAM_PORT) FENGSUI_TELEGRAM__TOKEN='$(TELEGRAM_TOKEN)' \
		$(BIN)/fengsui up --demo $(ARGS)

$(RUN_STAMP):
	@PYTHON='$(PYTHON)' tools/prepare.sh $(VENV) requirements.txt $@

$(DEV_STAMP):
	@PYTHON='$(PYTHON)' tools/prepare.sh $(VENV) requirements-dev.txt $@
