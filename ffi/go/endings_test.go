package webhook_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/overten/webhook"
	"example.com/overten/webhook/webhooktest"
)

// oddly calls what of a user's functions ends in another way than by returning; once, so that a retry finds it well.
type oddStore struct {
	webhook.MemoryStore
	claim, commit, release func()
}

func (s *oddStore) Claim(context.Context, webhook.IdempotencyKey, string, time.Duration) (webhook.Claim, error) {
	s.claim()
	return webhook.ClaimNew, nil
}

func (s *oddStore) Commit(context.Context, webhook.IdempotencyKey, string, time.Duration) error {
	s.commit()
	return nil
}

func (s *oddStore) Release(context.Context, webhook.IdempotencyKey, string) error {
	s.release()
	return nil
}

type unprintable struct{ text string }

func (u *unprintable) Error() string { return u.text } // of a nil pointer it panics

func TestFunctionThatEndsOtherwiseThanByReturningHasFailedAtOnce(t *testing.T) { // N-02
	warmUp(t)
	for name, end := range map[string]func() error{
		"Goexit":                    func() error { runtime.Goexit(); return nil },
		"panic":                     func() error { panic("out of paper") },
		"panic(nil)":                func() error { panic(nil) },
		"http.ErrAbortHandler":      func() error { panic(http.ErrAbortHandler) },
		"error that cannot be told": func() error { return (*unprintable)(nil) },
		"cancellation":              func() error { return context.Canceled },
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newReceiver(t, webhook.NewMemoryStore(10))
			r.handle = func(context.Context, webhook.Event) error { return end() }
			started := time.Now()
			expect(t, r.post(t, goodBody), unavailable)
			if waited := time.Since(started); waited != 0 {
				t.Errorf("%s: answered after %v", name, waited)
			}
			if line := r.lastLine(t); line["level"] != "ERROR" || !strings.HasPrefix(line["detail"].(string), "the handler failed: ") {
				t.Errorf("%s: logged %v", name, line)
			}
			r.handle = func(context.Context, webhook.Event) error { return nil }
			expect(t, r.post(t, goodBody), accepted)

			r.setAside = func(context.Context, *webhook.Delivery, error) error { return end() }
			expect(t, r.post(t, `{"event":`), unavailable)
			r.setAside = func(context.Context, *webhook.Delivery, error) error { return nil }
			expect(t, r.post(t, `{"event":`), `200 {"status":"quarantined"}`)
		})
	}
}

func TestStoreThatEndsItsGoroutineIsAnsweredAtOnce(t *testing.T) {
	warmUp(t)
	nothing := func() {}
	for name, store := range map[string]*oddStore{
		"claim":             {claim: runtime.Goexit, commit: nothing, release: nothing},
		"claim and release": {claim: runtime.Goexit, commit: nothing, release: func() { panic("gone") }},
		"commit":            {claim: nothing, commit: runtime.Goexit, release: nothing},
	} {
		synctest.Test(t, func(t *testing.T) {
			started := time.Now()
			expect(t, newReceiver(t, store).post(t, goodBody), unavailable)
			if waited := time.Since(started); waited != 0 {
				t.Errorf("%s: answered after %v", name, waited)
			}
		})
	}
}

func TestStoreThatHangsIsUnavailableAndSaidToBeTheStore(t *testing.T) {
	warmUp(t)
	synctest.Test(t, func(t *testing.T) {
		store := &oddStore{claim: func() { time.Sleep(time.Hour) }, commit: func() {}, release: func() {}}
		r := newReceiver(t, store)
		started := time.Now()
		expect(t, r.post(t, goodBody), unavailable)
		if waited := time.Since(started); waited > 11*time.Second {
			t.Errorf("answered after %v", waited)
		}
		if line := r.lastLine(t); line["level"] != "ERROR" || !strings.Contains(line["detail"].(string), "store has not answered the claim") {
			t.Errorf("logged %v", line)
		}
		if err := r.Wait(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// A store that heeds its context is not waited for longer than a lease.
func TestContextsEndWithTheLease(t *testing.T) {
	warmUp(t)
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t, webhook.NewMemoryStore(10), webhook.WithLease(30*time.Second))
		r.handle = func(ctx context.Context, _ webhook.Event) error {
			<-ctx.Done()
			return ctx.Err()
		}
		started := time.Now()
		expect(t, r.post(t, goodBody), inFlight)
		if err := r.Wait(t.Context()); err != nil || time.Since(started) != 30*time.Second {
			t.Errorf("%v after %v", err, time.Since(started))
		}
		expect(t, r.post(t, goodBody)[:3], "503")
		_ = r.Wait(t.Context())
	})
}

func TestClaimWhoseAnswerWasLostIsReleased(t *testing.T) {
	r := newReceiver(t, &lossyStore{MemoryStore: webhook.NewMemoryStore(10)})
	expect(t, r.post(t, goodBody), unavailable)
	expect(t, r.post(t, goodBody), accepted)
}

// lossyStore takes its first claim, and loses the answer to it.
type lossyStore struct {
	*webhook.MemoryStore
	claims int
}

func (s *lossyStore) Claim(ctx context.Context, key webhook.IdempotencyKey, token string, lease time.Duration) (webhook.Claim, error) {
	claim, err := s.MemoryStore.Claim(ctx, key, token, lease)
	if s.claims++; s.claims == 1 {
		return "", errors.New("connection reset")
	}
	return claim, err
}

func TestClosedHandlerHasDeliveriesSentAgain(t *testing.T) {
	r := newReceiver(t, webhook.NewMemoryStore(10))
	expect(t, r.post(t, goodBody), accepted)
	if err := errors.Join(r.Close(), r.Close()); err != nil {
		t.Error(err)
	}
	expect(t, r.post(t, goodBody)[:3], "503")
	if line := r.lastLine(t); line["level"] != "ERROR" || !strings.Contains(line["detail"].(string), "has been closed") {
		t.Errorf("logged %v", line)
	}
	_ = r.LastMatched()
}

// What was handled is committed, or another process would hand it on again.
func TestCloseLetsWhatIsAtWorkComeToItsEnd(t *testing.T) {
	store := webhook.NewMemoryStore(10)
	r := newReceiver(t, store)
	r.handle = func(context.Context, webhook.Event) error { return r.Close() }
	expect(t, r.post(t, goodBody), accepted)
	expect(t, r.post(t, goodBody)[:3], "503")
	if claim, err := store.Claim(t.Context(), "run.completed:run_01", "another", time.Minute); claim != webhook.ClaimDuplicate || err != nil {
		t.Error(claim, err)
	}
	r = newReceiver(t, store)
	r.handle = func(context.Context, webhook.Event) error { return errors.Join(r.Close(), errors.New("no luck")) }
	expect(t, r.post(t, `{"event":"run.completed","run_id":"run_02"}`), unavailable)
	if claim, err := store.Claim(t.Context(), "run.completed:run_02", "another", time.Minute); claim != webhook.ClaimNew || err != nil {
		t.Error(claim, err)
	}
}

// goner ends its goroutine when it is printed.
type goner struct{}

func (goner) Error() string { runtime.Goexit(); return "" }

func TestErrorThatEndsTheGoroutineIsNotWaitedForForEver(t *testing.T) {
	warmUp(t)
	for name, end := range map[string]func() error{"panicked": func() error { panic(goner{}) }, "returned": func() error { return goner{} }} {
		synctest.Test(t, func(t *testing.T) {
			r := newReceiver(t, webhook.NewMemoryStore(10))
			r.handle = func(context.Context, webhook.Event) error { return end() }
			started := time.Now()
			expect(t, r.post(t, goodBody), unavailable)
			if err := r.Wait(t.Context()); err != nil || time.Since(started) != 0 {
				t.Errorf("%s: %v after %v", name, err, time.Since(started))
			}
			if line := r.lastLine(t); !strings.Contains(line["detail"].(string), "webhook_test.goner") {
				t.Errorf("%s: logged %v", name, line)
			}
		})
	}
}

func TestBodyThatPanicsIsNotWaitedFor(t *testing.T) {
	r := newReceiver(t, webhook.NewMemoryStore(10))
	request := webhooktest.NewRequest(t, "/", secretOne, atSigning, []byte(goodBody))
	request.Body = panickingBody{}
	func() {
		defer func() { _ = recover() }()
		r.answer(request)
	}()
	if err := r.Wait(t.Context()); err != nil {
		t.Error(err)
	}
}

type panickingBody struct{ io.ReadCloser }

func (panickingBody) Read([]byte) (int, error) { panic(http.ErrAbortHandler) }

func TestLogThatHangsKeepsNoAnswer(t *testing.T) {
	warmUp(t)
	synctest.Test(t, func(t *testing.T) {
		isStuck, freed := false, make(chan bool)
		logger := slog.New(oddLog{slog.NewTextHandler(io.Discard, nil), func() {
			if isStuck {
				<-freed
			}
		}})
		r := newReceiver(t, webhook.NewMemoryStore(10), webhook.WithLogger(logger), webhook.WithRawLog(webhook.RawLogAll))
		isStuck = true
		server, address := serveInMemory(r)
		defer server.Close()
		connection := address.dial()
		defer connection.Close()
		answers := bufio.NewReader(connection)
		for _, want := range []string{accepted, duplicate} { // the second over the connection that the first is logged for
			started := time.Now()
			go func() {
				_, _ = connection.Write([]byte("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 62\r\nX-Overten-Signature: " + goodValue +
					"\r\nX-Overten-Timestamp: 1760000000\r\n\r\n" + goodBody))
			}()
			expect(t, readAnswer(t, answers), want)
			if waited := time.Since(started); waited > time.Second {
				t.Errorf("%s after %v", want, waited)
			}
		}
		r.handle = func(context.Context, webhook.Event) error { time.Sleep(20 * time.Second); return nil }
		started := time.Now()
		expect(t, r.post(t, `{"event":"run.completed","run_id":"run_02"}`), inFlight)
		if waited := time.Since(started); waited > 12*time.Second {
			t.Errorf("the slow one after %v", waited)
		}
		close(freed)
		if err := r.Wait(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

type oddLog struct {
	slog.Handler
	end func()
}

func (l oddLog) Handle(context.Context, slog.Record) error { l.end(); return nil }

func TestLoggerThatEndsOddlyCostsNoAnswer(t *testing.T) {
	for name, end := range map[string]func(){"panic": func() { panic("disk full") }, "Goexit": runtime.Goexit} {
		isRunning := false
		logger := slog.New(oddLog{slog.NewTextHandler(io.Discard, nil), func() {
			if isRunning {
				end()
			}
		}})
		r := newReceiver(t, webhook.NewMemoryStore(10), webhook.WithLogger(logger))
		isRunning = true
		if answer := r.post(t, goodBody); answer != accepted {
			t.Errorf("%s: %s", name, answer)
		}
	}
}

func TestWaitReturnsWhenTheLastFunctionHas(t *testing.T) {
	warmUp(t)
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t, webhook.NewMemoryStore(10))
		r.handle = func(context.Context, webhook.Event) error { time.Sleep(25 * time.Second); return nil }
		if err := r.Wait(t.Context()); err != nil {
			t.Errorf("with nothing at work: %v", err)
		}
		started := time.Now()
		expect(t, r.post(t, goodBody), inFlight)
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := r.Wait(short); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("gives %v while a function runs", err)
		}
		if err := r.Wait(t.Context()); err != nil || time.Since(started) != 25*time.Second {
			t.Errorf("%v after %v", err, time.Since(started))
		}
		if line := r.lastLine(t); line["code"] != "accepted" {
			t.Errorf("what came of it is not logged by then: %v", line)
		}
	})
}

func TestHandlerThatOutlivesItsLeaseIsWarnedOf(t *testing.T) {
	warmUp(t)
	synctest.Test(t, func(t *testing.T) {
		store := webhook.NewMemoryStore(10)
		r := newReceiver(t, store, webhook.WithLease(20*time.Second))
		r.handle = func(context.Context, webhook.Event) error { time.Sleep(30 * time.Second); return nil }
		expect(t, r.post(t, goodBody), inFlight)
		_ = r.Wait(t.Context())
		if line := r.lastLine(t); line["level"] != "WARN" || line["code"] != "accepted" || !strings.Contains(line["detail"].(string), "outlived its lease") {
			t.Errorf("logged %v", line)
		}
	})
}

func TestStalledUploadIsAnswered(t *testing.T) {
	warmUp(t)
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t, webhook.NewMemoryStore(10))
		server, address := serveInMemory(r)
		defer server.Close()
		connection := address.dial()
		defer connection.Close()
		go func() {
			_, _ = connection.Write([]byte("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 62\r\nX-Overten-Signature: " + goodValue +
				"\r\nX-Overten-Timestamp: 1760000000\r\n\r\n" + goodBody[:61]))
		}()
		started := time.Now()
		expect(t, readAnswer(t, connection), unavailable)
		if waited := time.Since(started); waited != 10*time.Second {
			t.Errorf("answered after %v", waited)
		}
	})
}

func TestBodyLimitOfAnotherHandlerIsNamed(t *testing.T) {
	r := newReceiver(t, webhook.NewMemoryStore(10))
	recorder := httptest.NewRecorder()
	http.MaxBytesHandler(r, 10).ServeHTTP(recorder, webhooktest.NewRequest(t, "/", secretOne, atSigning, []byte(goodBody)))
	line := r.lastLine(t)
	if _, counted := line["body_bytes"]; counted || recorder.Code != http.StatusServiceUnavailable || !strings.Contains(line["detail"].(string), "http: request body too large") {
		t.Errorf("%d, logged %v", recorder.Code, line)
	}
}

func TestBodyWithoutATurnIsNotSaidToStall(t *testing.T) {
	warmUp(t)
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t, webhook.NewMemoryStore(10))
		r.TakeTurns()
		started := time.Now()
		expect(t, r.post(t, goodBody), unavailable)
		if waited := time.Since(started); waited != 10*time.Second {
			t.Errorf("answered after %v", waited)
		}
		if line := r.lastLine(t); !strings.Contains(line["detail"].(string), "no turn to check it within 10 s: ") {
			t.Errorf("logged %v", line)
		}
	})
}
