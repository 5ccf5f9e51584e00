package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"botkube-plugins/internal/problem"
)

// parsePayload returns the message in a request's payload. It ignores other fields, so senders
// can add some.
func parsePayload(payload []byte) (string, error) {
	const (
		wantObject  = `a JSON object such as {"message": "hello"}`
		wantMessage = "a string that is not blank"
	)
	var document any
	if err := json.Unmarshal(payload, &document); err != nil {
		found := fmt.Sprintf("%s (%v)", problem.Quote(string(payload)), err)
		return "", problem.Problem{Where: "payload", Found: found, Want: wantObject}
	}
	fields, ok := document.(map[string]any)
	if !ok {
		return "", problem.Problem{Where: "payload", Found: problem.Value(document), Want: wantObject}
	}
	value, ok := fields["message"]
	if !ok {
		found := "nothing in " + problem.Value(document)
		return "", problem.Problem{Where: "payload", Field: "message", Found: found, Want: wantMessage}
	}
	message, _ := value.(string) // "" if it is no string
	if strings.TrimSpace(message) == "" {
		return "", problem.Problem{Where: "payload", Field: "message", Found: problem.Value(value), Want: wantMessage}
	}
	return message, nil
}
