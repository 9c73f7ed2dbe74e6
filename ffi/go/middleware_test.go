package webhook_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"example.com/overten/webhook"
	"example.com/overten/webhook/webhooktest"
)

func TestMiddlewareLetsNothingButDeliveriesThrough(t *testing.T) {
	secret := webhooktest.Secret(t)
	v := mustVerifier(t, webhook.NewSecrets(secret))
	var reasons []error
	reached := 0
	handler := v.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		reached++
		body, err := io.ReadAll(request.Body)
		if event, readErr := webhook.DeliveryFrom(request.Context()).Event(); errors.Join(err, readErr) != nil || string(body) != goodBody || event.RunID() != "run_01" {
			t.Errorf("%s, %v, %v", body, err, readErr)
		}
	}), func(_ *http.Request, reason error) { reasons = append(reasons, reason) })
	answer := func(request *http.Request) string { return answerOf(handler, request) }
	expect(t, answer(webhooktest.NewRequest(t, "/", secret, time.Now(), []byte(goodBody))), "200 ")
	expect(t, answer(webhooktest.NewRequest(t, "/", secretTwo, time.Now(), []byte(goodBody))), `401 {"error":"signature_mismatch"}`)
	expect(t, answer(webhooktest.NewRequest(t, "/", secret, time.Now().Add(-time.Hour), []byte(goodBody))), `503 {"error":"timestamp_too_old"}`)
	expect(t, answer(httptest.NewRequest("POST", "/", nil)), `400 {"error":"missing_signature"}`)
	if reached != 1 || len(reasons) != 3 || !errors.Is(reasons[0], webhook.ErrSignatureMismatch) {
		t.Errorf("let %d through; rejected: %v", reached, reasons)
	}
	if webhook.DeliveryFrom(t.Context()) != nil {
		t.Error("a delivery out of nowhere")
	}
}
