package site

import (
	"cmp"
	"fmt"
	"regexp"

	"botkube-plugins/index"
)

// trust is what is known about where the files of a plugin come from.
type trust struct {
	// Release is the release on GitHub that all files are in, or nil.
	Release *release
	// Verify checks everything that the index says.
	Verify string
}

func newTrust(from Repository, e index.Entry) trust {
	t := trust{Verify: "indexgen verify " + shellWord(from.URL)}
	for i, a := range e.URLs {
		r := releaseOf(a.URL)
		if r != nil {
			r.Workflow = cmp.Or(from.Workflow, r.Repository())
		}
		if r == nil || i > 0 && *r != *t.Release {
			t.Release = nil
			return t
		}
		t.Release = r
	}
	return t
}

// The commands of docs/verify-a-release.md, for this release. A test compares them.

// Download is the command that downloads what the others check.
func (r release) Download() string {
	return fmt.Sprintf("curl -fsSL --remote-name-all %s/{checksums.txt,checksums.txt.sigstore.json,plugins-index.yaml}", r.Files())
}

// VerifySignature is the command that checks who signed the checksums.
func (r release) VerifySignature() string {
	return fmt.Sprintf(`cosign verify-blob checksums.txt \
  --bundle checksums.txt.sigstore.json \
  --certificate-oidc-issuer https://token.actions.githubusercontent.com \
  %s \
  --certificate-github-workflow-repository %s \
  --certificate-github-workflow-ref refs/tags/%s`, r.identity(), r.Repository(), r.Tag)
}

// identity is the flag that names the workflow that signed. That of another repository is called at a
// commit that the index does not have.
func (r release) identity() string {
	if r.Workflow == r.Repository() {
		return fmt.Sprintf("--certificate-identity %s/.github/workflows/release-plugins.yml@refs/tags/%s", r.GitHub(), r.Tag)
	}
	return fmt.Sprintf(`--certificate-identity-regexp '^https://github\.com/%s/\.github/workflows/release-plugins\.yml@'`, regexp.QuoteMeta(r.Workflow))
}

// VerifyChecksums is the command that checks the files by the signed checksums.
func (release) VerifyChecksums() string { return "sha256sum --check --ignore-missing checksums.txt" }

// VerifyAttestation is the command that checks where the index was built.
func (r release) VerifyAttestation() string {
	return fmt.Sprintf(`gh attestation verify plugins-index.yaml --repo %s \
  --signer-workflow %s/.github/workflows/release-plugins.yml --source-ref refs/tags/%s`, r.Repository(), r.Workflow, r.Tag)
}

// ShowCommit is the command that shows the commit of the release.
func (r release) ShowCommit() string {
	return fmt.Sprintf("git ls-remote %s refs/tags/%s 'refs/tags/%[2]s^{}'", r.GitHub(), r.Tag)
}
