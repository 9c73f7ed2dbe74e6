//go:build !overten_native || cgo

package engine

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

const (
	testSecret    = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	testSignature = "sha256=f28888a08ad78128cfaa478ed699bbc4a9155929c0e8b1b0e14b671d1efe46c9"
	testBody      = `{"event":"run.completed","run_id":"run_01","data":{"ok":true}}`
)

func newTestVerifier(t *testing.T) *Verifier {
	t.Helper()
	v, failure := New(Secrets{List: []Secret{{Value: []byte(testSecret)}}}, Options{MaxBodyBytes: 1 << 20, PastUnchecked: true, FutureUnchecked: true})
	if failure != nil {
		t.Fatal(failure)
	}
	t.Cleanup(v.Close)
	return v
}

func TestPanicOrExitInsideVerifyKeepsNoPlaceOfThePool(t *testing.T) {
	v := newTestVerifier(t)
	for n := range 4 * runtime.GOMAXPROCS(0) {
		done := make(chan bool)
		go func() {
			defer close(done)
			defer func() { _ = recover() }()
			v.Verify(testSignature, "1760000000", []byte(testBody), 1, nil, new(Ticket)) // panics where it writes the verdict
			t.Errorf("call %d did not panic", n)
		}()
		<-done
	}
	if failure := v.Verify(testSignature, "1760000000", []byte(testBody), 1, new(Verdict), new(Ticket)); failure != nil {
		t.Error(failure)
	}
	v.Close() // and returns
}

func TestPlaceOfAnInstanceThatCouldNotBeBuiltIsFreeAgain(t *testing.T) {
	builds := 0
	p := newPool(1, func() (*instance, *Failure) {
		if builds++; builds == 1 {
			panic("no memory")
		}
		return newInstance()
	})
	func() {
		defer func() { _ = recover() }()
		_, _ = p.take()
	}()
	i, failure := p.take()
	if failure != nil {
		t.Fatal(failure)
	}
	p.put(i)
	p.close()
}

func TestNoMoreBodiesAreHashedAtOnceThanThereMayBeAndWaitingHasAnEnd(t *testing.T) {
	newTestVerifier(t) // starts the core outside the bubble
	synctest.Test(t, func(t *testing.T) {
		r, failure := NewReceiver(Secrets{List: []Secret{{Value: []byte(testSecret)}}}, ReceiverOptions{
			Options: Options{MaxBodyBytes: 1 << 20, PastUnchecked: true, FutureUnchecked: true}, Scope: KeyRun, MismatchStatus: 401, LeaseSeconds: 60, RetentionSeconds: 1000,
		})
		if failure != nil {
			t.Fatal(failure.Message)
		}
		defer r.Close()
		send := func() (step Step, late bool) {
			t.Helper()
			var reception Reception
			headers := [][2]string{{"X-Overten-Signature", testSignature}, {"X-Overten-Timestamp", "1760000000"}}
			if step, failure = r.Begin(&reception, "POST", "/", headers, 0); failure != nil || step.Kind != StepReadBody { // waits for nobody
				t.Fatal(step, failure)
			}
			_, _, step, _, late = r.Body(time.Second, &reception, []byte(testBody), 1760000000, KeyRun)
			return step, late
		}
		if step, late := send(); step.Kind != StepClaim || late {
			t.Fatal(step, late)
		}
		if cap(r.Hashing) > runtime.GOMAXPROCS(0) {
			t.Errorf("%d at once", cap(r.Hashing))
		}
		for range cap(r.Hashing) {
			r.Hashing <- struct{}{}
		}
		started := time.Now()
		if _, late := send(); !late || time.Since(started) != time.Second {
			t.Errorf("late %v after %v", late, time.Since(started))
		}
	})
}
