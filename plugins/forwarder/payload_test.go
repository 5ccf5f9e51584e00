package main

import (
	"strings"
	"testing"

	"botkube-plugins/internal/pluginkit/plugintest"
)

// payloadCase is a payload that both the plugin and the payload schema judge.
type payloadCase struct {
	name    string
	payload string
	want    string
	wantErr string // empty if the payload is valid
}

func payloadCases(t *testing.T) []payloadCase {
	t.Helper()
	const (
		wantObject  = `, want a JSON object such as {"message": "hello"}`
		wantMessage = ", want a string that is not blank"
	)
	return []payloadCase{
		{"empty", "", "", "payload: found nothing (unexpected end of JSON input)" + wantObject},
		{
			"cut off", `{"message": "hel`, "",
			`payload: found "{\"message\": \"hel" (unexpected end of JSON input)` + wantObject,
		},
		{
			"long and no JSON", "<html>" + strings.Repeat("ü", 155), "",
			`payload: found "<html>` + strings.Repeat("ü", 154) + `…" (161 characters)` +
				" (invalid character '<' looking for beginning of value)" + wantObject,
		},
		{"null", "null", "", "payload: found null" + wantObject},
		{"number", "5", "", "payload: found 5" + wantObject},
		{"string", `"hello"`, "", `payload: found "hello"` + wantObject},
		{"list", `[{"message": "hello"}]`, "", `payload: found [{"message":"hello"}]` + wantObject},
		{"no fields", "{}", "", "payload: message: found nothing in {}" + wantMessage},
		{
			"field in another case", `{"Message": "hello"}`, "",
			`payload: message: found nothing in {"Message":"hello"}` + wantMessage,
		},
		{"null message", `{"message": null}`, "", "payload: message: found null" + wantMessage},
		{"number as message", `{"message": 5}`, "", "payload: message: found 5" + wantMessage},
		{"boolean as message", `{"message": true}`, "", "payload: message: found true" + wantMessage},
		{"object as message", `{"message": {"text": "hello"}}`, "", `payload: message: found {"text":"hello"}` + wantMessage},
		{"empty message", `{"message": ""}`, "", `payload: message: found ""` + wantMessage},
		{"blank message", `{"message": " \n\t"}`, "", `payload: message: found " \n\t"` + wantMessage},

		{"message", `{"message": "hello"}`, "hello", ""},
		{"message with blanks around", `{"message": " hello\nworld "}`, " hello\nworld ", ""},
		{"more fields", `{"message": "hello", "level": 3}`, "hello", ""},
		{
			"README.md", plugintest.READMEMatch(t, `curl http://\S+:2115/sources/v1/deployments -d '(.*)'`),
			"deployed v1.2.3", "",
		},
	}
}

func TestPayloadSchemaAgreesWithThePlugin(t *testing.T) {
	for _, tt := range payloadCases(t) {
		t.Run(tt.name, func(t *testing.T) {
			if err := plugintest.SchemaError(t, payloadSchema, tt.payload); (err != nil) != (tt.wantErr != "") {
				t.Errorf("found the schema's error %v and the plugin's %q, want both or none", err, tt.wantErr)
			}
		})
	}
}
