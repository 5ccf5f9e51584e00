package fakegithub

import (
	"io"
	"net/http"
	"testing"
)

// Get requests a URL without a token, and returns the status and the body of the answer.
func Get(t testing.TB, url string) (status int, body []byte) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, body
}
