# Go, git and make are all that this needs: other tools are built on first use from
# tools/pins/<tool>/go.mod, which pins them, into bin/.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

version = $(shell awk '$$1 == "$(2)" && $$2 ~ /^v/ {print $$2}' tools/pins/$(1)/go.mod)

GORELEASER_VERSION    := $(call version,goreleaser,github.com/goreleaser/goreleaser/v2)
GOLANGCI_LINT_VERSION := $(call version,golangci-lint,github.com/golangci/golangci-lint/v2)
ACTIONLINT_VERSION    := $(call version,actionlint,github.com/rhysd/actionlint)
COSIGN_VERSION        := $(call version,cosign,github.com/sigstore/cosign/v3)
CYCLONEDX_VERSION     := $(call version,cyclonedx-gomod,github.com/CycloneDX/cyclonedx-gomod)

# A goreleaser on PATH of the very version that is pinned is as good as our own.
GORELEASER := $(shell goreleaser --version 2>/dev/null | \
	grep -qE '^GitVersion: +v?$(GORELEASER_VERSION:v%=%)$$' && command -v goreleaser)
ifeq ($(GORELEASER),)
GORELEASER := bin/goreleaser-$(GORELEASER_VERSION)
endif
GOLANGCI_LINT := bin/golangci-lint-$(GOLANGCI_LINT_VERSION)
ACTIONLINT    := bin/actionlint-$(ACTIONLINT_VERSION)

# Only a release needs these two. The same goes for a cosign on PATH.
COSIGN := $(shell cosign version 2>/dev/null | \
	grep -qE '^GitVersion: +v?$(COSIGN_VERSION:v%=%)$$' && command -v cosign)
ifeq ($(COSIGN),)
COSIGN := bin/cosign-$(COSIGN_VERSION)
endif
CYCLONEDX := bin/cyclonedx-gomod-$(CYCLONEDX_VERSION)
RELEASE_TOOLS := $(GORELEASER) $(COSIGN) $(CYCLONEDX)
RELEASE_ENV    = COSIGN='$(abspath $(COSIGN))' CYCLONEDX_GOMOD='$(abspath $(CYCLONEDX))'

# GoReleaser asks the remote's URL before anything else of git, and without one a snapshot
# would know neither commit nor date. Only a release uses the URL.
ifeq ($(shell git remote),)
export GIT_CONFIG_COUNT := 1
export GIT_CONFIG_KEY_0 := remote.origin.url
export GIT_CONFIG_VALUE_0 := https://github.com/owner/botkube-plugins
endif

.PHONY: help
help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# GoReleaser warns about each archive that holds nothing but a binary, and nothing else is what
# Botkube needs. Its farewell gives way to a summary, which comes from the names of the archives.
.PHONY: index
index: SHELL := bash
index: $(GORELEASER) ## Build all plugins for all platforms, and their index, into dist/
	@set -o pipefail; $(GORELEASER) release --snapshot --clean --skip=sign 2>&1 | \
		grep --line-buffered -v -e 'no files matched' -e 'thanks for using GoReleaser' >&2
	@ls dist/*.tar.zst | awk -F '[_.]' ' \
		!seen[$$(NF-3), $$(NF-2)]++ { platforms = platforms ", " $$(NF-3) "/" $$(NF-2) } \
		{ sub(/_[^_]+_[^_]+$$/, "") } \
		!seen[$$0]++ { plugins++ } \
		END { print "dist/plugins-index.yaml: " plugins (plugins == 1 ? " plugin" : " plugins") " for " substr(platforms, 3) }'
	@echo 'next: run make serve to try them in a local Botkube, or push a tag to release them'

.PHONY: build
build: ## Build the plugins and tools for this machine only, into bin/
	CGO_ENABLED=0 go build -trimpath -o bin/ ./plugins/... ./tools/...

# These programs are built and then started, not run with go run, so that Ctrl-C and exit codes
# are their own.
.PHONY: bin/plugin bin/indexgen
bin/plugin bin/indexgen:
	@CGO_ENABLED=0 go build -trimpath -o $@ ./tools/$(@F)

.PHONY: new-plugin
new-plugin: bin/plugin ## Generate the plugin NAME of TYPE source or executor
	@bin/plugin new --type "$${TYPE:?run make new-plugin NAME=foo TYPE=source or executor}" \
		-- "$${NAME:?run make new-plugin NAME=foo TYPE=source or executor}"

.PHONY: sync-plugins
sync-plugins: bin/plugin ## Bring .goreleaser.yaml in line with the directories of plugins/
	@bin/plugin sync

.PHONY: serve
serve: bin/indexgen ## Serve dist/ to a local Botkube; run make index first; ARGS=--help shows options
	@exec bin/indexgen serve $(ARGS)

# make exports these variables, so that the shell expands them safely, whatever is in them. make
# itself must not expand them first. The plugin does not get them.
RUN_VARIABLES := PLUGIN CONFIG CONFIG_FILE PAYLOAD LISTEN COMMAND JSON WATCH PLUGRUN_FLAGS
$(foreach v,$(RUN_VARIABLES) NAME TYPE,$(if $(filter undefined,$(origin $v)),,$(eval override $v := $$(value $v))$(eval export $v)))

.PHONY: run
run: bin/plugin ## Run the plugin PLUGIN as Botkube does; without PLUGIN, list the plugins
	@exec env $(RUN_VARIABLES:%=-u %) bin/plugin run $${CONFIG:+--config "$$CONFIG"} \
		$${CONFIG_FILE:+$$(printf -- '--config-file %s ' $$CONFIG_FILE)} $${PAYLOAD:+--payload "$$PAYLOAD"} \
		$${LISTEN:+--listen "$$LISTEN"} $${COMMAND:+--command "$$COMMAND"} $${JSON:+--json} $${WATCH:+--watch} \
		$$PLUGRUN_FLAGS $${PLUGIN:+"plugins/$$PLUGIN"}

# The race detector needs a C compiler; without one, go env says 0.
RACE := $(if $(filter 1,$(shell go env CGO_ENABLED)),-race)

.PHONY: test
test: ## Run the tests, with the race detector where there is a C compiler
	go test $(RACE) -shuffle=on ./...
	cd tools/releaseguard && go test $(RACE) -shuffle=on ./...

.PHONY: modules
modules: ## Download the modules for builds without network
	go mod download
	cd tools/releaseguard && go mod download

# It builds without network, in clones that share the modules with this directory.
reproducible: modules

TEMPLATES := $(addprefix ./tools/plugin/internal/scaffold/_template/,source executor)

.PHONY: lint
lint: $(GOLANGCI_LINT) $(ACTIONLINT) $(GORELEASER) ## Check the code, the workflows and the release's configuration
	$(GOLANGCI_LINT) run --build-tags docs ./... $(TEMPLATES)
	cd tools/releaseguard && ../../$(GOLANGCI_LINT) run ./...
	cd e2e && ../$(GOLANGCI_LINT) run --build-tags rehearsal ./...
	$(ACTIONLINT)
	$(GORELEASER) check
	go mod tidy -diff
	cd tools/releaseguard && go mod tidy -diff
	cd e2e && go mod tidy -diff

# Apart from rehearse-release, which releases several times. Without cgo and with -trimpath, the
# tests share the build cache with the plugins of the Botkube project, which they build as they
# would be released. GOGC saves a sixth of the compilation; make lint vets.
.PHONY: e2e
e2e: index ## Install what make index makes with Botkube's own plugin manager
	cd e2e && CGO_ENABLED=0 GOGC=400 go test -count=1 -trimpath -vet=off -p 2 -timeout 30m ./...

.PHONY: docs
docs: $(GORELEASER) ## Run all commands of the tutorial and the README, and compare what they show
	GORELEASER='$(abspath $(GORELEASER))' go test -count=1 -timeout 30m -tags docs ./docs

.PHONY: bench-peer
bench-peer: ## Measure indexgen generate beside Botkube's own index builder
	cd e2e && CGO_ENABLED=0 go run -trimpath ./cmd/benchpeer

.PHONY: fmt
fmt: $(GOLANGCI_LINT) ## Format the code
	$(GOLANGCI_LINT) fmt

.PHONY: reproducible
reproducible: $(GORELEASER) $(CYCLONEDX) ## Check that two builds of HEAD give the same bytes
	$(RELEASE_ENV) GORELEASER='$(abspath $(GORELEASER))' \
		go test -count=1 -v -timeout 30m -tags reproducible ./internal/reproducible

.PHONY: release
release: $(RELEASE_TOOLS) ## Publish the release of the tag at HEAD; needs GITHUB_TOKEN
	$(RELEASE_ENV) $(GORELEASER) release --clean

.PHONY: verify-release
verify-release: ## Check that Botkube could install all of the published index at INDEX_URL
	go run ./tools/indexgen verify "$${INDEX_URL:?is the URL of the index}"

.PHONY: pages
pages: ## Fetch the index of the release whose files are at RELEASE_URL into dist/site/
	rm -rf dist/site
	mkdir -p dist/site
	cd dist/site && for file in plugins-index.yaml checksums.txt; do \
		curl --fail --silent --show-error --location --retry 5 --remote-name "$${RELEASE_URL:?}/$$file" || exit 1; \
	done
	cd dist/site && grep ' plugins-index.yaml$$' checksums.txt | sha256sum --check
	go run ./tools/indexgen validate dist/site/plugins-index.yaml

.PHONY: rehearse-release
rehearse-release: $(RELEASE_TOOLS) ## Release HEAD as a whole, with nothing simulated but GitHub
	cd e2e && $(RELEASE_ENV) GORELEASER='$(abspath $(GORELEASER))' \
		go test -count=1 -v -timeout 30m -tags rehearsal ./rehearsal

.PHONY: bench
bench: ## Measure indexgen generate against its targets
	go test -run '^$$' -bench . -benchtime 5x -timeout 30m ./index ./tools/indexgen

.PHONY: clean
clean: ## Remove what the other targets made
	rm -rf bin dist

# A new version gets a new file name, so a change of the pin builds the tool anew.
bin/%:
	@echo "building $*, which takes some minutes the first time" >&2
	cd tools/pins/$(firstword $(subst -v, ,$*)) && CGO_ENABLED=0 go build -trimpath -o ../../../$@ tool
