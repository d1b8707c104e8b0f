# `make` alone lists the targets. Each one sets up what it needs, once.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
ARGS ?=

# no telemetry from cdktf or Terraform; the virtual environment belongs to this folder
export CHECKPOINT_DISABLE := 1
export PIPENV_VENV_IN_PROJECT := 1
export PIPENV_IGNORE_VIRTUALENVS := 1
export PIPENV_VERBOSITY := -1
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

PIPENV_VERSION := 2026.10.3
PIPENV := $(or $(shell command -v pipenv),.tools/bin/pipenv)
PY := .venv/bin/python
# asked for its version: in a folder that was moved it is there and does not start
INSTALL_PIPENV = @$(PIPENV) --version >/dev/null 2>&1 || \
	{ $(PYTHON) -m venv --clear .tools && .tools/bin/pip install --quiet pipenv==$(PIPENV_VERSION); }
TERRAFORM := $(or $(TERRAFORM_BINARY_NAME),terraform)

##@ Everyday
.PHONY: synth
synth: setup ## Write the Terraform JSON of both stacks to cdktf.out (no Azure account needed)
	cdktf synth $(ARGS)

.PHONY: test rehearse snapshots bench
test: setup .venv/.verify ## Lint, check types, run every test (ARGS go to pytest)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	pyright
	$(PY) -m pytest $(ARGS)

rehearse: NEEDS_TERRAFORM := yes
rehearse: setup .venv/.verify ## Deploy, verify and destroy on a simulated Azure: real cdktf and Terraform, no account
	@$(PY) -m simulator rehearse $(ARGS)

snapshots: setup ## Accept the JSON as it is now into tests/snapshots; read the difference before you commit it
	$(PY) -m pytest tests/test_main.py -k reviewed --snapshot-update

bench: setup ## Measure how long a synth takes and what it would take without lazy bindings (about 3 minutes)
	$(PY) -m benchmarks.synth $(ARGS)

##@ Against your subscription
.PHONY: deploy diff destroy verify
deploy diff destroy: NEEDS_TERRAFORM := yes
deploy: setup ## Create or update both stacks (ARGS=--auto-approve asks nothing)
	cdktf deploy network aks $(ARGS)

diff: setup ## Show what a deploy would change
	cdktf diff network $(ARGS)
	cdktf diff aks $(ARGS)

destroy: setup ## Remove everything both stacks made
	cdktf destroy network aks $(ARGS)

verify: setup .venv/.verify ## Assert that the deployed cluster is what was asked for (ARGS=--help)
	@$(PY) -m ops.verify $(ARGS)

##@ Upkeep
.PHONY: setup format docs lock clean
setup: .venv/.complete node_modules/.complete ## Install the pinned Python and Node packages into this folder

format: setup ## Format the code and apply ruff's safe fixes
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

docs: setup ## Write the README's table of settings anew
	$(PY) -m ops.settings_table

lock: | tools ## Resolve Pipfile and package.json again
	$(INSTALL_PIPENV)
	$(PIPENV) lock
	$(PYTHON) -c 'import json, pathlib; p = pathlib.Path("Pipfile.lock"); lock = json.loads(p.read_text()); lock["_meta"]["sources"] = []; p.write_text(json.dumps(lock, indent=4) + "\n")'
	npm install --package-lock-only --ignore-scripts

.PHONY: protocol
protocol: setup ## Generate the messages of Terraform's plugin protocol again
	$(PY) -m grpc_tools.protoc -I simulator/wire --python_out=simulator/wire --pyi_out=simulator/wire tfplugin6.proto

clean: ## Remove what the targets above made; Terraform state stays
	rm -rf .venv .tools node_modules cdktf.out

.PHONY: help
help:
	@awk -F ':.*## ' '/^##@/ { printf "\n%s\n", substr($$0, 5) } /^[a-z][a-z -]*:.*## / { split($$1, t, ":"); printf "  make %-10s %s\n", t[1], $$2 }' $(MAKEFILE_LIST)

# --- set-up -----------------------------------------------------------------------------------

.venv/.complete: Pipfile.lock | tools
	$(INSTALL_PIPENV)
	$(PIPENV) sync --dev --python "$$(command -v $(PYTHON))"
	touch $@

.venv/.verify: .venv/.complete Pipfile.lock
	$(INSTALL_PIPENV)
	$(PIPENV) sync --categories verify
	touch $@

node_modules/.complete: package-lock.json | tools
	npm ci --no-fund --no-audit
	touch $@

.PHONY: tools
tools:
	@missing=0; \
	need() { \
		if ! command -v "$$1" >/dev/null; then echo "missing: $$1. $$2"; \
		elif [ $$# -ge 3 ] && ! eval "$$3"; then echo "too old: $$1. $$2"; \
		else return 0; fi >&2; \
		missing=1; \
	}; \
	need $(PYTHON) "Python 3.11 or later: https://www.python.org/downloads/ (another one: make PYTHON=python3.12 ...)" \
		'$(PYTHON) -c "import sys, venv; sys.exit(sys.version_info < (3, 11))"'; \
	need node "Node.js 20.9 or later: https://nodejs.org/en/download" \
		'node -e "const [a, b] = process.versions.node.split(\".\").map(Number); process.exit(a > 20 || (a === 20 && b >= 9) ? 0 : 1)"'; \
	need npm "It comes with Node.js: https://nodejs.org/en/download"; \
	[ -z "$(NEEDS_TERRAFORM)" ] || need $(TERRAFORM) \
		"Terraform 1.5 or later: https://developer.hashicorp.com/terraform/install" \
		'[[ "$$($(TERRAFORM) version)" =~ v(1\.([5-9]|[1-9][0-9])|[2-9])\. ]]'; \
	exit $$missing
