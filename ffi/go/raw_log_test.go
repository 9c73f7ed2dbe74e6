package webhook_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/overten/webhook"
	"example.com/overten/webhook/webhooktest"
)

// rawLines are the raw lines that a receiver has logged.
func (r *receiver) rawLines(t *testing.T) (lines []map[string]any) {
	t.Helper()
	for text := range strings.Lines(r.log.String()) {
		line := map[string]any{}
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatal(err)
		}
		if line["raw"] != nil {
			lines = append(lines, line)
		}
	}
	return lines
}

func TestRawLogShowsFailuresAndNoWholeSignature(t *testing.T) {
	r := newReceiver(t, webhook.NewMemoryStore(10), webhook.WithRawLog(webhook.RawLogFailures))
	expect(t, r.post(t, goodBody), accepted)
	for _, body := range []string{strings.Repeat("x", 16383) + "éé", "\xff\xfe"} {
		request := webhooktest.NewRequest(t, "/", secretTwo, r.now, []byte(body))
		request.Header.Set("X-Credential", "for other eyes")
		expect(t, r.answer(request), `401 {"error":"signature_mismatch"}`)
	}
	lines := r.rawLines(t)
	if len(lines) != 2 {
		t.Fatal(lines)
	}
	headers := lines[0]["headers"].(map[string]any)
	signature := headers[webhook.SignatureHeader].(string)
	if len([]rune(signature)) != 16 || headers["X-Credential"] != nil || headers[webhook.TimestampHeader] != fmt.Sprint(signedAt) {
		t.Errorf("%v", headers)
	}
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Repeat("x", 16383)+"éé")))
	if lines[0]["body"] != strings.Repeat("x", 16383) || lines[0]["cut_at"] != 16383.0 || lines[0]["body_bytes"] != 16387.0 || lines[0]["body_sha256"] != sum {
		t.Errorf("%v", lines[0])
	}
	if lines[1]["body_base64"] != "//4=" || lines[1]["body"] != nil || lines[1]["raw"] != "signature_mismatch" {
		t.Errorf("%v", lines[1])
	}
}

func TestRawLogIsCappedAndOffUnlessSet(t *testing.T) {
	warmUp(t)
	synctest.Test(t, func(t *testing.T) {
		quiet, all := newReceiver(t, webhook.NewMemoryStore(10)), newReceiver(t, webhook.NewMemoryStore(10), webhook.WithRawLog(webhook.RawLogAll))
		for range 2 {
			for range 40 {
				quiet.post(t, goodBody)
				all.post(t, goodBody)
			}
			time.Sleep(time.Minute)
		}
		if lines := len(all.rawLines(t)); lines != 60 || len(quiet.rawLines(t)) != 0 {
			t.Errorf("%d lines", lines)
		}
	})
}
