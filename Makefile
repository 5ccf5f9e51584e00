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

# It is not started with go run, so that Ctrl-C reaches it and make sees its exit code.
.PHONY: bin/plugin
bin/plugin:
	@CGO_ENABLED=0 go build -trimpath -o $@ ./tools/plugin

# Without make, go install ./tools/... installs the programs alone, into GOBIN.
PREFIX     := $(HOME)/.local
INSTALLED   = $(DESTDIR)$(PREFIX)
MAN         = $(INSTALLED)/share/man/man1
COMPLETION  = $(INSTALLED)/share/bash-completion/completions
ZSH         = $(INSTALLED)/share/zsh/site-functions
FISH        = $(INSTALLED)/share/fish/vendor_completions.d
PROGRAMS   := indexgen plugin
REPOSITORY  = $(shell git config --get remote.origin.url | sed -nE 's#\.git$$##; s#^(https://|(ssh://)?git@)github\.com[/:]([A-Za-z0-9-]+/[A-Za-z0-9._-]+)$$#\3#p')

.PHONY: install
install: ## Install indexgen and plugin with manual pages and completions, into PREFIX=~/.local
	@mkdir -p '$(INSTALLED)/bin' '$(MAN)' '$(COMPLETION)' '$(ZSH)' '$(FISH)'
	CGO_ENABLED=0 go build -trimpath -buildvcs=auto -ldflags '-X botkube-plugins/internal/cli.repository=$(REPOSITORY)' \
		-o '$(INSTALLED)/bin/' ./tools/...
	@for program in $(PROGRAMS); do \
		run='$(INSTALLED)/bin/'$$program; \
		"$$run" man '$(MAN)' && \
		"$$run" completion bash > '$(COMPLETION)/'$$program && \
		"$$run" completion zsh > '$(ZSH)/_'$$program && \
		"$$run" completion fish > '$(FISH)/'$$program.fish || exit 1; \
	done
	@'$(INSTALLED)/bin/indexgen' --version

.PHONY: uninstall
uninstall: ## Remove what make install installed into PREFIX
	@for program in $(PROGRAMS); do \
		rm -f '$(INSTALLED)/bin/'$$program '$(MAN)/'$$program.1 '$(MAN)/'$$program-*.1 \
			'$(COMPLETION)/'$$program '$(ZSH)/_'$$program '$(FISH)/'$$program.fish; \
	done

.PHONY: new-plugin
new-plugin: bin/plugin ## Generate the plugin NAME of TYPE source or executor; INTERACTIVE=1 for one with buttons
	@bin/plugin new $(if $(INTERACTIVE),--interactive) --type "$${TYPE:?run make new-plugin NAME=foo TYPE=source or executor}" \
		-- "$${NAME:?run make new-plugin NAME=foo TYPE=source or executor}"

.PHONY: sync-plugins
sync-plugins: bin/plugin ## Bring .goreleaser.yaml in line with the directories of plugins/
	@bin/plugin sync

.PHONY: serve
serve: bin/indexgen ## Serve dist/ to a local Botkube; run make index first; ARGS=--help shows options
	@exec bin/indexgen serve --readmes plugins $(ARGS)

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
	go test $(RACE) -shuffle=on -timeout 20m ./...
	cd tools/releaseguard && go test $(RACE) -shuffle=on -timeout 20m ./...

FUZZTIME := 30s
FUZZPAIRS := 20000
FUZZ      = go test -run '^$$' -fuzztime $(FUZZTIME) -fuzzminimizetime 20x -fuzz

.PHONY: fuzz
fuzz: ## Try random indexes, names, archives, headers and schemas, FUZZTIME=30s for each
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

# A browser with fonts, an emulator that starts plugins for linux/arm64, a tracer that the rehearsal
# watches a release with, what the guides unpack an archive and push an image with, what builds a plugin in C++, and
# npm, which may come from elsewhere.
PACKAGES := chromium fonts-dejavu-core fonts-liberation g++ libgrpc++-dev pkg-config protobuf-compiler-grpc \
	python3 qemu-user-static skopeo strace zstd
ifeq (,$(shell command -v npm))
PACKAGES += npm
endif

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

.PHONY: docs
docs: $(GORELEASER) ## Run all commands of the README and the guides, and compare what they show
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

# The steps of a release.
include .github/release.mk

.PHONY: release-build
release-build: $(GORELEASER) $(CYCLONEDX) # Build the release of the tag at HEAD into dist/
	$(RELEASE_ENV) $(GORELEASER) release --clean --skip=publish,announce,sign

.PHONY: prove
prove: release-build ## Build the release of the tag at HEAD into proven/ and start its plugins; publish nothing
	@$(MAKE) --no-print-directory proven

publish: $(COSIGN)

.PHONY: release
release: prove ## Prove, build again and publish the release of the tag at HEAD; needs GITHUB_TOKEN
	@PROVEN_SHA256="$(PROVEN_SUM)" REPRODUCIBLE=true $(MAKE) --no-print-directory release-build rebuilt publish

# It leaves out an index that Botkube rejects, and names it. A published release never changes, so the
# others would never be published otherwise.
.PHONY: pages
pages: bin/indexgen ## Merge the indexes of all releases of the repository at REPOSITORY_URL into dist/site/, with a site for people at PAGES_URL
	rm -rf dist/site dist/releases
	mkdir -p dist/site dist/releases
	go -C tools/releaseguard run . indexes "$${REPOSITORY_URL:?such as https://github.com/OWNER/REPO}" > dist/releases.txt
	@while read -r url; do \
		echo "$$url"; mkdir "dist/releases/$${url##*/}" && ( \
			cd "dist/releases/$${url##*/}" && \
			curl --fail --fail-early --silent --show-error --location --retry 5 --max-filesize 64M \
				--remote-name-all "$$url/plugins-index.yaml" "$$url/checksums.txt" && \
			grep ' plugins-index.yaml$$' checksums.txt | $(SHA256SUM) --check \
		) || exit 1; \
	done < dist/releases.txt
	bin/indexgen merge --skip-broken --output dist/site/plugins-index.yaml dist/releases/*/plugins-index.yaml
	bin/indexgen site --url "$${PAGES_URL:?such as https://OWNER.github.io/REPO}/plugins-index.yaml" --readmes plugins --sizes \
		--output dist/site dist/site/plugins-index.yaml

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
