package webhook_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"example.com/overten/webhook"
)

// The synthetic delivery that the fault cases start from.
const (
	secretOne = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	secretTwo = "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
	signedAt  = 1760000000
	goodBody  = `{"event":"run.completed","run_id":"run_01","data":{"ok":true}}`
	goodValue = "sha256=f28888a08ad78128cfaa478ed699bbc4a9155929c0e8b1b0e14b671d1efe46c9"
)

var atSigning = time.Unix(signedAt, 0)

func goodHeader() http.Header {
	return http.Header{webhook.SignatureHeader: {goodValue}, webhook.TimestampHeader: {"1760000000"}, webhook.EventHeader: {"run.completed"}}
}

func mustVerifier(tb testing.TB, secrets webhook.Secrets, options ...webhook.VerifierOption) *webhook.Verifier {
	tb.Helper()
	v, err := webhook.NewVerifier(secrets, options...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = v.Close() })
	return v
}

// hexOr is text given as it is or, where it is no text, as hex.
type hexOr struct {
	Text *string
	Hex  *string
}

func (h hexOr) bytes() []byte {
	if h.Hex == nil {
		return []byte(*h.Text)
	}
	raw, err := hex.DecodeString(*h.Hex)
	if err != nil {
		panic(err)
	}
	return raw
}

type vector struct {
	ID           string              `json:"id"`
	Secrets      []string            `json:"secrets"`
	Headers      []map[string]string `json:"headers"`
	Body         *string             `json:"body"`
	BodyHex      *string             `json:"body_hex"`
	BodySpaces   int                 `json:"body_spaces"`
	Now          int64               `json:"now"`
	Tolerance    json.RawMessage     `json:"tolerance"`
	MaxBodyBytes *int                `json:"max_body_bytes"`
	Expect       struct {
		Result    string         `json:"result"`
		Code      string         `json:"code"`
		Status    int            `json:"status"`
		Retryable bool           `json:"retryable"`
		Age       *int64         `json:"age"`
		Secret    int            `json:"secret"`
		Timestamp int64          `json:"timestamp"`
		Event     map[string]any `json:"event"`
		Payload   string         `json:"payload"`
		Key       string         `json:"key"`
		TaskKey   string         `json:"task_key"`
	} `json:"expect"`
}

func loadVectors(tb testing.TB) []vector {
	tb.Helper()
	var file struct {
		Count int      `json:"count"`
		Cases []vector `json:"cases"`
	}
	path := os.Getenv("OVERTEN_VECTORS")
	if path == "" {
		path = filepath.Join("testdata", "vectors", "deliveries.json")
	}
	loadJSON(tb, path, &file)
	if file.Count != len(file.Cases) || file.Count == 0 {
		tb.Fatalf("%d cases where the file says %d", len(file.Cases), file.Count)
	}
	return file.Cases
}

func loadJSON(tb testing.TB, path string, into any) {
	tb.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		tb.Fatal(err)
	}
}

func (v vector) body() []byte {
	body := hexOr{v.Body, v.BodyHex}.bytes()
	for range v.BodySpaces {
		body = append(body, ' ')
	}
	return body
}

// pairs are the headers in the order received.
func (v vector) pairs() (pairs [][2]string) {
	for _, header := range v.Headers {
		value := header["value"]
		if raw, is := header["value_hex"]; is {
			value = string(hexOr{Hex: &raw}.bytes())
		}
		pairs = append(pairs, [2]string{header["name"], value})
	}
	return pairs
}

// header keeps the names as they were written, so that the library's own comparison is what is tested.
func (v vector) header() http.Header {
	header := http.Header{}
	for _, pair := range v.pairs() {
		header[pair[0]] = append(header[pair[0]], pair[1])
	}
	return header
}

func (v vector) options() (options []webhook.VerifierOption) {
	if v.MaxBodyBytes != nil {
		options = append(options, webhook.WithMaxBodyBytes(*v.MaxBodyBytes))
	}
	if v.Tolerance == nil {
		return options
	}
	past, future := json.RawMessage("300"), json.RawMessage("300")
	var sides map[string]json.RawMessage
	if json.Unmarshal(v.Tolerance, &sides) == nil && sides != nil {
		if side, given := sides["past"]; given {
			past = side
		}
		if side, given := sides["future"]; given {
			future = side
		}
	} else {
		past, future = v.Tolerance, v.Tolerance
	}
	return append(options, side(past, webhook.WithPast, webhook.WithoutPast), side(future, webhook.WithFuture, webhook.WithoutFuture))
}

func side(text json.RawMessage, with func(time.Duration) webhook.VerifierOption, without func() webhook.VerifierOption) webhook.VerifierOption {
	if string(text) == "null" {
		return without()
	}
	var seconds int64
	if err := json.Unmarshal(text, &seconds); err != nil {
		panic(err)
	}
	if seconds > 9_000_000_000 { // beyond what time.Duration holds
		panic(fmt.Sprint("tolerance ", seconds))
	}
	return with(time.Duration(seconds) * time.Second)
}
