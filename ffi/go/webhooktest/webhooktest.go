// Package webhooktest makes signed requests for tests of a service that receives Overten's webhooks.
package webhooktest

import (
	"bytes"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"example.com/overten/webhook"
)

// Secret makes a secret that only this test knows. There is none that may be written down.
func Secret(tb testing.TB) string {
	tb.Helper()
	return "whsec_" + rand.Text()
}

// NewRequest makes a delivery as it arrives at a server: a POST of the body to the target, signed with the secret at this time.
// A secret or a time that Overten could not use ends the test.
func NewRequest(tb testing.TB, target, secret string, timestamp time.Time, body []byte) *http.Request {
	tb.Helper()
	request := httptest.NewRequest(http.MethodPost, target, bytes.NewReader(body))
	Sign(tb, request, secret, timestamp, body)
	return request
}

// Sign puts the headers of a delivery on a request that carries the body, for instance one for a client to send.
func Sign(tb testing.TB, request *http.Request, secret string, timestamp time.Time, body []byte) {
	tb.Helper()
	signature, err := webhook.Sign(secret, timestamp, body)
	if err != nil {
		tb.Fatal(err)
	}
	signature.SetOn(request.Header)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "Overten-Webhook/1.0")
}

// NewDelivery makes a delivery of the body that has been verified, for testing a function that sets deliveries aside.
func NewDelivery(tb testing.TB, body []byte) *webhook.Delivery {
	tb.Helper()
	secret := Secret(tb)
	verifier, err := webhook.NewVerifier(webhook.NewSecrets(secret))
	if err != nil {
		tb.Fatal(err)
	}
	now := time.Now()
	delivery, err := verifier.Verify(NewRequest(tb, "/", secret, now, body).Header, body, now)
	if err != nil {
		tb.Fatal(err)
	}
	return delivery
}

// NewEvent makes the event that the body holds, for testing a [webhook.EventFunc] without a handler. A body that cannot be read
// ends the test.
func NewEvent(tb testing.TB, body string) webhook.Event {
	tb.Helper()
	event, err := NewDelivery(tb, []byte(body)).Event()
	if err != nil {
		tb.Fatal(err)
	}
	return event
}
