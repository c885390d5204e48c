# What there is to do with Schelly's source; most targets are tasks of deno.json. Needs Deno 2.6 or
# later, or else npm, which fetches it into .deno/.

DENO := scripts/deno.sh
TASK := $(DENO) task --quiet
READY := node_modules/.ready

.DEFAULT_GOAL := help
.PHONY: setup run dev test check fmt hooks build kit bench simulate dist man clean help

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

setup: $(READY) ## fetch Deno and the packages, once; no later run needs the network

$(READY): deno.json deno.lock
	@$(DENO) install --quiet --frozen
	@touch $@

run: $(READY) ## start Schelly on a demo with two years behind it: http://127.0.0.1:8080, Ctrl-C ends it
	@scripts/run_example.sh

dev: $(READY) ## the same, started again at every change of the source
	@$(TASK) dev

test: $(READY) ## run all checks and tests; the last line counts them. ONLY=path: those of one file or folder
	@$(TASK) test $(ONLY)

check: $(READY) ## the fast gate: format, lint, types, spelling, Markdown, the rules of the house
	@$(TASK) check

fmt: $(READY) ## format the source
	@$(DENO) fmt --quiet

hooks: ## run the fast gate before each commit
	@git config core.hooksPath scripts/hooks

build: $(READY) ## compile dist/schelly, which needs neither Deno nor packages
	@$(TASK) build

kit: $(READY) ## build dist/schelly-provider.js, the library for authors of providers, and its npm tarball
	@$(TASK) kit

dist: $(READY) ## archives for every platform that can be built for, Debian packages, digests and SBOM
	@$(TASK) compile

bench: $(READY) ## measure what the design promises; PART=bursts one part of it
	@$(TASK) bench $(PART)

simulate: $(READY) ## try to lose a backup in simulated worlds; SEEDS=500 or BUILTIN=500 plays seeds alone, SEED=7 shows one
	@$(TASK) simulate $(if $(SEEDS)$(BUILTIN),--seeds $(or $(SEEDS),0) --builtin $(or $(BUILTIN),0) \
		--seed $(or $(SEED),1),$(if $(SEED),--seed $(SEED) --trace,--all))

man: $(READY) ## write the manual pages, one a command, into dist/man
	@$(DENO) run --quiet -A --no-check src/main.ts man --to dist/man

clean: ## remove what was built, and the example's backups and state
	rm -rf dist coverage demo schelly.demo.yaml
