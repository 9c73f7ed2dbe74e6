package webhook_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"example.com/overten/webhook"
)

type rawLineCase struct {
	ID           string
	Secrets      []string
	RawLog       string `json:"raw_log"`
	MaxBodyBytes int    `json:"max_body_bytes"`
	Requests     []rawLineRequest
}

type rawLineRequest struct {
	At, Times, Lines int64
	Headers          []map[string]string
	Body, Code, Line string
	BodyHex          string `json:"body_hex"`
}

func loadRawLines(t *testing.T) []rawLineCase {
	t.Helper()
	path := os.Getenv("OVERTEN_RAW_LINE_VECTORS")
	if path == "" {
		path = "testdata/vectors/raw_lines.json"
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Count int
		Cases []rawLineCase
	}
	if err := json.Unmarshal(text, &document); err != nil || len(document.Cases) != document.Count {
		t.Fatal(err, len(document.Cases))
	}
	return document.Cases
}

func given(t *testing.T, text, digits string) string {
	t.Helper()
	raw, err := hex.DecodeString(digits)
	if err != nil {
		t.Fatal(err)
	}
	return text + string(raw)
}

// receiver is that of a case, with what it logs and the clock by which it judges and counts.
func (c rawLineCase) receiver(t *testing.T) (h *webhook.Handler, log *bytes.Buffer, now *time.Time) {
	t.Helper()
	log, now = new(bytes.Buffer), new(time.Time)
	*now = time.Unix(0, 0)
	clock := func() time.Time { return *now }
	rawLog := map[string]webhook.RawLog{"off": webhook.RawLogOff, "failures": webhook.RawLogFailures, "all": webhook.RawLogAll}[c.RawLog]
	options := []webhook.HandlerOption{
		webhook.WithClock(clock), webhook.WithMonotonicClock(clock), webhook.WithRawLog(rawLog),
		webhook.WithLogger(slog.New(slog.NewJSONHandler(log, nil))),
	}
	if c.MaxBodyBytes != 0 {
		options = append(options, webhook.WithMaxBodyBytes(c.MaxBodyBytes))
	}
	handle := func(context.Context, webhook.Event) error { return nil }
	setAside := func(context.Context, *webhook.Delivery, error) error { return nil }
	h, err := webhook.NewHandler(webhook.NewSecrets(c.Secrets...), webhook.NewMemoryStore(10), handle, setAside, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h, log, now
}

// seen sends all that a case says, and gives the code and the raw line's members, if there is one, for each time.
func (c rawLineCase) seen(t *testing.T) (seen [][2]any) {
	t.Helper()
	h, log, now := c.receiver(t)
	for _, r := range c.Requests {
		*now = time.Unix(r.At, 0)
		for range r.Times {
			request := httptest.NewRequest("POST", "/", strings.NewReader(given(t, r.Body, r.BodyHex)))
			for _, header := range r.Headers {
				request.Header.Add(header["name"], given(t, header["value"], header["value_hex"]))
			}
			log.Reset()
			h.ServeHTTP(httptest.NewRecorder(), request)
			if err := h.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			seen = append(seen, [2]any{nil, nil})
			for line := range strings.Lines(log.String()) {
				members := membersOf(t, line)
				if code := members["code"]; code != nil {
					seen[len(seen)-1][0] = code
				} else {
					seen[len(seen)-1][1] = members
				}
			}
		}
	}
	return seen
}

// membersOf is a line's object, less what slog adds.
func membersOf(t *testing.T, line string) map[string]any {
	t.Helper()
	var members map[string]any
	if err := json.Unmarshal([]byte(line), &members); err != nil {
		t.Fatal(err, line)
	}
	for _, name := range []string{"time", "level", "msg"} {
		delete(members, name)
	}
	return members
}

func (c rawLineCase) expected(t *testing.T) (expected [][2]any) {
	for _, r := range c.Requests {
		for time := range r.Times {
			var line any
			if time < r.Lines {
				line = withHeaders(membersOf(t, r.Line))
			}
			expected = append(expected, [2]any{r.Code, line})
		}
	}
	return expected
}

// withHeaders is a line less an empty group, which slog leaves out.
func withHeaders(members map[string]any) map[string]any {
	if len(members["headers"].(map[string]any)) == 0 {
		delete(members, "headers")
	}
	return members
}

func TestRawLinesAreThoseOfTheVectors(t *testing.T) {
	for _, c := range loadRawLines(t) {
		if seen, expected := c.seen(t), c.expected(t); !reflect.DeepEqual(seen, expected) {
			t.Errorf("%s:\nexpected %v\nseen     %v", c.ID, expected, seen)
		}
	}
}

func TestFlippedRawLineFails(t *testing.T) {
	for _, c := range loadRawLines(t) {
		if c.ID == "failures/failed" {
			c.Requests[1].Line = strings.Replace(c.Requests[1].Line, "Length", "Longth", 1)
			if reflect.DeepEqual(c.seen(t), c.expected(t)) {
				t.Error("nothing was seen")
			}
			return
		}
	}
	t.Error("there is no such case")
}

// The members stand in the core's order, so that a person finds them, and the marker of a capture first.
func TestRawLineKeepsItsOrder(t *testing.T) {
	for _, c := range loadRawLines(t) {
		if c.ID != "all/accepted" {
			continue
		}
		h, log, now := c.receiver(t)
		*now = time.Unix(c.Requests[0].At, 0)
		request := httptest.NewRequest("POST", "/", strings.NewReader(c.Requests[0].Body))
		for _, header := range c.Requests[0].Headers {
			request.Header.Add(header["name"], header["value"])
		}
		log.Reset()
		h.ServeHTTP(httptest.NewRecorder(), request)
		if err := h.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := `"level":"WARN","msg":"overten webhook: raw",` + strings.TrimPrefix(c.Requests[0].Line, "{")
		if !strings.Contains(log.String(), want) {
			t.Errorf("%s\nis not in\n%s", want, log)
		}
	}
}
