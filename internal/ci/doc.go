// Package ci holds together what runs before a change lands: the workflows, the script .ci/run,
// the versions in tools/pins and what dependabot looks after. It keeps plugins from running where a
// workflow has a token, values of inputs out of the shell of the actions, and the stand-ins of the
// rehearsal in line with the pinned actions. It also checks the links in the documents, and the files
// that CONTRIBUTING.md names. It has tests only.
package ci
