package webhook_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"example.com/overten/webhook"
)

func TestVectors(t *testing.T) {
	cases := loadVectors(t)
	ran := 0
	for _, c := range cases {
		if err := runVector(c); err != nil {
			t.Errorf("%s: %v", c.ID, err)
		}
		ran++
	}
	if ran != len(cases) {
		t.Errorf("%d of %d cases ran", ran, len(cases))
	}
	t.Logf("%d cases", ran)
}

// A runner that takes everything for right would pass TestVectors.
func TestVectorRunnerFailsOnAFlippedCase(t *testing.T) {
	var verified, rejected *vector
	for _, c := range loadVectors(t) {
		switch {
		case c.Expect.Result == "verified" && c.Expect.Payload == "":
			verified = &c
		case c.Expect.Result == "rejected" && c.Expect.Code == "signature_mismatch":
			rejected = &c
		}
	}
	if verified == nil || rejected == nil {
		t.Skip("the named file has no case to flip")
	}
	verified.Expect, rejected.Expect = rejected.Expect, verified.Expect
	for _, c := range []*vector{verified, rejected} {
		if runVector(*c) == nil {
			t.Errorf("%s: the flipped case passed", c.ID)
		}
	}
}

// runVector runs a case through the public API and says what differs.
func runVector(c vector) error {
	v, err := webhook.NewVerifier(webhook.NewSecrets(c.Secrets...), c.options()...)
	if c.Expect.Result == "refused" {
		return differs(err, c)
	} else if err != nil {
		return err
	}
	defer v.Close()
	delivery, err := v.Verify(c.header(), c.body(), time.Unix(c.Now, 0))
	if c.Expect.Result == "rejected" {
		return differs(err, c)
	} else if err != nil {
		return err
	}
	if delivery.SecretIndex() != c.Expect.Secret || delivery.SecretLabel() != fmt.Sprint("secret-", c.Expect.Secret) {
		return fmt.Errorf("secret %d, %s", delivery.SecretIndex(), delivery.SecretLabel())
	}
	event, err := delivery.Event()
	if c.Expect.Payload != "" {
		key, keyErr := delivery.BodyKey()
		if !errors.Is(err, webhook.ErrMalformedPayload) || keyErr != nil || string(key) != c.Expect.Key || string(key) != c.Expect.TaskKey {
			return fmt.Errorf("%v, %v, key %s", err, keyErr, key)
		}
		return nil
	} else if err != nil {
		return err
	}
	if delivery.Timestamp().Unix() != c.Expect.Timestamp || delivery.AgeSeconds() != *c.Expect.Age {
		return fmt.Errorf("timestamp %v, age %d", delivery.Timestamp().Unix(), delivery.AgeSeconds())
	}
	if got := fieldsOf(event); !reflect.DeepEqual(got, c.Expect.Event) {
		return fmt.Errorf("event\n%v, want\n%v", got, c.Expect.Event)
	}
	for scope, want := range map[webhook.Scope]string{webhook.RunScope: c.Expect.Key, webhook.TaskScope: c.Expect.TaskKey} {
		if key, err := event.IdempotencyKey(scope); err != nil || string(key) != want {
			return fmt.Errorf("key in %v scope: %s, %v", scope, key, err)
		}
	}
	return nil
}

func differs(err error, c vector) error {
	var reason *webhook.Error
	if !errors.As(err, &reason) || !errors.Is(err, webhook.Code(c.Expect.Code)) || string(reason.Code) != c.Expect.Code {
		return fmt.Errorf("got %v, want %s", err, c.Expect.Code)
	}
	if reason.Status != c.Expect.Status || (c.Expect.Result == "rejected" && reason.Retryable != c.Expect.Retryable) {
		return fmt.Errorf("status %d, retryable %v", reason.Status, reason.Retryable)
	}
	age := int64(0)
	if c.Expect.Age != nil {
		age = *c.Expect.Age
	}
	if reason.AgeSeconds != age {
		return fmt.Errorf("age %d, want %d", reason.AgeSeconds, age)
	}
	return nil
}

// fieldsOf lists every known field that is present, as a vector does.
func fieldsOf(event webhook.Event) map[string]any {
	fields := map[string]any{"event": event.Name(), "run_id": event.RunID()}
	switch event.(type) {
	case *webhook.RunCompleted:
		fields["kind"] = "run_completed"
	case *webhook.RunFailed:
		fields["kind"] = "run_failed"
	case *webhook.Other:
		fields["kind"] = "other"
	}
	if task, ok := event.TaskID(); ok {
		fields["task_id"] = task
	}
	addOptionalFields(fields, event)
	if detail, ok := event.ErrorDetail(); ok {
		parts := map[string]any{}
		if detail.HasCode {
			parts["code"] = detail.Code
		}
		if detail.HasMessage {
			parts["message"] = detail.Message
		}
		fields["error"] = parts
	}
	return fields
}

type details struct {
	Fingerprints []struct{ Secret, Fingerprint string }
	Labels       []struct {
		Labels []*string
		Code   *string
	}
	Signing []struct {
		Secret    string
		Timestamp int64
		Body      *string
		BodyHex   *string `json:"body_hex"`
		Signature string
		Refused   bool
	}
	Members []struct {
		Body    *string
		BodyHex *string `json:"body_hex"`
		Name    string
		JSON    *string
	}
}

func loadDetails(t *testing.T) (d details) {
	loadJSON(t, filepath.Join("testdata", "vectors", "details.json"), &d)
	if len(d.Fingerprints) == 0 || len(d.Labels) == 0 || len(d.Signing) == 0 || len(d.Members) == 0 {
		t.Fatal("a part of the file is missing")
	}
	return d
}

func TestFingerprints(t *testing.T) {
	for _, c := range loadDetails(t).Fingerprints {
		if got := mustVerifier(t, webhook.NewSecrets(c.Secret)).Secrets()[0].Fingerprint; got != c.Fingerprint {
			t.Errorf("%s, want %s", got, c.Fingerprint)
		}
	}
}

func TestLabels(t *testing.T) {
	for _, c := range loadDetails(t).Labels {
		secrets := webhook.NewSecrets()
		for n, label := range c.Labels {
			secret := fmt.Sprintf("whsec_%032d", n)
			if label == nil {
				secrets = secrets.And(secret)
			} else {
				secrets = secrets.With(*label, secret)
			}
		}
		_, err := webhook.NewVerifier(secrets)
		if c.Code == nil && err != nil || c.Code != nil && !errors.Is(err, webhook.Code(*c.Code)) {
			t.Errorf("%v: %v", c.Labels, err)
		}
	}
}

func TestSigning(t *testing.T) {
	for _, c := range loadDetails(t).Signing {
		body := hexOr{c.Body, c.BodyHex}.bytes()
		signature, err := webhook.Sign(c.Secret, time.Unix(c.Timestamp, 0), body)
		if c.Refused {
			if err == nil {
				t.Errorf("signed at %d", c.Timestamp)
			}
			continue
		}
		if err != nil || signature.SignatureValue != c.Signature || signature.TimestampValue != fmt.Sprint(c.Timestamp) {
			t.Errorf("%v, %v, want %s at %d", signature, err, c.Signature, c.Timestamp)
		}
	}
}

func TestMembers(t *testing.T) {
	v := mustVerifier(t, webhook.NewSecrets(secretOne))
	for _, c := range loadDetails(t).Members {
		event := eventOf(t, v, hexOr{c.Body, c.BodyHex}.bytes())
		text, ok := event.Member(c.Name)
		if ok != (c.JSON != nil) || ok && string(text) != *c.JSON {
			t.Errorf("%s: %s, %v", c.Name, text, ok)
		}
		var last json.RawMessage
		for name, text := range event.Members() {
			if name == c.Name {
				last = text
			}
		}
		if string(last) != string(text) {
			t.Errorf("%s: %s among all members, %s asked for", c.Name, last, text)
		}
	}
}

// TestCodes compares the words, numbers, statuses and answers of this package with the catalogue of all stacks.
func TestCodes(t *testing.T) {
	var file struct {
		Count int
		Codes []struct {
			Code      webhook.Code
			Number    uint32
			Status    int
			Retryable bool
		}
	}
	loadJSON(t, filepath.Join("testdata", "vectors", "codes.json"), &file)
	errorCount := 0
	for _, c := range file.Codes {
		if slices.Contains([]webhook.Code{"ok", "accepted", "duplicate", "quarantined"}, c.Code) { // which are no errors
			continue
		}
		errorCount++
		if c.Code.Number() != c.Number || c.Code.Status() != c.Status || c.Code.Retryable() != c.Retryable || webhook.CoreWord(c.Number) != string(c.Code) {
			t.Errorf("%s: %d, %d, %v; the core's word for %d is %s", c.Code, c.Code.Number(), c.Code.Status(), c.Code.Retryable(), c.Number, webhook.CoreWord(c.Number))
		}
	}
	if file.Count != len(file.Codes) || errorCount != webhook.CodeCount {
		t.Errorf("%d of %d codes in the catalogue are errors, %d here", errorCount, file.Count, webhook.CodeCount)
	}
}

// eventOf signs and reads a body.
func eventOf(tb testing.TB, v *webhook.Verifier, body []byte) webhook.Event {
	tb.Helper()
	event, err := signAndVerify(tb, v, body).Event()
	if err != nil {
		tb.Fatal(err)
	}
	return event
}

func signAndVerify(tb testing.TB, v *webhook.Verifier, body []byte) *webhook.Delivery {
	tb.Helper()
	signature, err := webhook.Sign(secretOne, atSigning, body)
	if err != nil {
		tb.Fatal(err)
	}
	header := goodHeader()
	signature.SetOn(header)
	delivery, err := v.Verify(header, body, atSigning)
	if err != nil {
		tb.Fatal(err)
	}
	return delivery
}
