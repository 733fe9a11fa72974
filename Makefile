# What a newcomer and the pipeline run. Each target does its own set-up, and a second run repeats none.
#
#   make demo    watch real kernel modules being built, packed, loaded and put on driver disks
#   make test    every test, closing with one line of counts
#   make lint    types, lint, format, shell scripts, documents
#   make build   dist/, what bin/dkms starts
#   make bench   side by side with dkms; one part with ONLY=NAME
#   make install what a host needs, as host/layout lists it; DESTDIR=, PREFIX=/usr, FAMILY=, WITH_NODE=no
#   make clean   remove what the targets above made, except node_modules

export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
sources := $(shell find src scripts $(wildcard templates) -type f) package.json tsconfig.json

.PHONY: build demo test lint bench install clean system-demo system-test system-lint system-bench

build: dist/main.cjs

# npm writes this file last, so it tells whether node_modules is what package-lock.json asks for.
node_modules/.package-lock.json: package-lock.json
	@sh scripts/setup-node.sh
	@touch $@

dist/main.cjs: node_modules/.package-lock.json $(sources)
	@node scripts/build.ts

system-demo:
	@sh scripts/setup-system.sh build headers disk
system-test:
	@sh scripts/setup-system.sh build headers disk test lint
system-lint:
	@sh scripts/setup-system.sh lint
system-bench:
	@sh scripts/setup-system.sh build headers disk bench

demo: system-demo build
	@sh scripts/demo.sh

test: system-test build
	@vitest run

lint: system-lint node_modules/.package-lock.json
	tsc --project .
	oxlint --type-aware
	biome check
	node scripts/check-docs.ts
	@if command -v shellcheck >/dev/null; then \
	  set -x; shellcheck bin/dkms bin/dkms-factory .ci/run scripts/*.sh && shellcheck -x host/dkms/* host/kernel/*; \
	else echo 'shellcheck is not installed: shell scripts were not checked'; fi

bench: system-bench build
	@node bench/main.ts $(ONLY)

install: build
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' FAMILY='$(FAMILY)' WITH_NODE='$(WITH_NODE)' FORCE='$(FORCE)' sh scripts/install.sh

clean:
	rm -rf dist dist.*.tmp demo-out .cache coverage
