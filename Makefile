# Go, git and make are all that this needs: other tools are built on first use from
# tools/<name>/go.mod, which pins them, into bin/.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

version = $(shell awk '$$1 == "$(2)" && $$2 ~ /^v/ {print $$2}' tools/$(1)/go.mod)

GORELEASER_VERSION    := $(call version,goreleaser,github.com/goreleaser/goreleaser/v2)
GOLANGCI_LINT_VERSION := $(call version,golangci-lint,github.com/golangci/golangci-lint/v2)
ACTIONLINT_VERSION    := $(call version,actionlint,github.com/rhysd/actionlint)

# A goreleaser on PATH of the very version that is pinned is as good as our own.
GORELEASER := $(shell goreleaser --version 2>/dev/null | \
	grep -qE '^GitVersion: +v?$(GORELEASER_VERSION:v%=%)$$' && command -v goreleaser)
ifeq ($(GORELEASER),)
GORELEASER := bin/goreleaser-$(GORELEASER_VERSION)
endif
GOLANGCI_LINT := bin/golangci-lint-$(GOLANGCI_LINT_VERSION)
ACTIONLINT    := bin/actionlint-$(ACTIONLINT_VERSION)

# GoReleaser asks the remote's URL before anything else of git, and without one a snapshot
# would know neither commit nor date. Only a release uses the URL.
ifeq ($(shell git remote),)
export GIT_CONFIG_COUNT := 1
export GIT_CONFIG_KEY_0 := remote.origin.url
export GIT_CONFIG_VALUE_0 := https://github.com/owner/botkube-plugins
endif

.PHONY: help
help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: index
index: $(GORELEASER) ## Build all plugins for all platforms, and their index, into dist/
	$(GORELEASER) release --snapshot --clean

.PHONY: build
build: ## Build the plugins and tools for this machine only, into bin/
	CGO_ENABLED=0 go build -trimpath -o bin/ ./plugins/... ./tools/...

# The race detector needs a C compiler; without one, go env says 0.
RACE := $(if $(filter 1,$(shell go env CGO_ENABLED)),-race)

.PHONY: test
test: ## Run the tests, with the race detector where there is a C compiler
	go test $(RACE) -shuffle=on ./...

.PHONY: lint
lint: $(GOLANGCI_LINT) $(ACTIONLINT) $(GORELEASER) ## Check the code, the workflows and the release's configuration
	$(GOLANGCI_LINT) run ./...
	$(ACTIONLINT)
	$(GORELEASER) check
	go mod tidy -diff

.PHONY: fmt
fmt: $(GOLANGCI_LINT) ## Format the code
	$(GOLANGCI_LINT) fmt

.PHONY: reproducible
reproducible: $(GORELEASER) ## Check that two builds of HEAD give the same bytes
	.ci/reproducible
	.ci/fork $(GORELEASER)

.PHONY: bench
bench: ## Measure indexgen generate against its targets
	go test -run '^$$' -bench . -benchtime 5x -timeout 30m ./index ./tools/indexgen

.PHONY: clean
clean: ## Remove what the other targets made
	rm -rf bin dist

# A new version gets a new file name, so a change of the pin builds the tool anew.
bin/%:
	@echo "building $*, which takes some minutes the first time" >&2
	cd tools/$(firstword $(subst -v, ,$*)) && CGO_ENABLED=0 go build -o ../../$@ tool
