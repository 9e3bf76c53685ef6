# pivotd. `make run` shows what it does; `make test` shows that it works.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test check lint fmt bench load openapi documents pack deny geo geo-bundle test-needs

CARGO ?= cargo
# nextest runs the tests of one binary side by side; plain cargo does where it is not installed.
TEST := $(shell $(CARGO) nextest --version >/dev/null 2>&1 && echo "$(CARGO) nextest run" || echo "$(CARGO) test")

help: ## What there is to make
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

run: ## Build, start, enrich a sample incident, go on serving
	$(CARGO) build --package server --bin pivotd
	deploy/run.sh target/debug/pivotd

test: test-needs documents pack ## Everything: unit tests, tests at the HTTP boundary, documents and queries against independent validators
	$(TEST) --workspace

test-needs:
	@command -v redis-server >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends redis-server; }
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql; }

check: ## Does it compile?
	$(CARGO) check --workspace --all-targets

lint: ## Formatting and clippy, warnings are errors
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- --deny warnings

fmt: ## Format
	$(CARGO) fmt --all

bench: ## Speed of the pure parts
	$(CARGO) bench --package analysis --package extract --package sources --package server

load: ## Load tests, in one run; MSTICPY=, DUCKDB=<a Python that has it> compare with it; results go to BENCHMARKS.md by hand
	$(CARGO) build --profile bench --package tests --package server --bin load --bin pivotd
	target/release/load $(if $(MSTICPY),beside-msticpy $(MSTICPY)) $(if $(DUCKDB),beside-duckdb $(DUCKDB))

openapi: ## Write the three documents anew
	$(CARGO) run --quiet --package server --bin pivotd -- openapi openapi

documents: ## The committed documents are valid by independent validators
	deploy/ci/validate-documents.sh

pack: ## Every KQL query of the pack and every built-in function is accepted by Microsoft's parser
	deploy/ci/check-pack.sh

deny: ## Licences, sources and banned crates
	@command -v cargo-deny >/dev/null || $(CARGO) install --locked --quiet cargo-deny
	$(CARGO) deny check licenses bans sources

geo: ## Fetch the city database (DB-IP Lite, CC BY 4.0) into var/geo
	deploy/geo/fetch-city.sh var/geo

geo-bundle: ## Make the bundled databases anew
	deploy/geo/bundle.sh src/server/geo/bundled
