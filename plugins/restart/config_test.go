package main

import (
	"fmt"
	"strings"
	"testing"

	"botkube-plugins/internal/pluginkit/plugintest"
)

func TestConfigs(t *testing.T) {
	const (
		deployments = "config 1 of 1: deployments: found "
		want        = ", want 1 to 100 namespaces, each with a list of at most 100 different deployments, all with valid Kubernetes names"
	)
	var many []string
	for i := range 101 {
		many = append(many, fmt.Sprint("web-", i))
	}
	defaults := config{deployments: map[string][]string{"shop": {"cart", "checkout"}, "staging": {}}}
	blog := config{deployments: map[string][]string{"blog": {"comments", "web"}}}
	plugintest.CheckExecutorConfigs(t, server{}, name, configSchema, mergeConfigs, []plugintest.ConfigCase[config]{
		{Name: "no namespace", Configs: []string{"deployments: {}"}, WantErr: deployments + "{}" + want},
		{Name: "no list", Configs: []string{"deployments: {shop: null}"}, WantErr: deployments + `{"shop":null}` + want},
		{Name: "name with a blank", Configs: []string{`deployments: {shop: ["a b"]}`}, WantErr: deployments + `{"shop":["a b"]}` + want},
		{Name: "upper case", Configs: []string{"deployments: {Shop: []}"}, WantErr: deployments + `{"Shop":[]}` + want},
		{Name: "a name twice", Configs: []string{"deployments: {shop: [cart, cart]}"}, WantErr: deployments + `{"shop":["cart","cart"]}` + want},
		{Name: "text", Configs: []string{"deployments: shop"}, WantErr: deployments + `"shop"` + want},
		{
			Name: "text instead of a list", Configs: []string{"deployments: {shop: cart}"},
			WantErr: deployments + `{"shop":"cart"} (cannot unmarshal !!str ` + "`cart`" + ` into []string)` + want,
		},
		{
			Name: "too many deployments", Configs: []string{"deployments: {a: [" + strings.Join(many, ", ") + "]}"},
			WantErr: deployments + `{"a":["web-0","web-1","web-2","web-3","web-4","web-5","web-6","web-7","web-8","web-9",` +
				`"web-10","web-11","web-12","web-13","web-14","web-15","web-16","web-17","w…` + want,
		},
		{
			Name: "every problem of every config", Configs: []string{"deployment: {}\ndeployments: 1", "deployments: {}"},
			WantErr: "config 1 of 2: deployment: found an unknown field, want one of: deployments\n" +
				"config 1 of 2: deployments: found 1" + want + "\nconfig 2 of 2: deployments: found {}" + want,
		},

		{Name: "none", Want: defaults},
		{Name: "empty and null", Configs: []string{"", "null\n", "deployments: null"}, Want: defaults},
		{Name: "the last wins", Configs: []string{"deployments: {a: []}", "deployments: {blog: [comments, web]}", "{}"}, Want: blog},
		{Name: "README.md", Configs: []string{plugintest.READMEConfig(t, name)}, Want: blog},
	})
}
