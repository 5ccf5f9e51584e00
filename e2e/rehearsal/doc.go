// Package rehearsal runs a complete release of the last commit, as the release workflow does, in a
// clone and against fakegithub. It also runs the GitHub Action in a repository of its user. Its tests
// need the build tag "rehearsal" and the tools that make rehearse-release provides. They take several
// minutes.
package rehearsal
