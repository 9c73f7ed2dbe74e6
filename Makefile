# The one front door: every word a person or CI needs. `make` alone lists them.
# What a word needs is installed by tools/setup.py first; a second run only looks.
# A stack adds its own words by one line each to LINTS, TESTS or BENCHES, beside its targets.

ifeq ($(shell command -v python3),)
  $(error python3 is missing: install Python 3.10 or newer, from python.org or your system's packages)
endif
SETUP := python3 tools/setup.py
CARGO := cargo --locked
BUNDLE := $(CARGO) run --quiet --package overten-webhook-tools --bin bundle --
export PATH := $(CURDIR)/node_modules/.bin:$(CURDIR)/wasm/node_modules/.bin:$(PATH)

LINTS   := lint-core
TESTS   := test-tools test-core test-cli test-budget test-model test-vectors test-worker test-demo test-readme test-python test-c test-go \
           test-js test-page test-soak
BENCHES := bench-core bench-count bench-worker bench-python bench-c bench-go bench-js bench-demo
FUZZES  := fuzz-core fuzz-go

.PHONY: help
help:                ## list the words
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 16

.PHONY: test
test: lint           ## everything CI runs, in the same order
	@for word in $(TESTS); do $(MAKE) --no-print-directory $$word || exit 1; done
	@echo "make test: all of $(LINTS) $(TESTS) passed"

.PHONY: demo
demo: local          ## the Worker at work: real deliveries, what is answered, what reaches the queue
	node tools/demo.mjs

.PHONY: local
local:               # what the two need, built
	$(SETUP) node tools
	@$(BUNDLE) wasm/worker wasm/forwarder

.PHONY: serve
serve: local         ## keep it running; `make send` sends to it
	node tools/serve.mjs

.PHONY: send
send:                ## one signed delivery to what `make serve` runs; BODY=FILE sends that file
	@$(SETUP) node
	@node tools/send.mjs $(BODY)

.PHONY: generate
generate:            ## write anew what is committed though it is made: header, stub, schemas, accessors, vectors, Go's wasm, the receiver's table
	$(SETUP) rust
	OVERTEN_GENERATE=1 $(CARGO) test --quiet --package overten-webhook --lib the_page_of_the_table
	python3 tools/generate.py
	ffi/go/build-wasm

.PHONY: lint
lint: $(LINTS)       ## formatting, lints and documentation, warnings refused

.PHONY: bench
bench:               ## our numbers beside a peer's, and BENCHMARKS.md of them; WORDS="bench-core bench-go" only prints those
	@python3 tools/bench.py $(if $(WORDS),$(WORDS),--report BENCHMARKS.md $(BENCHES))

.PHONY: fuzz
fuzz: $(FUZZES)      ## random input for longer than `make test` has time for

# --- core -----------------------------------------------------------------------------------------------------------

NO_STD_TARGETS := wasm32-unknown-unknown thumbv7em-none-eabi

.PHONY: lint-core
lint-core:           ## format, clippy and cargo doc of every Rust crate
	$(SETUP) checks
	cargo fmt --all --check
	$(CARGO) clippy --workspace --all-targets --all-features -- --deny warnings
	$(CARGO) clippy --package overten-webhook --all-targets --no-default-features -- --deny warnings
	RUSTDOCFLAGS="--deny warnings" $(CARGO) doc --package overten-webhook --no-deps --no-default-features
	RUSTDOCFLAGS="--deny warnings" $(CARGO) doc --workspace --no-deps --all-features

.PHONY: test-core
test-core:           ## the core's tests and doc tests, and its builds without std
	$(SETUP) checks
	$(CARGO) test --package overten-webhook --features diagnose
	$(CARGO) test --package overten-webhook --no-default-features --tests
	for target in $(NO_STD_TARGETS); do for features in "" alloc diagnose; do \
	  $(CARGO) build --package overten-webhook --target $$target --no-default-features --features "$$features" || exit 1; \
	done; done

.PHONY: test-budget
test-budget:         ## the instructions that the core's work takes, counted and held to a budget
	$(SETUP) rust
	tools/debian valgrind
	cd tools && python3 -m unittest test_instructions

.PHONY: test-model
test-model:          ## every way that deliveries, receivers, a store and their faults can come together
	$(SETUP) rust
	$(CARGO) test --profile model --package overten-webhook-model -- --nocapture --test-threads 1

.PHONY: bench-core
bench-core:          ## the core beside SHA-256 alone, ring and the standard-webhooks library
	@$(SETUP) rust
	$(CARGO) bench --package overten-webhook --bench verify

.PHONY: bench-count
bench-count:         ## the instructions that the core's work takes
	@$(SETUP) rust
	@tools/debian valgrind
	@python3 tools/instructions.py

.PHONY: fuzz-core
fuzz-core:           ## the core's property tests with four hundred times their cases
	PROPTEST_CASES=100000 $(CARGO) test --release --package overten-webhook --test properties --test reading

.PHONY: test-vectors
test-vectors:        ## the vectors themselves: schema, and that an independent generator makes the same
	$(SETUP) python
	cd tests/vectors && $(CURDIR)/.venv/bin/python -m unittest

# --- the command line -------------------------------------------------------------------------------------------------

.PHONY: test-cli
test-cli:            ## the command line, driven as a user drives it
	$(SETUP) rust
	tools/debian curl script=bsdutils
	$(CARGO) test --package overten-webhook-cli

.PHONY: build-cli
build-cli:           ## static programs for Linux into target/cli, x86-64 and aarch64, each run, with size and start-up time
	$(SETUP) rust
	python3 cli/build.py

.PHONY: check-cli
check-cli:           ## the command line for Windows (built) and macOS (checked) too
	$(SETUP) rust
	python3 cli/build.py --others

# --- the Worker -------------------------------------------------------------------------------------------------------

WORKERS := wasm/worker wasm/forwarder wasm/worker/example

.PHONY: build-worker
build-worker:        ## the Workers' bundles, held to their size budgets
	@$(SETUP) node tools
	@$(BUNDLE) $(WORKERS)

.PHONY: test-worker
test-worker: build-worker  ## the Workers in workerd, driven over HTTP
	@$(SETUP) worker-tests
	@$(BUNDLE) wasm/worker/tests/panics
	node --test --test-timeout=300000 'wasm/worker/tests/*.test.mjs'

.PHONY: bench-worker
bench-worker:        ## the Worker beside a hand-written JavaScript one, in the same workerd
	$(SETUP) node tools
	@$(BUNDLE) wasm/worker
	node wasm/worker/bench/run.mjs

.PHONY: bench-demo
bench-demo:          ## `make demo` on a machine where nothing is there yet, and once more: time and silence
	@python3 tools/first_run.py

.PHONY: test-demo
test-demo: demo      ## `make demo` exits 0 only if every row is right; `make serve` and `make send` together
	node --test --test-timeout=400000 tools/serve.test.mjs

# --- the JavaScript package -------------------------------------------------------------------------------------------

.PHONY: build-js
build-js:            ## the npm package, in wasm/js/build/package
	@$(SETUP) node tools
	@$(BUNDLE) wasm/js
	@node wasm/js/tools/build.mjs

.PHONY: test-js
test-js: build-js    ## the package as installed: in Node, Workers, Deno, Bun, Chromium; bundlers, types, stores, adapters
	@$(SETUP) js
	@wasm/page/setup
	@tools/debian redis-server postgres=postgresql
	@node wasm/js/tools/install.mjs
	node --test --test-timeout=600000 --test-concurrency=1 'wasm/js/tests/*.test.mjs'

.PHONY: bench-js
bench-js: build-js   ## the package beside WebCrypto, node:crypto and three libraries, in Node and in workerd
	@$(SETUP) js
	@node wasm/js/tools/install.mjs
	node wasm/js/tests/bench/run.mjs

# --- the page ---------------------------------------------------------------------------------------------------------

.PHONY: build-page
build-page: build-js ## the page that explains a failing delivery, in wasm/page/build
	@$(SETUP) js
	@cd wasm/page && tsc && vite build --logLevel warn

.PHONY: page
page: build-page     ## serve it on this machine
	cd wasm/page && vite preview

.PHONY: test-page
test-page: build-page  ## the page in headless Chromium: verdicts, samples, drops, signing, privacy, accessibility, size
	@wasm/page/setup
	node --test --test-timeout=600000 --test-concurrency=1 'wasm/page/tests/*.test.mjs'

.PHONY: pictures
pictures: build-page ## the page's and the command line's pictures, anew; the latter from a terminal of tmux
	@wasm/page/setup
	node wasm/page/tests/pictures.mjs
	$(CARGO) build --package overten-webhook-cli
	python3 cli/pictures/make.py target/debug/overten-webhook

# --- Python -----------------------------------------------------------------------------------------------------------

.PHONY: test-python
test-python:         ## the wheels, and the package as installed from one on the oldest and newest CPython here
	$(SETUP) rust
	python3 python/tools/run.py test

.PHONY: bench-python
bench-python:        ## the package beside a hand-written recipe and three libraries
	python3 python/tools/run.py bench

# --- C ----------------------------------------------------------------------------------------------------------------

.PHONY: test-c
test-c:              ## the C library: header, linking, vectors, sanitizers, valgrind, Miri
	$(SETUP) rust
	ffi/run-tests

.PHONY: bench-c
bench-c:             ## the C library beside OpenSSL's one-shot HMAC()
	$(SETUP) rust
	ffi/bench/run

# --- Go ---------------------------------------------------------------------------------------------------------------

.PHONY: test-go
test-go:             ## the Go module, its core as WebAssembly and linked through cgo
	$(SETUP) rust
	ffi/setup
	ffi/go/run-tests

.PHONY: fuzz-go
fuzz-go:             ## the Go module beside crypto/hmac, for a minute
	$(SETUP) rust
	ffi/setup
	cd ffi/go && go test -run '^$$' -fuzz FuzzVerdictEqualsOracle -fuzztime 60s .

.PHONY: bench-go
bench-go:            ## the Go module both ways beside a receiver written by hand and the standard-webhooks library
	$(SETUP) rust
	ffi/setup
	ffi/go/bench/run

# --- every receiver under fire ------------------------------------------------------------------------------------------

SOAK       := python3 tests/soak/soak.py
RECEIVERS  :=
DELIVERIES := 20000
KILLS      := 50
AT_ONCE    := 1

.PHONY: soak
soak: build-worker   ## every receiver killed, starved and lied to, and SOAK.md of it; RECEIVERS=, DELIVERIES=, KILLS=, AT_ONCE=
	$(SETUP) rust
	ffi/setup
	tools/debian redis-server
	$(CARGO) build --release --package overten-webhook-cli
	$(SOAK) --deliveries $(DELIVERIES) --kills $(KILLS) --at-once $(AT_ONCE) $(if $(RECEIVERS),--receivers $(RECEIVERS),--report SOAK.md)

.PHONY: test-soak
test-soak: build-worker  ## the same in small, and that it finds what it is there to find
	$(SETUP) rust
	ffi/setup
	tools/debian redis-server
	$(CARGO) build --package overten-webhook-cli
	cd tests/soak && python3 -m unittest
	$(SOAK) --first-store --deliveries 150 --kills 3 --program target/debug/overten-webhook

# --- what is common to all --------------------------------------------------------------------------------------------

.PHONY: test-tools
test-tools:          ## set-up, and that what stands twice agrees: versions, and what `make generate` writes
	$(SETUP) rust
	cd tools && python3 -m unittest test_setup test_versions test_generate test_bench test_first_run test_benchmarks

.PHONY: test-readme
test-readme: build-worker  ## every command, table and link of README.md
	python3 -m unittest discover --start-directory tools --pattern 'test_readme.py'
