//go:build !overten_native || cgo

package engine

import (
	"runtime"
	"testing"
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
