//go:build !overten_native

package engine

import (
	"bytes"
	"fmt"
	"testing"
)

func TestTrappedInstanceIsClosedAndNeverUsedAgain(t *testing.T) {
	v := newTestVerifier(t)
	verify := func() *Failure {
		return v.Verify(testSignature, "1760000000", []byte(testBody), 1760000000, new(Verdict), new(Ticket))
	}
	before := Live()
	broken, failure := v.pool.take()
	if failure != nil {
		t.Fatal(failure)
	}
	broken.verifier = 0xfffffff0 // outside the memory
	v.pool.put(broken)
	if failure := verify(); failure == nil || failure.Code != CodeInternal {
		t.Fatalf("%v", failure)
	}
	if Live() != before-1 || !broken.module.IsClosed() {
		t.Errorf("%d live before, %d after; closed: %v", before, Live(), broken.module.IsClosed())
	}
	for range 10 {
		if failure := verify(); failure != nil {
			t.Fatalf("%v", failure)
		}
	}
}

func TestInstancesAndTheirMemoryAreBounded(t *testing.T) {
	v := newTestVerifier(t)
	done, body := make(chan bool), make([]byte, 64<<20)
	for range 50 {
		go func() {
			for range 5 {
				v.Verify(testSignature, "1", body, 1, new(Verdict), new(Ticket))
			}
			done <- true
		}()
	}
	for range 50 {
		<-done
	}
	if v.pool.made > v.pool.max {
		t.Errorf("%d instances", v.pool.made)
	}
	for _, i := range v.pool.idle {
		if size := i.buffer.Size(); size > 8<<20 {
			t.Errorf("an instance holds %d bytes for a limit of 1 MiB", size)
		}
	}
}

func TestInstanceThatGrewOverAHugeDeliveryIsReplaced(t *testing.T) {
	v := newTestVerifier(t)
	read := func(body []byte) (size uint32) {
		t.Helper()
		signature, timestamp, failure := Sign([]byte(testSecret), 1760000000, body)
		if failure == nil {
			_, failure = v.Packed(signature, timestamp, body, 1760000000, KeyRun, Ticket{})
		}
		if failure != nil {
			t.Fatal(failure.Message)
		}
		for _, pool := range []*pool{v.pool, shared()} {
			for _, i := range pool.idle {
				size = max(size, i.buffer.Size())
			}
		}
		return size
	}
	start := `{"event":"run.completed","run_id":"run_01"`
	plain := fmt.Appendf(nil, `%s,"summary":"%s"}`, start, bytes.Repeat([]byte("x"), 1<<20-100))
	for range 20 {
		read(plain)
	}
	used := v.pool.idle[0].use
	if size := read(plain); size > keptMemory || v.pool.idle[0].use == used {
		t.Errorf("%d bytes, use %d after %d: the usual largest delivery costs an instance", size, v.pool.idle[0].use, used)
	}
	members := []byte(start)
	for n := 0; len(members) < 1<<20-20; n++ {
		members = fmt.Appendf(members, `,"%d":0`, n)
	}
	if size := read(append(members, '}')); size > keptMemory {
		t.Errorf("an instance of %d bytes is kept", size)
	}
}
