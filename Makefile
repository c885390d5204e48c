# What there is to do with Schelly's source. Needs Deno 2.6 or later, or else npm, which fetches it into .deno/.

DENO := scripts/deno.sh
READY := node_modules/.ready

.DEFAULT_GOAL := help
.PHONY: setup run test check build kit bench simulate dist clean help

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

setup: $(READY) ## fetch Deno and the packages, once; no later run needs the network

$(READY): deno.json deno.lock
	@$(DENO) install --quiet --frozen
	@touch $@

run: $(READY) ## start Schelly on schelly.example.yaml: http://127.0.0.1:8080, Ctrl-C ends it
	@scripts/run_example.sh

test: $(READY) ## run all checks and tests; the last line counts them
	@$(DENO) run --quiet --permission-set --no-check scripts/test.ts

check: $(READY) ## the fast gate: format, lint, types, known holes in packages, the rules of the house
	@$(DENO) run --quiet --permission-set --no-check scripts/test.ts check

build: $(READY) ## compile dist/schelly, which needs neither Deno nor packages
	@$(DENO) run --quiet --permission-set --no-check scripts/build.ts

kit: $(READY) ## build dist/schelly-provider.js, the library for authors of providers, and its npm tarball
	@$(DENO) run --quiet --permission-set --no-check scripts/dist_kit.ts

dist: $(READY) ## archives for every platform that can be built for, with digests and SBOM
	@$(DENO) run --quiet --permission-set --no-check scripts/dist.ts

bench: $(READY) ## measure what the design promises
	@$(DENO) run --quiet --permission-set --no-check bench/main.ts

simulate: $(READY) ## try to lose a backup in simulated worlds; SEEDS=500 plays seeds alone, SEED=7 shows one
	@$(DENO) run --quiet --permission-set --no-check tests/simulation/main.ts $(if $(SEEDS),\
		--seeds $(SEEDS) --seed $(or $(SEED),1),$(if $(SEED),--seed $(SEED) --trace,--all))

clean: ## remove what was built, and the example's backups and state
	rm -rf dist coverage demo
