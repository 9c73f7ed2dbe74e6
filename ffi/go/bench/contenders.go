package main

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
	"time"

	"example.com/overten/webhook"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

const secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

// fields are what is read of a delivery.
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

// bodyOf is an event of that size.
func bodyOf(size int) []byte {
	body := []byte(`{"event":"run.completed","run_id":"run_01","task_id":"task_01","agent_name":"word","format":"word","status":"completed","credits_used":3.5,"duration_ms":81234,"download_url":"https://files.example/run_01.docx","summary":"`)
	return append(append(body, bytes.Repeat([]byte("x"), size-len(body)-2)...), `"}`...)
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

// contender is a work and who does it.
type contender struct{ work, name string }

// contenders do their work on one signed body.
type contenders map[contender]func() error

func newContenders(size int) (contenders, error) {
	now, body := time.Now(), bodyOf(size)
	verifier, err := webhook.NewVerifier(webhook.NewSecrets(secret))
	if err != nil {
		return nil, err
	}
	signature, err := webhook.Sign(secret, now, body)
	if err != nil {
		return nil, err
	}
	header := http.Header{"Content-Type": {"application/json"}, "User-Agent": {"Overten-Webhook/1.0"}, "Content-Length": {strconv.Itoa(size)}}
	signature.SetOn(header)
	verifyStandard, err := standard(body, now)
	if err != nil {
		return nil, err
	}
	return contenders{
		{"verify", "recipe"}:            func() error { _, err := recipe(header, body, now, false); return err },
		{"verify", "ours"}:              func() error { _, err := verifier.Verify(header, body, now); return err },
		{"verify", "standard-webhooks"}: verifyStandard,
		{"event", "recipe"}:             func() error { _, err := recipe(header, body, now, true); return err },
		{"event", "ours"}: func() error {
			delivery, err := verifier.Verify(header, body, now)
			if err != nil {
				return err
			}
			_, err = delivery.Event()
			return err
		},
		{"event", "standard-webhooks"}: func() error {
			if err := verifyStandard(); err != nil {
				return err
			}
			return json.Unmarshal(body, new(fields))
		},
	}, nil
}

// standard is the peer's verifier for the same body, signed in its own way.
func standard(body []byte, now time.Time) (func() error, error) {
	peer, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		return nil, err
	}
	signed, err := peer.Sign("msg_1", now, body)
	if err != nil {
		return nil, err
	}
	header := http.Header{}
	header.Set("webhook-id", "msg_1")
	header.Set("webhook-timestamp", strconv.FormatInt(now.Unix(), 10))
	header.Set("webhook-signature", signed)
	return func() error { return peer.Verify(body, header) }, nil
}
