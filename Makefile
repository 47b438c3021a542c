# cachelift: everything a fresh clone needs. Requires Go, and on Debian or
# Ubuntu nothing else: what is missing is installed (as root or with sudo).

SHELL := /bin/bash

# sudo drops the PATH on which Go usually is.
export PATH := $(PATH):/usr/local/go/bin

# The modules. That of the link faults has a TCP proxy which nobody else needs, and
# that of the loss test a second client library besides.
MODULES := . examples simulator/linkfault losstest

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

# Flags of every test run; the whole suite takes minutes.
TESTFLAGS ?= -race -shuffle=on -timeout 15m

# How often make virtual runs the scenarios.
COUNT ?= 1

# How many migrations make chaos runs, from which seed on; none: one is drawn.
chaos: COUNT = 100
SEED ?=

# How long each fuzz target runs.
FUZZTIME ?= 10s

# Flags of the demo, e.g. make demo DEMOFLAGS='--keys 1000000 --keep'.
DEMOFLAGS ?=

# What make bench-verify compares: how many keys at 1x, at which multiples of
# that, which sets, how many pairs of runs; and where the table goes. 5x takes
# long and 8 GB.
SCALE ?= 1000000
TIMES ?= 1,2
SETS ?= S,M
ROUNDS ?= 5
OUT ?= $(CURDIR)/bench-verify.out

# side-by-side runs a command in each module but the first at the same time: their tests
# mostly wait.
side-by-side = ended=0; running=(); for m in $(filter-out .,$(MODULES)); do (cd $$m && $(1)) & running+=($$!); done; \
	for p in $${running[@]}; do wait $$p || ended=1; done; exit $$ended

# Where make servers puts servers of other versions, and make found-verify looks
# for them.
SERVERS ?= $(CURDIR)/bin/servers

.DEFAULT_GOAL := help
.PHONY: help bench bench-pause bench-verify chaos crash demo footprint found-verify fuzz jepsen lint servers setup setup-test test virtual

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r t d; do printf '  make %-12s %s\n' "$$t" "$$d"; done

demo: setup ## migrate a live Redis into a simulated ElastiCache and prove the result
	@cd examples && go run ./quickstart $(DEMOFLAGS)

test: setup-test ## vet and test all modules with the race detector
	@go vet ./... && CGO_ENABLED=1 go test $(TESTFLAGS) ./...
	@$(call side-by-side,go vet ./... && CGO_ENABLED=1 go test $(TESTFLAGS) -p 1 ./...)
	@go test -count 1 -run '^TestMemory$$' ./verify # the race detector has memory of its own

lint: ## gofmt, go vet, staticcheck and go mod tidy -diff; needs no installed tool
	@bash .ci/format
	@set -e; for m in $(MODULES); do (cd $$m && go vet ./... && go run $(STATICCHECK) ./... && go mod tidy -diff); done

bench: setup ## measure the sync against a bare REPLICAOF, and the preflight report
	@go test -run '^$$' -bench SyncOverhead -benchtime 3x -timeout 30m ./migration
	@go test -run '^$$' -bench Judge ./preflight
	@go test -run '^$$' -bench Preflight -benchtime 10x ./preflight/vpc

bench-verify: setup ## measure a full comparison of SCALE keys against the floor of reading them
	@CACHELIFT_BENCH_KEYS=$(SCALE) CACHELIFT_BENCH_TIMES=$(TIMES) CACHELIFT_BENCH_SETS=$(SETS) \
		CACHELIFT_BENCH_ROUNDS=$(ROUNDS) CACHELIFT_BENCH_OUT=$(OUT) \
		go test -run '^$$' -bench '^BenchmarkCompare$$' -benchtime 1x -timeout 0 ./verify
	@echo "the table is in $(OUT)"

found-verify: setup ## find known differences among SCALE keys and nothing else, also between versions
	@servers=$$(ls -d $(SERVERS)/bin/* 2>/dev/null | paste -sd:); \
	CACHELIFT_FOUND_KEYS=$(SCALE) CACHELIFT_OTHER_SERVERS=$$servers go test -run '^TestFound' -timeout 0 -v ./verify

servers: ## fetch servers of other versions from Debian's archive, without installing them
	@bash .ci/servers $(SERVERS)

bench-pause: ROUNDS = 20
bench-pause: setup ## measure the pause of a cut-over against a bare promotion, ROUNDS (20) of each load, also into TABLE
	@cd losstest && go test -run '^$$' -bench Pause -benchtime $(ROUNDS)x -timeout 0 $(if $(TABLE),-table "$(abspath $(TABLE))") .

jepsen: COUNT = 2000
jepsen: setup ## make COUNT (2000) cut-overs under load with faults, from SEED, and look for every acknowledged write
	@set -o pipefail; cd losstest && go test -run 'TestNoAcknowledgedWriteIsLost|Loses' -timeout 0 -v -count 1 -cutovers $(COUNT) -seed $(or $(SEED),0) . | grep -v '^=== '

virtual: setup-test ## run the scenarios in virtual time COUNT (1) times, with the race detector
	@CGO_ENABLED=1 go test -race -shuffle=on -timeout 0 -count $(COUNT) -run 'TestScenarios' ./migration

chaos: setup ## run COUNT (100) migrations through random faults over real replication, from SEED on
	@set -o pipefail; cd simulator/linkfault && CHAOS_SEED=$(SEED) CHAOS_COUNT=$(COUNT) go test -run '^TestChaos$$' -count 1 -v -parallel 6 -timeout 15m . | grep -v '^=== \|--- PASS'

crash: setup ## the whole crash matrix, random cancellations and days in sync, of which make test plays samples
	@go test -timeout 10m -run 'TestCrashEverywhere|TestCancelAtAnyMoment|TestDaysInSync' ./migration

fuzz: ## run every fuzz target for FUZZTIME (10s)
	@set -eo pipefail; \
	grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | sort | while IFS=: read -r file func; do \
		name=$${func#func }; dir=$$(dirname "$$file"); \
		echo "$$dir $$name"; \
		(cd "$$dir" && go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x . </dev/null); \
	done

footprint: ## measure what importing the library costs a program, into docs/footprint.md
	@bash .ci/footprint

setup: ## install redis-server if it is missing
	@bash .ci/setup redis-server

setup-test: ## install what the tests need if it is missing: redis-server, a C compiler for the race detector
	@bash .ci/setup redis-server gcc
