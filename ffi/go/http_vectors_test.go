package webhook_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/overten/webhook"
)

// TestVectorsOverHTTP sends every vector, byte for byte, to a Handler behind a real server.
func TestVectorsOverHTTP(t *testing.T) {
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	defer server.Close()
	cases := loadVectors(t)
	sent, left := 0, 0
	for _, c := range cases {
		if cannotBeSent(c) {
			left++
			continue
		}
		var got []string
		keep := func(key string) { got = append(got, key) }
		handler = vectorHandler(c, keep)
		want := wantedAnswer(c)
		if answer := post(t, server.Listener.Addr().String(), c.pairs(), c.body()); answer != want {
			t.Errorf("%s: %q, want %q", c.ID, answer, want)
		}
		if wanted := wantedKeys(c); fmt.Sprint(got) != fmt.Sprint(wanted) {
			t.Errorf("%s: handed on %v, want %v", c.ID, got, wanted)
		}
		sent++
	}
	if sent+left != len(cases) || sent < len(cases)*9/10 {
		t.Errorf("%d sent, %d cannot be sent, of %d", sent, left, len(cases))
	}
	t.Logf("%d sent, %d cannot be sent", sent, left)
}

// cannotBeSent names what HTTP or Go's server cannot carry: a control character in a value, a name that is no token, a header
// section above 1 MiB.
func cannotBeSent(c vector) bool {
	for _, pair := range c.pairs() {
		if strings.ContainsFunc(pair[1], func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) || len(pair[1]) > 1<<19 {
			return true
		}
		if pair[0] == "" || strings.ContainsFunc(pair[0], func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r) }) {
			return true
		}
	}
	return false
}

func vectorHandler(c vector, keep func(string)) http.Handler {
	options := []webhook.HandlerOption{
		webhook.WithClock(func() time.Time { return time.Unix(c.Now, 0) }),
		webhook.WithLogger(slog.New(slog.DiscardHandler)),
		webhook.WithRetention(250 * 365 * 24 * time.Hour),
	}
	for _, option := range c.options() {
		options = append(options, option)
	}
	handler, _ := webhook.NewHandler(webhook.NewSecrets(c.Secrets...), webhook.NewMemoryStore(10),
		func(_ context.Context, event webhook.Event) error {
			key, err := event.IdempotencyKey(webhook.RunScope)
			keep(string(key))
			return err
		},
		func(_ context.Context, delivery *webhook.Delivery, _ error) error {
			key, err := delivery.BodyKey()
			keep(string(key))
			return err
		}, options...)
	return handler
}

func wantedKeys(c vector) []string {
	if c.Expect.Result != "verified" {
		return nil
	}
	return []string{c.Expect.Key}
}

func wantedAnswer(c vector) string {
	code := map[string]string{"refused": "misconfigured", "rejected": c.Expect.Code, "verified": "accepted"}[c.Expect.Result]
	if c.Expect.Payload != "" {
		code = "quarantined"
	}
	if c.Expect.Status == 200 {
		return fmt.Sprintf(`200 {"status":%q}`, code)
	}
	return fmt.Sprintf(`%d {"error":%q}`, c.Expect.Status, code)
}

// post writes the request by hand: a client would refuse or mend what a vector is about.
func post(tb testing.TB, address string, pairs [][2]string, body []byte) string {
	tb.Helper()
	var request bytes.Buffer
	fmt.Fprintf(&request, "POST /webhooks/overten HTTP/1.1\r\nConnection: close\r\nContent-Length: %d\r\n", len(body))
	host := "Host: test\r\n"
	for _, pair := range pairs {
		if strings.EqualFold(pair[0], "Host") {
			host = ""
		}
		fmt.Fprintf(&request, "%s: %s\r\n", pair[0], pair[1])
	}
	request.WriteString(host + "\r\n")
	request.Write(body)
	return exchange(tb, address, &request)
}

// exchange sends what the reader gives, for as long as the server takes it, and returns status and body of the answer.
func exchange(tb testing.TB, address string, request io.Reader) string {
	tb.Helper()
	connection, err := net.Dial("tcp", address)
	if err != nil {
		tb.Fatal(err)
	}
	defer connection.Close()
	go func() { _, _ = io.Copy(connection, request) }()
	return readAnswer(tb, connection)
}
