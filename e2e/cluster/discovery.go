package main

import (
	"net/http"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/version"
)

// served are the kinds that the API has, by group and version.
var served = map[schema.GroupVersion]struct{ namespaced, global []string }{
	{Version: "v1"}: {
		namespaced: []string{"ConfigMap", "PersistentVolumeClaim", "Pod", "Secret", "Service", "ServiceAccount"},
		global:     []string{"Namespace"},
	},
	{Group: "apps", Version: "v1"}: {namespaced: []string{"Deployment"}},
	{Group: "rbac.authorization.k8s.io", Version: "v1"}: {
		namespaced: []string{"Role", "RoleBinding"},
		global:     []string{"ClusterRole", "ClusterRoleBinding"},
	},
}

// plural returns the name of a kind in URLs.
func plural(kind string) string { return strings.ToLower(kind) + "s" }

// kindOf is the inverse of plural.
func kindOf(resource string) string {
	for _, kinds := range served {
		for _, kind := range slices.Concat(kinds.namespaced, kinds.global) {
			if plural(kind) == resource {
				return kind
			}
		}
	}
	return ""
}

// root returns the path of a group and version in URLs.
func root(gv schema.GroupVersion) string {
	if gv.Group == "" {
		return "api/" + gv.Version
	}
	return "apis/" + gv.String()
}

// handleDiscovery answers which kinds there are, and that the server checks their fields.
func handleDiscovery(mux *http.ServeMux) {
	serve := func(path string, answer any) {
		mux.HandleFunc("GET /"+path, func(w http.ResponseWriter, _ *http.Request) { write(w, http.StatusOK, answer) })
	}
	groups := metav1.APIGroupList{TypeMeta: metav1.TypeMeta{Kind: "APIGroupList", APIVersion: "v1"}}
	documents := map[string]any{}
	for gv, kinds := range served {
		list := metav1.APIResourceList{TypeMeta: metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"}, GroupVersion: gv.String()}
		paths := map[string]any{}
		add := func(kind string, namespaced bool) {
			list.APIResources = append(list.APIResources, metav1.APIResource{
				Name: plural(kind), SingularName: strings.ToLower(kind), Namespaced: namespaced, Kind: kind,
				Verbs: metav1.Verbs{"create", "delete", "get", "list", "patch", "update"},
			})
			paths["/"+root(gv)+"/"+plural(kind)] = map[string]any{"patch": map[string]any{
				"parameters":                      []any{map[string]any{"name": "fieldValidation", "in": "query"}},
				"x-kubernetes-group-version-kind": map[string]any{"group": gv.Group, "version": gv.Version, "kind": kind},
				"responses":                       map[string]any{},
			}}
		}
		for _, kind := range kinds.namespaced {
			add(kind, true)
		}
		for _, kind := range kinds.global {
			add(kind, false)
		}
		serve(root(gv), list)
		if gv.Group != "" {
			v := metav1.GroupVersionForDiscovery{GroupVersion: gv.String(), Version: gv.Version}
			groups.Groups = append(groups.Groups, metav1.APIGroup{
				Name: gv.Group, Versions: []metav1.GroupVersionForDiscovery{v}, PreferredVersion: v,
			})
		}
		documents[root(gv)] = map[string]any{"serverRelativeURL": "/openapi/v3/" + root(gv)}
		serve("openapi/v3/"+root(gv), map[string]any{"openapi": "3.0.0", "info": map[string]any{}, "paths": paths})
	}
	serve("api", metav1.APIVersions{TypeMeta: metav1.TypeMeta{Kind: "APIVersions", APIVersion: "v1"}, Versions: []string{"v1"}})
	serve("apis", groups)
	serve("openapi/v3", map[string]any{"paths": documents})
	serve("version", version.Info{Major: "1", Minor: "37", GitVersion: "v1.37.1"})
}
