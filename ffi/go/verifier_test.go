package webhook_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/overten/webhook"
)

func TestNilAndEmptyBody(t *testing.T) { // K10-16
	v := mustVerifier(t, webhook.NewSecrets(secretOne))
	header := goodHeader()
	header.Set(webhook.SignatureHeader, "sha256=0813cb6e30bcff222cbb2e1d0bda75bf58d661879963ff08f994d81c82267660")
	for _, body := range [][]byte{nil, {}, make([]byte, 0, 10)} {
		delivery, err := v.Verify(header, body, atSigning)
		if err != nil {
			t.Fatal(err)
		}
		var reason *webhook.Error
		if _, err := delivery.Event(); !errors.As(err, &reason) || reason.Code != webhook.ErrMalformedPayload {
			t.Error(err)
		}
	}
}

func TestRepeatedHeaderIsMalformedHoweverItIsRepeated(t *testing.T) { // K3-02, K3-03
	v := mustVerifier(t, webhook.NewSecrets(secretOne))
	for name, want := range map[string]error{webhook.SignatureHeader: webhook.ErrMalformedSignature, webhook.TimestampHeader: webhook.ErrMalformedTimestamp} {
		value := goodHeader().Get(name)
		for _, repeat := range []func(http.Header){
			func(h http.Header) { h.Add(name, value) },
			func(h http.Header) { h.Add(name, "") },
			func(h http.Header) { h[strings.ToLower(name)] = []string{value} },
			func(h http.Header) { h.Set(name, value+", "+value) },
			func(h http.Header) { h[name] = []string{"", ""} },
		} {
			header := goodHeader()
			repeat(header)
			if _, err := v.Verify(header, []byte(goodBody), atSigning); !errors.Is(err, want) {
				t.Errorf("%v: %v", header, err)
			}
		}
	}
}

func TestMismatchOfABodyThatWasCutOrEmptiedSaysSo(t *testing.T) {
	v := mustVerifier(t, webhook.NewSecrets(secretOne))
	header := goodHeader()
	header.Set("Content-Length", strconv.Itoa(len(goodBody)))
	for _, body := range []string{"", goodBody[:20]} {
		_, err := v.Verify(header, []byte(body), atSigning)
		if !errors.Is(err, webhook.ErrSignatureMismatch) || !strings.Contains(err.Error(), "Content-Length says 62") {
			t.Error(err)
		}
	}
	if _, err := v.Verify(header, []byte(goodBody), atSigning); err != nil {
		t.Error(err)
	}
	if _, err := v.Verify(goodHeader(), nil, atSigning); !errors.Is(err, webhook.ErrSignatureMismatch) || strings.Contains(err.Error(), "62") {
		t.Error(err)
	}
}

func TestNearlyRightSignaturesAreRefused(t *testing.T) { // K6-01, K6-02, K6-04, K6-06
	v := mustVerifier(t, webhook.NewSecrets(secretOne))
	digits := goodValue[7:]
	for value, want := range map[string]error{
		"sha256=": webhook.ErrMalformedSignature, "sha256=f2": webhook.ErrMalformedSignature, "sha256=abcd": webhook.ErrMalformedSignature,
		"sha256=" + digits[:62]: webhook.ErrMalformedSignature, "sha256=" + digits + "00": webhook.ErrMalformedSignature,
		"sha256=\xe9":                                     webhook.ErrMalformedSignature,
		"sha256=" + strings.Repeat("0", 64):               webhook.ErrSignatureMismatch,
		"sha256=" + digits[:32] + strings.Repeat("0", 32): webhook.ErrSignatureMismatch,
		"sha256=" + digits[:62] + "c8":                    webhook.ErrSignatureMismatch,
	} {
		header := goodHeader()
		header.Set(webhook.SignatureHeader, value)
		if _, err := v.Verify(header, []byte(goodBody), atSigning); !errors.Is(err, want) {
			t.Errorf("%q: %v", value, err)
		}
		if _, err := v.Verify(goodHeader(), []byte(goodBody), atSigning); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOptionsThatCannotBeUsedAreRefused(t *testing.T) {
	for _, option := range []webhook.VerifierOption{
		webhook.WithTolerance(-time.Second), webhook.WithPast(1500 * time.Millisecond), webhook.WithFuture(-1), webhook.WithMaxBodyBytes(-1),
		webhook.WithMaxBodyBytes(math.MaxInt), nil,
	} {
		if _, err := webhook.NewVerifier(webhook.NewSecrets(secretOne), option); !errors.Is(err, webhook.ErrInvalidArgument) {
			t.Error(err)
		}
	}
	if _, err := webhook.NewVerifier(webhook.SecretsFromLines("a:" + secretOne).And(secretTwo)); !errors.Is(err, webhook.ErrInvalidArgument) {
		t.Error(err)
	}
}

func TestSecretsFromLines(t *testing.T) {
	v := mustVerifier(t, webhook.SecretsFromLines("subscription:"+secretOne+"\r\n\n"+secretTwo+"\n"))
	if got := fmt.Sprint(v.Secrets()); got != "[{subscription 027cf575} {secret-1 2a043d19}]" {
		t.Error(got)
	}
	var reason *webhook.Error
	if _, err := webhook.NewVerifier(webhook.SecretsFromLines("ok:" + secretOne + "\n\"" + secretTwo + "\"")); !errors.As(err, &reason) || reason.Position != 1 || reason.Code != webhook.ErrMalformedSecret {
		t.Errorf("%v", err)
	}
}

func TestErrorSaysHowFarAndWhere(t *testing.T) {
	v := mustVerifier(t, webhook.NewSecrets(secretOne), webhook.WithMaxBodyBytes(100))
	verify := func(body string, now int64) error {
		_, err := v.Verify(goodHeader(), []byte(body), time.Unix(now, 0))
		return err
	}
	read := func(body string) error {
		_, err := signAndVerify(t, v, []byte(body)).Event()
		return err
	}
	for _, c := range []struct {
		err  error
		want webhook.Error
	}{
		{verify(goodBody, signedAt+301), webhook.Error{Code: webhook.ErrTimestampTooOld, AgeSeconds: 301, Limit: 300, Offset: -1}},
		{verify(goodBody, signedAt-301), webhook.Error{Code: webhook.ErrTimestampInFuture, AgeSeconds: -301, Limit: 300, Offset: -1}},
		{verify(strings.Repeat(" ", 101), signedAt), webhook.Error{Code: webhook.ErrBodyTooLarge, Limit: 100, Offset: -1}},
		{read(`{"event":"e"}`), webhook.Error{Code: webhook.ErrMalformedPayload, Field: "run_id", Offset: -1}},
		{read(`{"event":"e",`), webhook.Error{Code: webhook.ErrMalformedPayload, Offset: 13}},
	} {
		var got *webhook.Error
		if !errors.As(c.err, &got) || got.Message == "" || got.Code != c.want.Code || got.AgeSeconds != c.want.AgeSeconds ||
			got.Limit != c.want.Limit || got.Field != c.want.Field || got.Offset != c.want.Offset || got.Position != -1 {
			t.Errorf("%#v", got)
		}
	}
}

func TestNothingSecretIsPrinted(t *testing.T) { // K11-11
	secrets := webhook.NewSecrets(secretOne).With("old", secretTwo)
	v := mustVerifier(t, secrets)
	body := []byte(`{"event":"run.completed","run_id":"run_01","download_url":"https://files.example/planted","x":"planted"}`)
	delivery := signAndVerify(t, v, body)
	event, err := delivery.Event()
	if err != nil {
		t.Fatal(err)
	}
	var shown strings.Builder
	logger := slog.New(slog.NewJSONHandler(&shown, nil))
	lines, handler := webhook.SecretsFromLines(secretOne), newReceiver(t, webhook.NewMemoryStore(1)).Handler
	for _, thing := range []any{secrets, &secrets, lines, v, handler, delivery, event, struct{ A any }{secrets}, struct{ A any }{event}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			fmt.Fprintf(&shown, verb, thing)
		}
		text, _ := json.Marshal(thing)
		shown.Write(text)
		logger.Info("x", "thing", thing)
	}
	for _, hidden := range []string{"whsec_", secretOne[6:], secretTwo[6:], "planted", fmt.Sprintf("%x", secretOne[6:20])} {
		if strings.Contains(shown.String(), hidden) {
			t.Errorf("%q shows in %s", hidden, shown.String())
		}
	}
}

func TestBodyChangedAfterVerifyGivesNoEvent(t *testing.T) {
	v := mustVerifier(t, webhook.NewSecrets(secretOne))
	body := []byte(goodBody)
	delivery := signAndVerify(t, v, body)
	_ = signAndVerify(t, v, []byte(`{}`)) // whatever remembered the delivery remembers another now
	copy(body[len(body)-6:], "false}")
	if _, err := delivery.Event(); !errors.Is(err, webhook.ErrSignatureMismatch) {
		t.Error(err)
	}
}

func TestEventsOfManyDeliveriesReadLater(t *testing.T) { // K11-13
	v := mustVerifier(t, webhook.NewSecrets(secretOne))
	var deliveries []*webhook.Delivery
	for n := range 20 {
		deliveries = append(deliveries, signAndVerify(t, v, fmt.Appendf(nil, `{"event":"run.completed","run_id":"run_%d"}`, n)))
	}
	for n, delivery := range deliveries {
		if event, err := delivery.Event(); err != nil || event.RunID() != fmt.Sprint("run_", n) {
			t.Error(event, err)
		}
	}
}

func TestLongRecordIsReadWhole(t *testing.T) {
	v := mustVerifier(t, webhook.NewSecrets(secretOne))
	var body strings.Builder
	body.WriteString(`{"event":"run.completed","run_id":"run_01","summary":"` + strings.Repeat(`\u00e9`, 10000) + `"`)
	for n := range 5000 {
		fmt.Fprintf(&body, `,"m%d":%d`, n, n)
	}
	body.WriteString("}")
	event := eventOf(t, v, []byte(body.String()))
	if summary, _ := event.Summary(); summary != strings.Repeat("é", 10000) {
		t.Error("the summary is not whole")
	}
	if text, ok := event.Member("m4999"); !ok || string(text) != "4999" {
		t.Error(string(text))
	}
}

func TestBodiesOfAnySizeUpToTheLimitAreReadWhole(t *testing.T) {
	v := mustVerifier(t, webhook.NewSecrets(secretOne))
	const start, end = `{"event":"run.completed","run_id":"run_01","summary":"`, `"}`
	for _, size := range []int{100, 2 << 10, 61 << 10, 62 << 10, 63 << 10, 64 << 10, 65 << 10, v.MaxBodyBytes()} {
		summary := strings.Repeat("x", size-len(start)-len(end))
		if got, _ := eventOf(t, v, []byte(start+summary+end)).Summary(); got != summary {
			t.Errorf("of %d bytes %d came", len(summary), len(got))
		}
	}
}

func TestEightGoroutinesShareOneVerifier(t *testing.T) {
	v := mustVerifier(t, webhook.NewSecrets(secretTwo, secretOne))
	var group sync.WaitGroup
	for g := range 8 {
		group.Go(func() {
			for n := range 200 {
				id := fmt.Sprintf("run_%d_%d", g, n)
				body := []byte(`{"event":"run.failed","run_id":"` + id + `"}`)
				signature, err := webhook.Sign(secretOne, atSigning, body)
				if err != nil {
					t.Error(err)
					return
				}
				header := http.Header{}
				signature.SetOn(header)
				delivery, err := v.Verify(header, body, atSigning)
				if err != nil {
					t.Error(err)
					return
				}
				if event, err := delivery.Event(); err != nil || event.RunID() != id {
					t.Error(event, err)
				}
				body[2] ^= 1
				if _, err := v.Verify(header, body, atSigning); !errors.Is(err, webhook.ErrSignatureMismatch) {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
}

func TestClosedVerifierSaysSo(t *testing.T) {
	before := webhook.Live()
	v := mustVerifier(t, webhook.NewSecrets(secretOne))
	delivery := signAndVerify(t, v, []byte(goodBody))
	for range 2 {
		if err := v.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := v.Verify(goodHeader(), []byte(goodBody), atSigning); !errors.Is(err, webhook.ErrInvalidArgument) {
		t.Error(err)
	}
	if _, err := delivery.Event(); !errors.Is(err, webhook.ErrInvalidArgument) {
		t.Error(err)
	}
	if webhook.Live() > before+int64(runtime.GOMAXPROCS(0)) { // instances that serve all verifiers may have been made
		t.Errorf("%d before, %d after", before, webhook.Live())
	}
}

func TestForgottenVerifierIsFreed(t *testing.T) {
	_, _ = webhook.Sign(secretOne, atSigning, nil)
	before := webhook.Live()
	for range 20 {
		if _, err := webhook.NewVerifier(webhook.NewSecrets(secretOne)); err != nil {
			t.Fatal(err)
		}
	}
	for range 1000 {
		runtime.GC()
		if webhook.Live() <= before {
			return
		}
		runtime.Gosched()
	}
	t.Errorf("%d before, %d after", before, webhook.Live())
}

func TestVerifyAllocatesNothing(t *testing.T) {
	if webhook.RaceEnabled {
		t.Skip("the race detector allocates")
	}
	v := mustVerifier(t, webhook.NewSecrets(secretOne))
	header, body := goodHeader(), []byte(goodBody)
	if allocations := testing.AllocsPerRun(1000, func() {
		if _, err := v.Verify(header, body, atSigning); err != nil {
			t.Fatal(err)
		}
	}); allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
}

func TestHundredThousandDeliveriesLeakNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	v := mustVerifier(t, webhook.NewSecrets(secretOne))
	body := []byte(goodBody)
	forged := goodHeader()
	forged.Set(webhook.SignatureHeader, "sha256="+strings.Repeat("0", 64))
	round := func(count int) {
		for range count {
			delivery, err := v.Verify(goodHeader(), body, atSigning)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := delivery.Event(); err != nil {
				t.Fatal(err)
			}
			if _, err := v.Verify(forged, body, atSigning); err == nil {
				t.Fatal("forged")
			}
		}
		runtime.GC()
	}
	round(5000)
	live, resident := webhook.Live(), residentKiB(t)
	round(100_000)
	if webhook.Live() != live {
		t.Errorf("%d live before, %d after", live, webhook.Live())
	}
	if grown := residentKiB(t) - resident; grown > 16<<10 { // 100,000 leaks of 168 bytes
		t.Errorf("grew by %d KiB", grown)
	}
}

func residentKiB(t *testing.T) int {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip("only Linux says what is resident")
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); fields[0] == "VmRSS:" {
			kib, err := strconv.Atoi(fields[1])
			if err != nil {
				t.Fatal(err)
			}
			return kib
		}
	}
	t.Fatal("no VmRSS")
	return 0
}
