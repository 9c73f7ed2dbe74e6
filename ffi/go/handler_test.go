package webhook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/overten/webhook"
	"example.com/overten/webhook/webhooktest"
)

// receiver is a handler under test, what it handed on, and what it logged.
type receiver struct {
	*webhook.Handler
	log      logBuffer
	events   atomic.Int64
	asides   atomic.Int64
	handle   func(context.Context, webhook.Event) error
	setAside func(context.Context, *webhook.Delivery, error) error
	now      time.Time
}

// logBuffer may be read while a function that was too slow is still at work.
type logBuffer struct {
	mutex sync.Mutex
	text  strings.Builder
}

func (b *logBuffer) Write(text []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.text.Write(text)
}

func (b *logBuffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.text.String()
}

func newReceiver(tb testing.TB, store webhook.Store, options ...webhook.HandlerOption) *receiver {
	tb.Helper()
	r := &receiver{now: atSigning, handle: func(context.Context, webhook.Event) error { return nil },
		setAside: func(context.Context, *webhook.Delivery, error) error { return nil }}
	options = append([]webhook.HandlerOption{
		webhook.WithClock(func() time.Time { return r.now }),
		webhook.WithLogger(slog.New(slog.NewJSONHandler(&r.log, nil))),
	}, options...)
	handler, err := webhook.NewHandler(webhook.NewSecrets(secretOne), store,
		func(ctx context.Context, event webhook.Event) error { r.events.Add(1); return r.handle(ctx, event) },
		func(ctx context.Context, delivery *webhook.Delivery, reason error) error {
			r.asides.Add(1)
			return r.setAside(ctx, delivery, reason)
		}, options...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = handler.Verifier().Close() })
	r.Handler = handler
	return r
}

// post delivers a body signed at the receiver's clock and returns status and body of the answer.
func (r *receiver) post(tb testing.TB, body string) string {
	tb.Helper()
	return r.answer(webhooktest.NewRequest(tb, "/webhooks/overten", secretOne, r.now, []byte(body)))
}

func (r *receiver) answer(request *http.Request) string { return answerOf(r, request) }

func answerOf(handler http.Handler, request *http.Request) string {
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	return fmt.Sprintf("%d %s", recorder.Code, recorder.Body)
}

func (r *receiver) lastLine(tb testing.TB) map[string]any {
	tb.Helper()
	lines := strings.Split(strings.TrimSpace(r.log.String()), "\n")
	line := map[string]any{}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &line); err != nil {
		tb.Fatal(err)
	}
	return line
}

const (
	accepted    = `200 {"status":"accepted"}`
	duplicate   = `200 {"status":"duplicate"}`
	inFlight    = `503 {"error":"in_flight"}`
	unavailable = `503 {"error":"unavailable"}`
)

func expect(tb testing.TB, got, want string) {
	tb.Helper()
	if got != want {
		tb.Errorf("got %s, want %s", got, want)
	}
}

func TestDuplicateIsAnsweredAndNotHandedOn(t *testing.T) { // K8-08, K7-09
	r := newReceiver(t, webhook.NewMemoryStore(10))
	expect(t, r.post(t, goodBody), accepted)
	r.now = r.now.Add(time.Minute)
	expect(t, r.post(t, goodBody), duplicate)
	if r.events.Load() != 1 {
		t.Errorf("handed on %d times", r.events.Load())
	}
}

func TestFiftyAtOnceMakeOneNew(t *testing.T) { // K7-01
	r := newReceiver(t, webhook.NewMemoryStore(10), webhook.WithLogger(slog.New(slog.DiscardHandler)))
	var answers sync.Map
	var group sync.WaitGroup
	for range 50 {
		request := webhooktest.NewRequest(t, "/", secretOne, r.now, []byte(goodBody))
		group.Go(func() { answers.Store(r.answer(request), true) })
	}
	group.Wait()
	if r.events.Load() != 1 {
		t.Errorf("handed on %d times", r.events.Load())
	}
	answers.Range(func(answer, _ any) bool {
		if answer != accepted && answer != duplicate && answer != inFlight {
			t.Errorf("answered %v", answer)
		}
		return true
	})
}

func TestFailedEventIsHandedOnAgain(t *testing.T) { // K7-04, K8-02
	r := newReceiver(t, webhook.NewMemoryStore(10))
	r.handle = func(context.Context, webhook.Event) error { return errors.New("the queue is down") }
	expect(t, r.post(t, goodBody), unavailable)
	if line := r.lastLine(t); line["level"] != "ERROR" || !strings.Contains(line["detail"].(string), "the queue is down") {
		t.Errorf("logged %v", line)
	}
	r.now = r.now.Add(30 * time.Second)
	r.handle = func(context.Context, webhook.Event) error { panic("out of paper") }
	expect(t, r.post(t, goodBody), unavailable)
	r.handle = func(context.Context, webhook.Event) error { return nil }
	expect(t, r.post(t, goodBody), accepted)
	expect(t, r.post(t, goodBody), duplicate)
}

func TestPermanentFailureIsSetAsideBeforeItIsAccepted(t *testing.T) { // K8-02, N-07
	r := newReceiver(t, webhook.NewMemoryStore(10))
	customer := errors.New("no such customer")
	r.handle = func(context.Context, webhook.Event) error {
		return fmt.Errorf("order: %w", webhook.Permanent(customer))
	}
	r.setAside = func(context.Context, *webhook.Delivery, error) error { return errors.New("the disk is full") }
	expect(t, r.post(t, goodBody), unavailable)
	r.setAside = func(_ context.Context, delivery *webhook.Delivery, reason error) error {
		if string(delivery.Body()) != goodBody || !errors.Is(reason, customer) {
			t.Errorf("set aside %s for %v", delivery.Body(), reason)
		}
		return nil
	}
	expect(t, r.post(t, goodBody), accepted)
	if line := r.lastLine(t); line["level"] != "ERROR" || !strings.Contains(line["detail"].(string), "no such customer") {
		t.Errorf("logged %v", line)
	}
	expect(t, r.post(t, goodBody), duplicate)
}

func TestUnreadablePayloadIsQuarantinedOnce(t *testing.T) {
	r := newReceiver(t, webhook.NewMemoryStore(10))
	expect(t, r.post(t, `{"event":`), `200 {"status":"quarantined"}`)
	expect(t, r.post(t, `{"event":`), duplicate)
	if r.asides.Load() != 1 || r.events.Load() != 0 {
		t.Errorf("%d set aside, %d events", r.asides.Load(), r.events.Load())
	}
}

func TestOrderIsNotPromisedAndBothAreHandedOn(t *testing.T) { // K7-11
	r := newReceiver(t, webhook.NewMemoryStore(10))
	expect(t, r.post(t, `{"event":"run.completed","run_id":"run_20"}`), accepted)
	expect(t, r.post(t, `{"event":"run.failed","run_id":"run_20"}`), accepted)
}

func TestTaskScopeTellsTasksApart(t *testing.T) {
	r := newReceiver(t, webhook.NewMemoryStore(10), webhook.WithScope(webhook.TaskScope))
	for _, body := range []string{
		`{"event":"run.completed","run_id":"run_20","task_id":"a"}`, `{"event":"run.completed","run_id":"run_20","task_id":"b"}`,
		`{"event":"run.completed","run_id":"run_20","summary":"a"}`, `{"event":"run.completed","run_id":"run_20","summary":"b"}`,
	} {
		expect(t, r.post(t, body), accepted)
		expect(t, r.post(t, body), duplicate)
	}
}

func TestSlowHandlingIsAnsweredInTimeAndNotStartedTwice(t *testing.T) { // K8-05
	warmUp(t)
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t, webhook.NewMemoryStore(10))
		r.handle = func(context.Context, webhook.Event) error { time.Sleep(20 * time.Second); return nil }
		started := time.Now()
		expect(t, r.post(t, goodBody), inFlight)
		if waited := time.Since(started); waited >= 15*time.Second {
			t.Errorf("answered after %v", waited)
		}
		expect(t, r.post(t, goodBody), inFlight)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if line := r.lastLine(t); line["code"] != "accepted" {
			t.Errorf("what came of it is not logged: %v", line)
		}
		expect(t, r.post(t, goodBody), duplicate)
		if r.events.Load() != 1 {
			t.Errorf("handed on %d times", r.events.Load())
		}
	})
}

func TestLeaseIsTheDeadlineOfHandling(t *testing.T) {
	warmUp(t)
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t, webhook.NewMemoryStore(10), webhook.WithLease(30*time.Second))
		r.handle = func(ctx context.Context, _ webhook.Event) error {
			if deadline, _ := ctx.Deadline(); time.Until(deadline) != 30*time.Second {
				t.Errorf("%v left", time.Until(deadline))
			}
			return nil
		}
		expect(t, r.post(t, goodBody), accepted)
	})
}

// warmUp starts the core outside a bubble, whose goroutines it would otherwise wait for.
func warmUp(t *testing.T) {
	t.Helper()
	store := webhook.NewMemoryStore(1)
	for range 2 {
		if _, err := store.Claim(t.Context(), "k", "a", time.Minute); err != nil {
			t.Fatal(err)
		}
	}
}

type brokenStore struct {
	webhook.MemoryStore
	claim, commit error
	answer        webhook.Claim
}

func (s *brokenStore) Claim(context.Context, webhook.IdempotencyKey, string, time.Duration) (webhook.Claim, error) {
	return s.answer, s.claim
}
func (s *brokenStore) Commit(context.Context, webhook.IdempotencyKey, string, time.Duration) error {
	return s.commit
}
func (s *brokenStore) Release(context.Context, webhook.IdempotencyKey, string) error { return nil }
func (s *brokenStore) Durable() bool                                                 { return true }

func TestStoreThatIsDownLosesNothing(t *testing.T) { // K8-03
	down := errors.New("connection refused")
	for want, store := range map[string]*brokenStore{
		unavailable + "1": {claim: down},
		unavailable + "2": {answer: "perhaps"},
		unavailable + "3": {answer: webhook.ClaimNew, commit: down},
		accepted + "4":    {answer: webhook.ClaimNew, commit: webhook.ErrClaimLost},
	} {
		expect(t, newReceiver(t, store).post(t, goodBody), want[:len(want)-1])
	}
}

func TestDurableStoreTakesInWhatWasHeldUp(t *testing.T) { // K7-02
	durable := newReceiver(t, &brokenStore{answer: webhook.ClaimNew})
	request := webhooktest.NewRequest(t, "/", secretOne, durable.now, []byte(goodBody))
	durable.now = durable.now.Add(13618 * time.Second)
	expect(t, durable.answer(request), accepted)

	memory := newReceiver(t, webhook.NewMemoryStore(10))
	request = webhooktest.NewRequest(t, "/", secretOne, memory.now, []byte(goodBody))
	memory.now = memory.now.Add(13618 * time.Second)
	expect(t, memory.answer(request), `503 {"error":"timestamp_too_old"}`)
	if line := memory.lastLine(t); line["age_seconds"] != 13618.0 {
		t.Errorf("logged %v", line)
	}
}

func TestMisconfiguredHandlerAnswersSo(t *testing.T) { // K8-01, K4-09
	keep := func(context.Context, webhook.Event) error { return nil }
	quarantine := func(context.Context, *webhook.Delivery, error) error { return nil }
	store, secrets := webhook.NewMemoryStore(10), webhook.NewSecrets(secretOne)
	quiet := webhook.WithLogger(slog.New(slog.DiscardHandler))
	for want, make := range map[webhook.Code]func() (*webhook.Handler, error){
		webhook.ErrNoSecrets: func() (*webhook.Handler, error) {
			return webhook.NewHandler(webhook.SecretsFromLines(""), store, keep, quarantine, quiet)
		},
		webhook.ErrInvalidArgument: func() (*webhook.Handler, error) {
			return webhook.NewHandler(secrets, store, keep, quarantine, quiet, webhook.WithRetention(600*time.Second))
		},
	} {
		handler, err := make()
		if !errors.Is(err, want) {
			t.Errorf("%v, want %s", err, want)
		}
		expect(t, (&receiver{Handler: handler}).answer(webhooktest.NewRequest(t, "/", secretOne, atSigning, []byte(goodBody))), `503 {"error":"misconfigured"}`)
	}
	for _, missing := range []webhook.Store{nil, (*oddStore)(nil)} {
		if _, err := webhook.NewHandler(secrets, missing, keep, quarantine, quiet); !errors.Is(err, webhook.ErrInvalidArgument) {
			t.Error(err)
		}
	}
	if _, err := webhook.NewHandler(secrets, store, keep, quarantine, quiet, nil); !errors.Is(err, webhook.ErrInvalidArgument) {
		t.Error(err)
	}
	if _, err := webhook.NewHandler(secrets, store, keep, nil, quiet); !errors.Is(err, webhook.ErrInvalidArgument) {
		t.Error(err)
	}
}

func TestSettingsOfAHandlerThatCannotBeUsedAreRefused(t *testing.T) {
	for n, option := range []webhook.HandlerOption{
		webhook.WithLease(0), webhook.WithLease(1500 * time.Millisecond), webhook.WithRetention(-time.Hour), webhook.WithScope(7), webhook.WithClock(nil),
	} {
		_, err := webhook.NewHandler(webhook.NewSecrets(secretOne), webhook.NewMemoryStore(1), func(context.Context, webhook.Event) error { return nil },
			func(context.Context, *webhook.Delivery, error) error { return nil }, option)
		if !errors.Is(err, webhook.ErrInvalidArgument) {
			t.Errorf("%d: %v", n, err)
		}
	}
}

func TestPathThenMethodThenHeaders(t *testing.T) {
	r := newReceiver(t, webhook.NewMemoryStore(10), webhook.WithPath("/webhooks/overten"))
	for _, c := range []struct{ method, target, want string }{
		{"GET", "/other", `404 {"error":"not_found"}`},
		{"GET", "/webhooks/overten", `405 {"error":"method_not_allowed"}`},
		{"POST", "/webhooks/overten/?a=b", `400 {"error":"missing_signature"}`},
		{"POST", "/webhooks/overten", `400 {"error":"missing_signature"}`},
	} {
		expect(t, r.answer(httptest.NewRequest(c.method, c.target, nil)), c.want)
	}
	recorder := httptest.NewRecorder()
	r.ServeHTTP(recorder, httptest.NewRequest("GET", "/webhooks/overten", nil))
	if recorder.Header().Get("Allow") != "POST" || recorder.Header().Get("Content-Type") != "application/json" {
		t.Errorf("%v", recorder.Header())
	}
}

func TestMismatchCanBeRetried(t *testing.T) {
	request := func() *http.Request { return webhooktest.NewRequest(t, "/", secretTwo, atSigning, []byte(goodBody)) }
	expect(t, newReceiver(t, webhook.NewMemoryStore(10)).answer(request()), `401 {"error":"signature_mismatch"}`)
	r := newReceiver(t, webhook.NewMemoryStore(10), webhook.WithMismatchRetry())
	recorder := httptest.NewRecorder()
	r.ServeHTTP(recorder, request())
	if recorder.Code != 503 || recorder.Header().Get("Retry-After") != "10" || recorder.Body.String() != `{"error":"signature_mismatch"}` {
		t.Errorf("%d %v %s", recorder.Code, recorder.Header(), recorder.Body)
	}
}

// counted counts what is read, and never ends.
type counted struct{ read atomic.Int64 }

func (c *counted) Read(p []byte) (int, error) {
	c.read.Add(int64(len(p)))
	return len(p), nil
}

func TestReadingStopsAtTheLimit(t *testing.T) { // K8-07
	r := newReceiver(t, webhook.NewMemoryStore(10))
	for _, length := range []int64{-1, 10, 64 << 20} {
		endless := new(counted)
		request := httptest.NewRequest("POST", "/", endless)
		request.Header, request.ContentLength = goodHeader(), length
		expect(t, r.answer(request), `413 {"error":"body_too_large"}`)
		if read := endless.read.Load(); read > 2<<20 {
			t.Errorf("read %d bytes", read)
		}
		if line := r.lastLine(t); line["level"] != "ERROR" || !strings.Contains(line["detail"].(string), "1048576 bytes") {
			t.Errorf("logged %v", line)
		}
		endless = new(counted)
		request = httptest.NewRequest("POST", "/", endless)
		expect(t, r.answer(request), `400 {"error":"missing_signature"}`)
		if endless.read.Load() != 0 {
			t.Error("the body was read though the headers are wrong")
		}
	}
}

func TestChunkedBodyOverTheLimitOverHTTP(t *testing.T) { // K8-07
	server := httptest.NewServer(newReceiver(t, webhook.NewMemoryStore(10), webhook.WithLogger(slog.New(slog.DiscardHandler))))
	defer server.Close()
	chunk := fmt.Sprintf("%x\r\n%s\r\n", 1<<20, strings.Repeat("x", 1<<20))
	head := "POST / HTTP/1.1\r\nHost: test\r\nX-Overten-Signature: " + goodValue + "\r\nX-Overten-Timestamp: 1760000000\r\nTransfer-Encoding: chunked\r\n\r\n"
	expect(t, exchange(t, server.Listener.Addr().String(), strings.NewReader(head+strings.Repeat(chunk, 64)+"0\r\n\r\n")), `413 {"error":"body_too_large"}`)
}

func TestBodyThatCannotBeReadIsNotAForgery(t *testing.T) { // K1-08
	r := newReceiver(t, webhook.NewMemoryStore(10))
	request := httptest.NewRequest("POST", "/", io.MultiReader(strings.NewReader(goodBody[:10]), failing{}))
	request.Header = goodHeader()
	expect(t, r.answer(request), unavailable)

	drained := webhooktest.NewRequest(t, "/", secretOne, atSigning, []byte(goodBody))
	if _, err := io.ReadAll(drained.Body); err != nil {
		t.Fatal(err)
	}
	expect(t, r.answer(drained), unavailable)
	if detail := r.lastLine(t)["detail"].(string); !strings.Contains(detail, "hand over the request before anything else reads it") {
		t.Errorf("logged %s", detail)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

func TestBodyIsPutBackForTheNextHandler(t *testing.T) { // K1-08
	v := mustVerifier(t, webhook.NewSecrets(secretOne))
	request := webhooktest.NewRequest(t, "/", secretOne, atSigning, []byte(goodBody))
	for range 2 {
		if _, err := v.VerifyRequest(request, atSigning); err != nil {
			t.Fatal(err)
		}
	}
	if body, err := io.ReadAll(request.Body); err != nil || string(body) != goodBody {
		t.Errorf("%s, %v", body, err)
	}
	long := webhooktest.NewRequest(t, "/", secretOne, atSigning, bytes.Repeat([]byte("x"), 2<<20))
	if _, err := v.VerifyRequest(long, atSigning); !errors.Is(err, webhook.ErrBodyTooLarge) {
		t.Error(err)
	}
	if body, err := io.ReadAll(long.Body); err != nil || len(body) != 2<<20 {
		t.Errorf("%d bytes, %v", len(body), err)
	}
}

func TestReplyAndLogTellNoSecret(t *testing.T) { // K6-08, K11-05, K11-11
	r := newReceiver(t, webhook.NewMemoryStore(10))
	forged := goodValue[:len(goodValue)-1] + "8"
	request := httptest.NewRequest("POST", "/", strings.NewReader(goodBody))
	request.Header = goodHeader()
	request.Header.Set(webhook.SignatureHeader, forged)
	shown := r.answer(request)
	_, err := r.Verifier().Verify(request.Header, []byte(goodBody), atSigning)
	shown += fmt.Sprintf("%v %+v %#v", err, err, err) + r.log.String()
	for _, hidden := range []string{goodValue[7:], forged[7:], "whsec_", secretOne[6:], "f28888a08ad7"} {
		if strings.Contains(shown, hidden) {
			t.Errorf("%q shows in %s", hidden, shown)
		}
	}
}
