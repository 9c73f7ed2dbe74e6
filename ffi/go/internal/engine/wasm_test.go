//go:build !overten_native

package engine

import "testing"

func TestTrappedInstanceIsClosedAndNeverUsedAgain(t *testing.T) {
	v, failure := New(Secrets{List: []Secret{{Value: []byte("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")}}}, Options{MaxBodyBytes: 1000, PastUnchecked: true, FutureUnchecked: true})
	if failure != nil {
		t.Fatal(failure)
	}
	defer v.Close()
	const signature = "sha256=f28888a08ad78128cfaa478ed699bbc4a9155929c0e8b1b0e14b671d1efe46c9"
	body := []byte(`{"event":"run.completed","run_id":"run_01","data":{"ok":true}}`)
	verify := func() *Failure { return v.Verify(signature, "1760000000", body, 1760000000, new(Verdict), new(Ticket)) }
	before := Live()
	broken, failure := v.pool.take()
	if failure != nil {
		t.Fatal(failure)
	}
	broken.verifier = 0xfffffff0 // outside the memory
	v.pool.put(broken)
	if failure := verify(); failure == nil || failure.Code != codeInternal {
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
	v, failure := New(Secrets{List: []Secret{{Value: []byte("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")}}}, Options{MaxBodyBytes: 1 << 20})
	if failure != nil {
		t.Fatal(failure)
	}
	defer v.Close()
	done, body := make(chan bool), make([]byte, 64<<20)
	for range 50 {
		go func() {
			for range 5 {
				v.Verify("sha256=f28888a08ad78128cfaa478ed699bbc4a9155929c0e8b1b0e14b671d1efe46c9", "1", body, 1, new(Verdict), new(Ticket))
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
