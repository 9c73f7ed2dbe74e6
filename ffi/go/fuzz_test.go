package webhook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/big"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.com/overten/webhook"
)

var (
	signatureForm = regexp.MustCompile(`^sha256=[0-9a-fA-F]{64}$`)
	timestampForm = regexp.MustCompile(`^(0|[1-9][0-9]{0,11})$`)
)

// oracle is the contract once more, with the standard library's HMAC and no thought for speed.
func oracle(signature, timestamp string, body []byte, now int64) webhook.Code {
	signature, timestamp = strings.Trim(signature, " \t"), strings.Trim(timestamp, " \t")
	mac := hmac.New(sha256.New, []byte(secretOne))
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	var age, limit big.Int
	if stamp, ok := new(big.Int).SetString(timestamp, 10); ok {
		age.Sub(big.NewInt(now), stamp)
	}
	limit.SetInt64(300)
	switch {
	case signature == "":
		return webhook.ErrMissingSignature
	case strings.Contains(signature, ","):
		return webhook.ErrMalformedSignature
	case timestamp == "":
		return webhook.ErrMissingTimestamp
	case strings.Contains(timestamp, ","):
		return webhook.ErrMalformedTimestamp
	case !signatureForm.MatchString(signature):
		return webhook.ErrMalformedSignature
	case !timestampForm.MatchString(timestamp):
		return webhook.ErrMalformedTimestamp
	case len(body) > fuzzLimit:
		return webhook.ErrBodyTooLarge
	case !strings.EqualFold(signature[7:], hex.EncodeToString(mac.Sum(nil))):
		return webhook.ErrSignatureMismatch
	case age.Cmp(&limit) > 0:
		return webhook.ErrTimestampTooOld
	case age.Cmp(limit.Neg(&limit)) < 0:
		return webhook.ErrTimestampInFuture
	default:
		return noFault
	}
}

const (
	fuzzLimit = 200
	noFault   = webhook.Code("")
)

func FuzzVerdictEqualsOracle(f *testing.F) {
	v := mustVerifier(f, webhook.NewSecrets(secretOne), webhook.WithMaxBodyBytes(fuzzLimit))
	f.Add(goodValue, "1760000000", []byte(goodBody), int64(signedAt), false)
	f.Add("", "1760000000", []byte(goodBody), int64(signedAt+301), true)
	f.Add(" sha256=", "0", []byte{}, int64(-1<<63), true)
	f.Add("x", " 01", []byte("{}"), int64(1<<63-1), true)
	f.Add("x", "999999999999", []byte("\xef\xbb\xbf{\"event\":\"e\",\"run_id\":\"r\"}"), int64(999999999999), true)
	f.Fuzz(func(t *testing.T, signature, timestamp string, body []byte, now int64, sign bool) {
		if sign { // over what would be signed, so that what comes after the MAC is reached
			mac := hmac.New(sha256.New, []byte(secretOne))
			mac.Write([]byte(strings.Trim(timestamp, " \t") + "."))
			mac.Write(body)
			signature = "sha256=" + hex.EncodeToString(mac.Sum(nil))
		}
		header := http.Header{webhook.SignatureHeader: {signature}, webhook.TimestampHeader: {timestamp}}
		delivery, err := v.Verify(header, body, time.Unix(now, 0))
		want := oracle(signature, timestamp, body, now)
		if want != noFault {
			if !errors.Is(err, want) {
				t.Fatalf("%v, want %s", err, want)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		event, err := delivery.Event()
		if err != nil {
			if !errors.Is(err, webhook.ErrMalformedPayload) {
				t.Fatal(err)
			}
			return
		}
		for name := range event.Members() {
			if _, ok := event.Member(name); !ok {
				t.Fatalf("member %q", name)
			}
		}
		_ = fieldsOf(event)
		if _, err := event.IdempotencyKey(webhook.TaskScope); err != nil {
			t.Fatal(err)
		}
	})
}
