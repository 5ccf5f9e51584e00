package artifact

import (
	"fmt"

	"botkube-plugins/index"
	"botkube-plugins/internal/problem"
)

// Form selects which files of a plugin are published.
type Form string

// The forms. FormAuto selects a platform's archive if it exists, and its binary otherwise.
const (
	FormAuto    Form = "auto"
	FormArchive Form = "archive"
	FormBinary  Form = "binary"
)

// Plugin is the files of one plugin in a directory.
type Plugin struct {
	Type index.Type
	Name string
	// Published has one artifact for each platform, sorted by platform.
	Published []Artifact
	// Binaries has the platforms' binaries, published or not.
	Binaries map[index.Platform]Artifact
}

// Key identifies the plugin: its type and name, such as "source/ticker".
func (p Plugin) Key() string { return string(p.Type) + "/" + p.Name }

// Group groups the artifacts that Find returns by plugin, and picks the published ones.
func Group(artifacts []Artifact, form Form) ([]Plugin, problem.List) {
	var plugins []Plugin
	var problems problem.List
	for len(artifacts) > 0 {
		first := artifacts[0]
		if len(plugins) == 0 || plugins[len(plugins)-1].Key() != first.Key() {
			plugins = append(plugins, Plugin{Type: first.Type, Name: first.Name, Binaries: map[index.Platform]Artifact{}})
		}
		plugin := &plugins[len(plugins)-1]

		n := 1
		for n < len(artifacts) && artifacts[n].Key() == first.Key() && artifacts[n].Platform == first.Platform {
			n++
		}
		published, problem := pick(artifacts[:n], form)
		if problem != nil {
			problems = append(problems, *problem)
		} else {
			plugin.Published = append(plugin.Published, published)
		}
		for _, a := range artifacts[:n] {
			if a.Archive == "" {
				plugin.Binaries[a.Platform] = a
			}
		}
		artifacts = artifacts[n:]
	}
	return plugins, problems
}

// pick selects the published artifact of one plugin for one platform.
func pick(artifacts []Artifact, form Form) (Artifact, *problem.Problem) {
	byForm := map[Form][]Artifact{}
	for _, a := range artifacts {
		f := FormArchive
		if a.Archive == "" {
			f = FormBinary
		}
		if twin := byForm[f]; len(twin) > 0 {
			return Artifact{}, &problem.Problem{
				Where: fmt.Sprintf("%s for %s", a.Key(), a.Platform),
				Found: fmt.Sprintf("two files, %s and %s", twin[0].File, a.File),
				Want:  fmt.Sprintf("one %s for each plugin and platform", f),
			}
		}
		byForm[f] = append(byForm[f], a)
	}
	if form == FormAuto {
		form = FormArchive
		if len(byForm[FormArchive]) == 0 {
			form = FormBinary
		}
	}
	if len(byForm[form]) == 0 {
		return Artifact{}, &problem.Problem{
			Where: fmt.Sprintf("%s for %s", artifacts[0].Key(), artifacts[0].Platform),
			Found: "only " + artifacts[0].File,
			Want:  fmt.Sprintf("the %s that --publish %s asks for", form, form),
		}
	}
	return byForm[form][0], nil
}
