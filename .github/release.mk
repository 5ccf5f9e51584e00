# The steps of a release. The Makefile includes this file. In other repositories, the workflow
# release-plugins.yml runs it with make -f. The steps work on three directories: dist/ is what was
# built, proven/ is what may be published, and started/ has reports of what was started.
#
# Plugins run only in the build, in start and in verify-release, which need no token. publish needs
# one, and runs nothing of what it publishes.

# The checkout of this repository, with a slash, or nothing if it is the current directory.
TOOLS := $(patsubst %.github/,%,$(dir $(lastword $(MAKEFILE_LIST))))

.PHONY: $(TOOLS)bin/indexgen
$(TOOLS)bin/indexgen:
	@CGO_ENABLED=0 go -C './$(TOOLS)' build -trimpath -o bin/indexgen ./tools/indexgen

SHA256SUM := $(shell command -v sha256sum || echo shasum -a 256)

# The URL of the release's page. If RELEASE_URL is not set, it is what GoReleaser wrote.
RELEASE_PAGE = $${RELEASE_URL:-$$(cat dist/release-url.txt)}

# At a tag of a release, a breaking change fails without a new major version of the plugin, unless the
# message of the tag has a line "Breaking: <reason>". Elsewhere, it is only shown. The tag is the one
# that GoReleaser takes.
INDEX   := dist/plugins-index.yaml
CHANGES := /dev/null

.PHONY: changes
changes: SHELL := bash
changes: $(TOOLS)bin/indexgen ## Show what changes for operators from the latest release, whose index is at LATEST_INDEX
	@test -n "$$LATEST_INDEX" || { echo 'LATEST_INDEX is not set, so there is nothing to compare with' >&2; exit 0; }; \
		tag=$$(git tag --points-at HEAD --sort -version:refname --list 'v*' | head -n 1); \
		reason=$$(test -z "$$tag" || git tag --list --format='%(if:equals=tag)%(objecttype)%(then)%(contents)%(end)' "$$tag" | \
			sed -n 's/^Breaking: *//p' | head -n 1); \
		set --; test -n "$$tag" && test -z "$$reason" || set -- --allow-breaking $${reason:+--reason "$$reason"}; \
		set -o pipefail; \
		$(TOOLS)bin/indexgen diff --if-published --format markdown "$$@" "$$LATEST_INDEX" '$(INDEX)' | \
			tee -a "$${GITHUB_STEP_SUMMARY:-/dev/null}" '$(CHANGES)' || { \
			code=$$?; \
			test $$code != 4 || echo '  hint: to release it, give the tag a message with the line "Breaking: <reason>": git tag --annotate --force' "$$tag" >&2; \
			exit $$code; \
		}

# PROVEN_SHA256 is the checksum of the lines that sha256sum prints for checksums.txt, in which all
# other checksums are, and for notes.md. Between machines, it takes another way than the files.
.PHONY: proven
proven: $(TOOLS)bin/indexgen # Copy the release in dist/ to proven/, with its notes and checksums
	rm -rf proven
	mkdir proven
	@page="$(RELEASE_PAGE)" && files=$$('./$(TOOLS).github/files.sh' "$$page") && \
		echo "$$files" | while IFS= read -r file; do cp "dist/$$file" proven/ || exit 1; done && \
		cd proven && sums=$$($(SHA256SUM) -- *) && echo "$$sums" > checksums.txt
	@page="$(RELEASE_PAGE)" && LATEST_INDEX="$${page%/tag/*}/latest/download/plugins-index.yaml" \
		$(MAKE) --no-print-directory -f '$(firstword $(MAKEFILE_LIST))' changes INDEX=proven/plugins-index.yaml CHANGES=proven/notes.md
	@test ! -e dist/CHANGELOG.md || { test ! -s proven/notes.md || echo; cat dist/CHANGELOG.md; } >> proven/notes.md
	@page="$(RELEASE_PAGE)" && './$(TOOLS).github/installing.sh' "$$page" "$${GUIDE_URL:-$$(echo "$$page" | sed 's|/releases/tag/|/blob/|')/docs/verify-a-release.md}" >> proven/notes.md
	@echo "platforms=$$($(TOOLS)bin/indexgen validate proven/plugins-index.yaml | './$(TOOLS).github/platforms.sh')" >> "$${GITHUB_OUTPUT:-/dev/null}"
	@echo "sha256=$(PROVEN_SUM)" >> "$${GITHUB_OUTPUT:-/dev/null}"
	@echo "commit=$$(git rev-parse HEAD)" >> "$${GITHUB_OUTPUT:-/dev/null}"
	@echo "proven: PROVEN_SHA256=$(PROVEN_SUM)"

PROVEN_SUM = $$(cd proven && $(SHA256SUM) checksums.txt notes.md | $(SHA256SUM) | cut -d ' ' -f 1)

.PHONY: intact
intact: # Check that proven/ is what was proven
	@: "$${PROVEN_SHA256:?set it to what make prove printed}"
	@{ test "$(PROVEN_SUM)" = "$$PROVEN_SHA256" || { echo 'checksums.txt or notes.md: FAILED' >&2; false; }; } && \
		cd proven && $(SHA256SUM) --check --quiet checksums.txt || { \
		echo 'error: proven/ is not what was proven: the files above were changed after that' >&2; \
		echo '  hint: run all jobs again, or make prove; if it happens again, find out who changes the files' >&2; \
		exit 1; \
	}

.PHONY: start
start: intact $(TOOLS)bin/indexgen ## Start the plugins in proven/ for PLATFORM, which EXEC=PLATFORM=COMMAND can emulate
	mkdir -p started
	$(TOOLS)bin/indexgen verify --sandbox "$${SANDBOX:-auto}" $${EXEC:+--exec "$$EXEC"} --require-start="$${PLATFORM:?such as linux/amd64}" \
		--report "started/$$(echo "$$PLATFORM" | tr / -).json" --dist proven proven/plugins-index.yaml

# An index that only the action generates is not built again: it follows from the plugins.
.PHONY: rebuilt
rebuilt: intact # Compare the release that was built again in dist/ with proven/
	@cd dist && { test -e plugins-index.yaml && cat ../proven/checksums.txt || grep -v ' plugins-index.yaml$$' ../proven/checksums.txt; } | \
		$(SHA256SUM) --check --quiet && echo 'both builds have the same bytes' || { \
		echo 'the build is not reproducible: the files above differ from those in proven/' >&2; \
		echo '  hint: a build differs each time if it contains the current time, a random number, the path of a directory or the order of a map' >&2; \
		test "$$REPRODUCIBLE" != true && echo 'The build is not reproducible: a second build gave other bytes. Published are the files that were proven.' \
			>> "$${GITHUB_STEP_SUMMARY:-/dev/stdout}"; \
	}

# The workflow signs as itself, without a key. COSIGN_KEY names a key instead, like cosign's --key.
# Then only the owner of the key is involved, and nothing is written to a public log.
.PHONY: publish
publish: intact ## Sign and publish the release in proven/; needs GITHUB_TOKEN
	@'$(or $(COSIGN),cosign)' sign-blob --yes --bundle proven/checksums.txt.sigstore.json \
		$${COSIGN_KEY:+--key "$$COSIGN_KEY" --use-signing-config=false --tlog-upload=false} proven/checksums.txt
	@set --; for file in "$$PWD"/proven/*; do test "$$file" = "$$PWD/proven/notes.md" || set -- "$$@" "$$file"; done; \
		page="$(RELEASE_PAGE)" && CGO_ENABLED=0 go -C './$(TOOLS)tools/releaseguard' run . publish "$$PWD/proven/notes.md" "$$page" \
			"$${COMMIT:-$$(git rev-parse HEAD)}" "$$@"

.PHONY: summary
summary: $(TOOLS)bin/indexgen ## Show what make start checked and started, from all reports in started/
	$(TOOLS)bin/indexgen summary started/*.json >> "$${GITHUB_STEP_SUMMARY:-/dev/stdout}"

.PHONY: verify-release
verify-release: $(TOOLS)bin/indexgen ## Check that Botkube can install everything in the published index at INDEX_URL
	$(TOOLS)bin/indexgen verify --sandbox "$${SANDBOX:-auto}" "$${INDEX_URL:?set it to the URL of the index}"
