// Package bench measures this module beside a receiver written by hand and the standard-webhooks library, in one run.
package bench

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/overten/webhook"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

const secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

type fields struct {
	Event       string  `json:"event"`
	RunID       string  `json:"run_id"`
	TaskID      string  `json:"task_id"`
	AgentName   string  `json:"agent_name"`
	Format      string  `json:"format"`
	Status      string  `json:"status"`
	Summary     string  `json:"summary"`
	DownloadURL string  `json:"download_url"`
	CreditsUsed float64 `json:"credits_used"`
	DurationMS  uint64  `json:"duration_ms"`
}

// recipe is the receiver that people write by hand.
func recipe(header http.Header, body []byte, now time.Time, parse bool) (*fields, error) {
	timestamp := header.Get("X-Overten-Timestamp")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || now.Unix()-seconds > 300 || seconds-now.Unix() > 300 {
		return nil, fmt.Errorf("timestamp")
	}
	given, err := hex.DecodeString(strings.TrimPrefix(header.Get("X-Overten-Signature"), "sha256="))
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp))
	mac.Write([]byte("."))
	mac.Write(body)
	if !hmac.Equal(given, mac.Sum(nil)) {
		return nil, fmt.Errorf("signature")
	}
	if !parse {
		return nil, nil
	}
	read := new(fields)
	return read, json.Unmarshal(body, read)
}

func bodyOf(size int) []byte {
	body := []byte(`{"event":"run.completed","run_id":"run_01","task_id":"task_01","agent_name":"word","format":"word","status":"completed","credits_used":3.5,"duration_ms":81234,"download_url":"https://files.example/run_01.docx","summary":"`)
	return append(append(body, bytes.Repeat([]byte("x"), size-len(body)-2)...), `"}`...)
}

func Benchmark(b *testing.B) {
	v, err := webhook.NewVerifier(webhook.NewSecrets(secret))
	if err != nil {
		b.Fatal(err)
	}
	now := time.Now()
	for _, size := range []int{256, 1 << 10, 16 << 10, 1 << 20} {
		body := bodyOf(size)
		signature, err := webhook.Sign(secret, now, body)
		if err != nil {
			b.Fatal(err)
		}
		header := http.Header{"Content-Type": {"application/json"}, "User-Agent": {"Overten-Webhook/1.0"}, "Content-Length": {"1"}}
		signature.SetOn(header)
		measure(b, "verify/recipe", size, func() error { _, err := recipe(header, body, now, false); return err })
		measure(b, "verify/ours", size, func() error { _, err := v.Verify(header, body, now); return err })
		standard(b, size, body, now)
		measure(b, "event/recipe", size, func() error { _, err := recipe(header, body, now, true); return err })
		measure(b, "event/ours", size, func() error {
			delivery, err := v.Verify(header, body, now)
			if err != nil {
				return err
			}
			_, err = delivery.Event()
			return err
		})
	}
}

// standard measures the peer on the same body, signed in its own way.
func standard(b *testing.B, size int, body []byte, now time.Time) {
	peer, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		b.Fatal(err)
	}
	signed, err := peer.Sign("msg_1", now, body)
	if err != nil {
		b.Fatal(err)
	}
	header := http.Header{}
	header.Set("webhook-id", "msg_1")
	header.Set("webhook-timestamp", strconv.FormatInt(now.Unix(), 10))
	header.Set("webhook-signature", signed)
	measure(b, "verify/standard-webhooks", size, func() error { return peer.Verify(body, header) })
	measure(b, "event/standard-webhooks", size, func() error {
		if err := peer.Verify(body, header); err != nil {
			return err
		}
		return json.Unmarshal(body, new(fields))
	})
}

func measure(b *testing.B, name string, size int, run func() error) {
	b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(size))
		for b.Loop() {
			if err := run(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
