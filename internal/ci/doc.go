// Package ci holds together what runs before a change lands: the workflows, the script .ci/run,
// the versions in tools/pins and what dependabot looks after. It has tests only.
package ci
