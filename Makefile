# Everyday commands. `make` alone lists them.

LISTEN ?= 127.0.0.1:5212
DATA   ?= ./data

.PHONY: help run dev web test test-all bench openapi lint

help:
	@echo 'make run      build for release and serve http://localhost:5212 from ./data'
	@echo 'make dev      the same with a debug build and a talkative log'
	@echo 'make web      build the web interface into frontend/dist'
	@echo 'make test     everything that has to hold before a change is merged'
	@echo 'make test-all the same, and what takes long: fuzzing, long random walks'
	@echo 'make bench    measure the release build and print the table of docs/performance.md'
	@echo 'make openapi  write openapi.json anew'
	@echo 'make lint     formatting and clippy'

# The interface is built anew only when its sources changed since.
WEB_SOURCES := $(shell find frontend -path frontend/node_modules -prune -o -path frontend/dist -prune -o -path frontend/tests -prune -o -type f -print 2>/dev/null)

frontend/node_modules/.package-lock.json: frontend/package.json frontend/package-lock.json
	cd frontend && npm ci --no-audit --no-fund
	touch $@

frontend/dist/index.html: frontend/node_modules/.package-lock.json $(WEB_SOURCES)
	cd frontend && npm run build

web: frontend/dist/index.html

run: web
	cargo run --release --package server --bin alcove -- serve --listen $(LISTEN) --data $(DATA)

dev: web
	ALCOVE_LOG=$${ALCOVE_LOG:-debug} cargo run --package server --bin alcove -- serve --listen $(LISTEN) --data $(DATA)

test:
	tests/scripts/test.sh

test-all:
	tests/scripts/test-all.sh

bench:
	tests/bench/run.sh

openapi:
	cargo build --quiet --workspace --bin alcove
	tests/scripts/alcove.sh openapi > openapi.json.new
	mv openapi.json.new openapi.json

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --quiet -- -D warnings
