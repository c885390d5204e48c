# What there is to do with Schelly's source. Needs Deno 2.6 or later, or else npm, which fetches it into .deno/.

DENO := scripts/deno.sh
READY := node_modules/.ready

.DEFAULT_GOAL := help
.PHONY: setup run test check build bench clean help

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' Makefile

setup: $(READY) ## fetch Deno and the packages, once; no later run needs the network

$(READY): deno.json deno.lock
	@$(DENO) install --quiet --frozen
	@touch $@

run: $(READY) ## start Schelly on schelly.example.yaml: http://127.0.0.1:8080, Ctrl-C ends it
	@scripts/run_example.sh

test: $(READY) ## run all checks and tests; the last line counts them
	@$(DENO) run --quiet --permission-set --no-check scripts/test.ts

check: $(READY) ## the fast gate: format, lint, types, the rules of the house
	@$(DENO) run --quiet --permission-set --no-check scripts/test.ts check

build: $(READY) ## compile dist/schelly, which needs neither Deno nor packages
	@$(DENO) run --quiet --permission-set --no-check scripts/build.ts

bench: $(READY) ## measure what the design promises
	@$(DENO) run --quiet --permission-set --no-check bench/main.ts

clean: ## remove what was built, and the example's backups and state
	rm -rf dist coverage demo
