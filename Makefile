# Perennial: every command, explained by `make help`. Needs make, and Python 3.11 or later with venv and pip; nothing else.
SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

STAGE ?= dev
# shops' histories for bench-lifecycle, which do not come with the code; it says what is missing
DATA ?= ../shared/data
VENV := .venv
PY := $(VENV)/bin/python
CLOUD := .local/ministack
SDKS := .local/sdks
LIFECYCLE := .local/lifecycle
NODE_SDKS := tests/sdks/node
# with its progress bars the first time, and in silence when requirements changed
PIP_INSTALL = -m pip install --disable-pip-version-check --no-input $(if $(wildcard $@),--quiet)

# The first of these that exists, runs, and is new enough. Choose another one with `make PYTHON=...`.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$$p"; break; }; done)

.PHONY: help setup run demo up down forget status test test-sdks unit fuzz prove prove-cloud lint format bench bench-lifecycle rehearse package deploy dns source-secret definitions restore uninstall rebuild-check doctor clean python node-and-chromium

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "; print "usage: make <target> [STAGE=dev] [ARGS=\"what the command takes besides\"]\n"} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z-]+:.*## / {printf "  %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ Try it
run: setup ## Start the local cloud, deploy into it, replay a real shop's history, stay up until Ctrl-C
	@$(PY) -m infra.local run

demo: setup ## The same, then stop: exit status 0 and a JSON summary as the last line
	@$(PY) -m infra.local demo

up: setup ## Start the local cloud in the background and deploy into it; writes .local/cloud.json
	@$(PY) -m infra.local up

down: setup ## Stop the local cloud; what it holds stays for the next start
	@$(PY) -m infra.local down

forget: setup ## Stop the local cloud and remove what it holds
	@$(PY) -m infra.local forget

status: setup ## What of the local cloud is running, and where
	@$(PY) -m infra.local status

##@ Work on it
setup: $(VENV)/.ready $(CLOUD)/.ready ## Make .venv and .local/ministack (quick when nothing changed)

test: setup lint ## Lint, then every test, the local cloud's included
	@$(PY) -m pytest -n auto --no-loadscope-reorder

test-sdks: setup $(SDKS)/.ready $(NODE_SDKS)/node_modules/.ready ## Unmodified SDKs of servers and browsers against the local cloud; messages on the site in Chromium
	@$(PY) -m pytest -n 2 --no-loadscope-reorder tests/sdks/runs.py tests/sdks/pages.py tests/sdks/onsite.py $(ARGS)

unit: $(VENV)/.ready ## The fast tests alone, within a minute
	@$(PY) -m pytest -m "not whole"

fuzz: $(VENV)/.ready ## 100,000 hostile requests and payloads, others each time; about 20 minutes, for the night (CASES=...)
	@PERENNIAL_FUZZ_CASES=$(or $(CASES),50000) $(PY) -m pytest tests/fuzz

prove: $(VENV)/.ready ## 100,000 random schedules and every single way to go wrong; writes the tables of docs/RELIABILITY.md (ARGS="--from 100000")
	@$(PY) -m tests.proof.prove --write $(ARGS)

prove-cloud: setup ## 2,000 mails on the local cloud while its workers are killed and SES misbehaves; seven minutes (ARGS="--seed 7")
	@$(PY) -m tests.proof.cloud $(ARGS)

lint: $(VENV)/.ready ## ruff and mypy --strict
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy --strict

format: $(VENV)/.ready ## Let ruff put the sources in order
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .

bench: setup ## Count requests, units and time; the table of docs/BENCHMARKS.md
	@$(PY) -m benchmarks

bench-lifecycle: $(LIFECYCLE)/.ready ## Lifecycle models and stages on real shops, out of time, against others (DATA=a directory; ARGS="--shop NAME=FILE accuracy")
	@$(LIFECYCLE)/bin/python -m benchmarks.lifecycle --data $(DATA) $(ARGS)

bench-products: $(VENV)/.ready ## Recommendations against bestsellers on a real shop's orders, out of time (DATA=a directory; else the demonstration's sample)
	@$(PY) -m benchmarks.recommendations $(wildcard $(DATA)/online_retail_lines.csv.gz)

rehearse: $(VENV)/.ready ## Every playbook over the demonstration shop's year, as a page with charts: docs/rehearsal.html
	@$(PY) -m infra.rehearse $(ARGS)

rebuild-check: setup ## Prove that all facts equal the fold of the stored events (of the local cloud, or of STAGE)
	@$(PY) -m infra.operate rebuild --check --all --stage $(if $(filter command,$(origin STAGE)),$(STAGE),local)

clean: ## Remove what was built and cached (.local and .venv stay; remove them by hand for a fresh start)
	@rm -rf out .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -not -path './.venv/*' -not -path './.local/*' -prune -exec rm -rf {} +

##@ Run it on AWS
package: $(VENV)/.ready ## Build the deployment package and its CloudFormation template for STAGE
	@$(PY) -m infra.package --stage $(STAGE) $(ARGS)

deploy: $(VENV)/.ready ## Package, upload and deploy STAGE by CloudFormation, with your AWS credentials
	@$(PY) -m infra.deploy --stage $(STAGE) $(ARGS)

doctor: $(VENV)/.ready ## Say what is wrong with STAGE and what to do about it (STAGE=local: the local cloud)
	@$(PY) -m infra.doctor --stage $(STAGE) $(ARGS)

dns: $(VENV)/.ready ## Print the DNS records to paste for STAGE, and verify them
	@$(PY) -m infra.dns --stage $(STAGE) $(ARGS)

source-secret: $(VENV)/.ready ## Put or forget what a webhook source signs with: ARGS="put shopify"
	@$(PY) -m infra.source_secrets --stage $(STAGE) $(ARGS)

definitions: $(VENV)/.ready ## Journeys, templates and settings as files: ARGS="pull FOLDER --url https://api.example", diff, push
	@$(PY) -m infra.definitions $(ARGS)

restore: $(VENV)/.ready ## Restore tables of STAGE: ARGS="--table customers --to 2026-11-22T09:30:00Z"
	@$(PY) -m infra.restore --stage $(STAGE) $(ARGS)

uninstall: $(VENV)/.ready ## Delete the stack of STAGE and keep the data
	@$(PY) -m infra.uninstall --stage $(STAGE) $(ARGS)

# --- how the environments are made -----------------------------------------------------------------------------------------------

python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "Perennial needs Python 3.11 or later, and found none on the PATH." >&2; \
		echo "On Debian or Ubuntu: apt-get install python3 python3-venv. Or name one: make $(firstword $(MAKECMDGOALS)) PYTHON=/path/to/python3.12" >&2; \
		exit 1; fi

$(VENV)/.ready: requirements.txt requirements-dev.txt | python
	@$(call make_environment,$(VENV))
	@$(PY) $(PIP_INSTALL) -r requirements-dev.txt
	@touch $@

$(CLOUD)/.ready: requirements-cloud.txt | python
	@$(call make_environment,$(CLOUD))
	@$(CLOUD)/bin/python $(PIP_INSTALL) -r requirements-cloud.txt
	@touch $@

$(SDKS)/.ready: requirements-sdks.txt | python
	@$(call make_environment,$(SDKS))
	@$(SDKS)/bin/python $(PIP_INSTALL) -r requirements-sdks.txt
	@touch $@

$(LIFECYCLE)/.ready: requirements.txt requirements-lifecycle.txt | python
	@$(call make_environment,$(LIFECYCLE))
	@$(LIFECYCLE)/bin/python $(PIP_INSTALL) -r requirements-lifecycle.txt
	@touch $@

$(NODE_SDKS)/node_modules/.ready: $(NODE_SDKS)/package.json $(NODE_SDKS)/package-lock.json | node-and-chromium
	@cd $(NODE_SDKS) && npm ci --loglevel=error
	@touch $@

# Node and Chromium are the system's: whoever may is asked to install what is missing.
node-and-chromium:
	@missing="$$(for tool in node:nodejs npm:npm chromium:chromium; do command -v "$${tool%:*}" >/dev/null || echo "$${tool#*:}"; done)"; \
	if [ -n "$$missing" ]; then \
		as=""; [ "$$(id -u)" = 0 ] || as="sudo -n"; \
		if ! command -v apt-get >/dev/null || ! { $$as true 2>/dev/null && $$as apt-get update -q && \
				DEBIAN_FRONTEND=noninteractive $$as apt-get install -y -q --no-install-recommends $$missing; }; then \
			echo "The SDKs of Node and of browsers need $$(echo $$missing): install them, then run make test-sdks again." >&2; \
			echo "On Debian: apt-get install -y $$(echo $$missing)" >&2; exit 1; fi; fi; \
	node -e 'process.exit(process.versions.node.split(".")[0] < 20 ? 1 : 0)' || { \
		echo "@segment/analytics-node needs Node 20 or later; this is $$(node --version)." >&2; exit 1; }

# An environment made by a Python that is gone, or by another version, is made again.
define make_environment
	mkdir -p $(dir $(1)); \
	if ! "$(1)/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
		echo "Making $(1) with $(PYTHON)"; rm -rf "$(1)"; \
		"$(PYTHON)" -m venv "$(1)" || { \
			echo "Python could not make a virtual environment. On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }; \
	fi
endef
