// Package rehearsal releases the last commit as a whole, as the release workflow does, in a
// clone and against fakegithub. Its tests need the build tag "rehearsal" and the tools that
// make rehearse-release gives them, and take some minutes.
package rehearsal
