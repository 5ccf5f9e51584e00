# This needs only Go, git and make. Other tools are built into bin/ on first use, in the versions
# that tools/pins/<tool>/go.mod pins.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

version = $(shell awk '$$1 == "$(2)" && $$2 ~ /^v/ {print $$2}' tools/pins/$(1)/go.mod)

GORELEASER_VERSION    := $(call version,goreleaser,github.com/goreleaser/goreleaser/v2)
GOLANGCI_LINT_VERSION := $(call version,golangci-lint,github.com/golangci/golangci-lint/v2)
ACTIONLINT_VERSION    := $(call version,actionlint,github.com/rhysd/actionlint)
COSIGN_VERSION        := $(call version,cosign,github.com/sigstore/cosign/v3)
ACT_VERSION           := $(call version,act,github.com/nektos/act)
CYCLONEDX_VERSION     := $(call version,cyclonedx-gomod,github.com/CycloneDX/cyclonedx-gomod)

# A goreleaser on PATH is used if it has exactly the pinned version. So is a cosign.
GORELEASER := $(shell goreleaser --version 2>/dev/null | \
	grep -qE '^GitVersion: +v?$(GORELEASER_VERSION:v%=%)$$' && command -v goreleaser)
ifeq ($(GORELEASER),)
GORELEASER := bin/goreleaser-$(GORELEASER_VERSION)
endif
GOLANGCI_LINT := bin/golangci-lint-$(GOLANGCI_LINT_VERSION)
ACTIONLINT    := bin/actionlint-$(ACTIONLINT_VERSION)
ACT           := bin/act-$(ACT_VERSION)

# Only a release needs these two.
COSIGN := $(shell cosign version 2>/dev/null | \
	grep -qE '^GitVersion: +v?$(COSIGN_VERSION:v%=%)$$' && command -v cosign)
ifeq ($(COSIGN),)
COSIGN := bin/cosign-$(COSIGN_VERSION)
endif
CYCLONEDX := bin/cyclonedx-gomod-$(CYCLONEDX_VERSION)
RELEASE_TOOLS := $(GORELEASER) $(COSIGN) $(CYCLONEDX)
RELEASE_ENV    = COSIGN='$(abspath $(COSIGN))' CYCLONEDX_GOMOD='$(abspath $(CYCLONEDX))'

# GoReleaser asks git for the URL of the remote first. Without one, a snapshot has neither commit
# nor date. Only a release uses the URL.
ifeq ($(shell git remote),)
export GIT_CONFIG_COUNT := 1
export GIT_CONFIG_KEY_0 := remote.origin.url
export GIT_CONFIG_VALUE_0 := https://github.com/owner/botkube-plugins
endif

.PHONY: help
help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# The filter removes GoReleaser's farewell, and its warning for each archive that has only a
# binary, which is what Botkube needs. The hook in .goreleaser.yaml has built bin/indexgen.
.PHONY: index
index: SHELL := bash
index: $(GORELEASER) ## Build all plugins for all platforms, and their index, into dist/
	@set -o pipefail; $(GORELEASER) release --snapshot --clean --skip=sign 2>&1 | \
		grep --line-buffered -v -e 'no files matched' -e 'thanks for using GoReleaser' >&2
	@bin/indexgen validate dist/plugins-index.yaml
	@echo 'next: run make serve to try the plugins in a local Botkube, or push a tag to release them'

.PHONY: build
build: ## Build the plugins and tools for this machine only, into bin/
	CGO_ENABLED=0 go build -trimpath -o bin/ ./plugins/... ./tools/...

# These programs are not started with go run, so that Ctrl-C reaches them and make sees their exit
# codes.
.PHONY: bin/plugin bin/indexgen
bin/plugin bin/indexgen:
	@CGO_ENABLED=0 go build -trimpath -o $@ ./tools/$(@F)

.PHONY: new-plugin
new-plugin: bin/plugin ## Generate the plugin NAME of TYPE source or executor; INTERACTIVE=1 for one with buttons
	@bin/plugin new $(if $(INTERACTIVE),--interactive) --type "$${TYPE:?run make new-plugin NAME=foo TYPE=source or executor}" \
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

# The race detector needs a C compiler. Without one, go env prints 0.
RACE := $(if $(filter 1,$(shell go env CGO_ENABLED)),-race)

.PHONY: test
test: ## Run the tests, with the race detector where there is a C compiler
	go test $(RACE) -shuffle=on ./...
	cd tools/releaseguard && go test $(RACE) -shuffle=on ./...

FUZZTIME := 1m
FUZZPAIRS := 20000
FUZZ      = go test -run '^$$' -fuzztime $(FUZZTIME) -fuzzminimizetime 20x -fuzz

.PHONY: fuzz
fuzz: ## Try random indexes, names, archives, headers and schemas, FUZZTIME=1m for each
	$(FUZZ) '^FuzzDecode$$' ./index
	$(FUZZ) '^FuzzParse$$' ./internal/artifact
	$(FUZZ) '^FuzzInspect$$' ./tools/indexgen/internal/inspect
	$(FUZZ) '^FuzzHeader$$' ./tools/indexgen/internal/inspect
	go test -count=1 -run '^TestCompareRandomSchemas$$' -v ./internal/jsonschema -args -pairs $(FUZZPAIRS)

TEMPLATES := $(addprefix ./tools/plugin/internal/scaffold/_template/,source executor interactive)

.PHONY: lint
lint: $(GOLANGCI_LINT) $(ACTIONLINT) $(GORELEASER) ## Check the code, the workflows and the release configuration
	$(GOLANGCI_LINT) run --build-tags docs,reproducible ./... $(TEMPLATES)
	cd tools/releaseguard && ../../$(GOLANGCI_LINT) run ./...
	cd e2e && ../$(GOLANGCI_LINT) run --build-tags rehearsal ./...
	cd e2e/cluster && ../../$(GOLANGCI_LINT) run ./...
	cd e2e/registry && ../../$(GOLANGCI_LINT) run ./...
	$(ACTIONLINT)
	$(GORELEASER) check
	go mod tidy -diff
	cd tools/releaseguard && go mod tidy -diff
	cd e2e && go mod tidy -diff
	cd e2e/cluster && go mod tidy -diff
	cd e2e/gogetter184 && go mod tidy -diff
	cd e2e/registry && go mod tidy -diff

# An emulator that starts plugins for linux/arm64, what the guides push an image and unpack an archive
# with, and a tracer that the rehearsal watches a release with.
PACKAGES := python3 qemu-user-static skopeo strace zstd

.PHONY: packages
packages: ## Install the Debian packages that docs, e2e and rehearse-release need
	@dpkg --status $(PACKAGES) >/dev/null 2>&1 || { \
		sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
		$$sudo apt-get update && $$sudo apt-get install --yes $(PACKAGES); \
	} >&2

# Without cgo and with -trimpath, the tests share the build cache with the plugins of the Botkube
# project, which they build as a release does. GOGC=400 saves a sixth of the compilation. make lint
# runs vet. rehearse-release has its own target, since it releases several times.
.PHONY: e2e
e2e: index ## Install the output of make index with Botkube's own plugin manager
	@# The tests need namespaces, which Ubuntu allows only to root.
	@if [ "$$GITHUB_ACTIONS" = true ]; then sudo sysctl -e -w kernel.apparmor_restrict_unprivileged_userns=0; fi
	cd e2e && CGO_ENABLED=0 GOGC=400 go test -count=1 -trimpath -vet=off -p 2 -timeout 30m ./...

# At a tag of a release, a breaking change fails without a new major version of the plugin, unless the
# message of the tag has a line "Breaking: <reason>". Elsewhere, it is only shown.
INDEX := dist/plugins-index.yaml

.PHONY: changes
changes: bin/indexgen ## Show what changes for operators from the latest release, whose index is at LATEST_INDEX
	@test -n "$$LATEST_INDEX" || { echo 'LATEST_INDEX is not set, so there is nothing to compare with' >&2; exit 0; }; \
		tag=$$(git tag --points-at HEAD --list 'v*' | head -n 1); \
		reason=$$(test -z "$$tag" || git tag --list --format='%(if:equals=tag)%(objecttype)%(then)%(contents)%(end)' "$$tag" | \
			sed -n 's/^Breaking: *//p' | head -n 1); \
		set --; test -n "$$tag" && test -z "$$reason" || set -- --allow-breaking $${reason:+--reason "$$reason"}; \
		bin/indexgen diff --if-published --format markdown "$$@" "$$LATEST_INDEX" '$(INDEX)' \
		>> "$${GITHUB_STEP_SUMMARY:-/dev/stdout}"

.PHONY: docs
docs: $(GORELEASER) ## Run all commands of the README and three guides, and compare what they show
	GORELEASER='$(abspath $(GORELEASER))' go test -count=1 -timeout 30m -tags docs ./docs

.PHONY: bench-peer
bench-peer: ## Compare the speed of indexgen generate and of Botkube's own index builder
	cd e2e && CGO_ENABLED=0 go run -trimpath ./cmd/benchpeer

.PHONY: fmt
fmt: $(GOLANGCI_LINT) ## Format the code
	$(GOLANGCI_LINT) fmt

# It builds without network, so the modules must be there.
.PHONY: reproducible
reproducible: $(GORELEASER) $(CYCLONEDX) ## Check that two builds of HEAD give the same bytes
	go mod download
	cd tools/releaseguard && go mod download
	$(RELEASE_ENV) GORELEASER='$(abspath $(GORELEASER))' \
		go test -count=1 -v -timeout 30m -tags reproducible ./internal/reproducible

# A release is built twice. Plugins run only in prove and start, which need no token. publish needs
# one, and starts no plugin. PROVEN_SHA256 is the checksum of proven/checksums.txt, in which all
# other checksums are; between machines it takes another way than the files.
.PHONY: prove
prove: $(GORELEASER) $(CYCLONEDX) ## Build the release of the tag at HEAD into proven/ and start its plugins; publish nothing
	rm -rf proven
	PROVEN= $(RELEASE_ENV) $(GORELEASER) release --clean --skip=publish,announce,sign
	mkdir proven
	cd dist && cp checksums.txt $$(awk '{print $$2}' checksums.txt) ../proven/
	@echo "sha256=$(PROVEN_SUM)" >> "$${GITHUB_OUTPUT:-/dev/null}"
	@echo "proven: PROVEN_SHA256=$(PROVEN_SUM)"

SHA256SUM  := $(shell command -v sha256sum || echo shasum -a 256)
PROVEN_SUM  = $$($(SHA256SUM) < proven/checksums.txt | cut -d ' ' -f 1)

.PHONY: intact
intact: # Check that proven/ has what make prove built
	@: "$${PROVEN_SHA256:?set it to what make prove printed}"
	@cd proven && echo "$$PROVEN_SHA256  checksums.txt" | $(SHA256SUM) --check --quiet && \
		$(SHA256SUM) --check --quiet checksums.txt || { \
		echo 'error: proven/ is not what make prove built: the files above were changed after that' >&2; \
		echo '  hint: run all jobs again, or make prove; if it happens again, find out who changes the files' >&2; \
		exit 1; \
	}

.PHONY: start
start: intact bin/indexgen ## Start the plugins in proven/ for PLATFORM, which EXEC=PLATFORM=COMMAND can emulate
	mkdir -p started
	bin/indexgen verify --sandbox "$${SANDBOX:-auto}" $${EXEC:+--exec "$$EXEC"} --require-start="$${PLATFORM:?such as linux/amd64}" \
		--report "started/$$(echo "$$PLATFORM" | tr / -).json" --dist proven proven/plugins-index.yaml

.PHONY: publish
publish: $(RELEASE_TOOLS) intact ## Build the release again and publish it, if it is what is in proven/; needs GITHUB_TOKEN
	PROVEN='$(abspath proven)' $(RELEASE_ENV) $(GORELEASER) release --clean

.PHONY: release
release: prove ## Prove and publish the release of the tag at HEAD on this machine; needs GITHUB_TOKEN
	@PROVEN_SHA256="$(PROVEN_SUM)" $(MAKE) publish

.PHONY: summary
summary: bin/indexgen ## Show what make start checked and started, from all reports in started/
	bin/indexgen summary started/*.json >> "$${GITHUB_STEP_SUMMARY:-/dev/stdout}"

.PHONY: verify-release
verify-release: ## Check that Botkube can install everything in the published index at INDEX_URL
	go run ./tools/indexgen verify --sandbox "$${SANDBOX:-auto}" "$${INDEX_URL:?set it to the URL of the index}"

.PHONY: pages
pages: ## Download the index of the release at RELEASE_URL into dist/site/
	rm -rf dist/site
	mkdir -p dist/site
	cd dist/site && for file in plugins-index.yaml checksums.txt; do \
		curl --fail --silent --show-error --location --retry 5 --remote-name "$${RELEASE_URL:?}/$$file" || exit 1; \
	done
	cd dist/site && grep ' plugins-index.yaml$$' checksums.txt | sha256sum --check
	go run ./tools/indexgen validate dist/site/plugins-index.yaml

.PHONY: rehearse-release
rehearse-release: $(RELEASE_TOOLS) $(ACT) ## Release HEAD completely by the workflows, with only GitHub simulated
	cd e2e && $(RELEASE_ENV) ACT='$(abspath $(ACT))' GORELEASER='$(abspath $(GORELEASER))' \
		go test -count=1 -v -timeout 30m -tags rehearsal ./rehearsal

.PHONY: bench
bench: ## Measure indexgen against its speed targets
	go test -run '^$$' -bench . -benchtime 5x -timeout 30m ./index ./tools/indexgen

.PHONY: clean
clean: ## Remove the output of the other targets
	rm -rf bin dist proven started

# The file name has the version, so a new pin builds the tool again.
bin/%:
	@echo "building $*; this takes some minutes the first time" >&2
	cd tools/pins/$(firstword $(subst -v, ,$*)) && CGO_ENABLED=0 go build -trimpath -o ../../../$@ tool
