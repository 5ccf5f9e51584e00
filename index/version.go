package index

// CompareVersions orders versions as Botkube does: it returns a negative number if a is older than b,
// 0 if Botkube treats both as the same version, and a positive number if a is newer. ok is false if
// Botkube cannot compare them.
func CompareVersions(a, b string) (order int, ok bool) {
	va, vb := parseVersion(a), parseVersion(b)
	if va == nil || vb == nil {
		return 0, a == b
	}
	return compareVersions(vb, va), true
}

// NewMajor reports whether a version has a greater major number than an older one, so that it may
// break what worked with the older one (semver.org).
func NewMajor(older, newer string) bool {
	a, b := parseVersion(older), parseVersion(newer)
	return a != nil && b != nil && b.Segments64()[0] > a.Segments64()[0]
}

// VersionKey returns a text that versions share if, and only if, Botkube treats them as the same one,
// as SameVersion does.
func VersionKey(version string) string {
	key, _ := versionRank(version)
	return key
}
