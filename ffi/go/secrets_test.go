package webhook_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding"
	"encoding/binary"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"example.com/overten/webhook"
)

// Of the keyed states, which are as good as the secret, nothing is left in the process, whatever was done with them.
func TestNothingOfASecretIsLeftOnceItsVerifierIsClosed(t *testing.T) {
	if runtime.GOOS != "linux" || webhook.RaceEnabled {
		t.Skip("looks through the process's memory as Linux shows it, and there must not be too much of it")
	}
	runtime.LockOSThread() // natively another thread's stack may keep a trace until it is written over
	defer runtime.UnlockOSThread()
	const secret = "whsec_that-only-this-test-knows-and-looks-for"
	states := keyedStates(secret)
	expectLeft := func(least, most int) {
		t.Helper()
		if found := countInMemory(t, states); found < least || found > most {
			t.Errorf("%d keyed states in memory, want %d to %d", found, least, most)
		}
	}
	expectLeft(0, 0)
	v, err := webhook.NewVerifier(webhook.NewSecrets(secret))
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{100, 100_000, v.MaxBodyBytes()} { // so that the core's memory grows
		body := fmt.Appendf(nil, `{"event":"run.completed","run_id":"run_01","summary":"%s"}`, bytes.Repeat([]byte(`\n`), size/2-32))
		signature, err := webhook.Sign(secret, atSigning, body)
		if err != nil {
			t.Fatal(err)
		}
		header := goodHeader()
		signature.SetOn(header)
		delivery, err := v.Verify(header, body, time.Unix(signedAt, 0))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := delivery.Event(); err != nil {
			t.Fatal(err)
		}
	}
	expectLeft(2, 100) // in each instance, and where it last moved them
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	expectLeft(0, 0)
}

const stateMask = 0x5a5a5a5a5a5a5a5a

// keyedStates are the states of HMAC-SHA256 that has taken in the key alone, masked, so that they are not found themselves.
func keyedStates(secret string) (states [2][4]uint64) {
	for n, pad := range []byte{0x36, 0x5c} {
		block := bytes.Repeat([]byte{pad}, sha256.BlockSize)
		for at := range secret {
			block[at] ^= secret[at]
		}
		hash := sha256.New()
		hash.Write(block)
		marshalled, err := hash.(encoding.BinaryMarshaler).MarshalBinary() // a word of 4 bytes, then the state
		if err != nil {
			panic(err)
		}
		for word := range states[n] {
			high, low := binary.BigEndian.Uint32(marshalled[4+8*word+4:]), binary.BigEndian.Uint32(marshalled[4+8*word:])
			states[n][word] = (uint64(high)<<32 | uint64(low)) ^ stateMask
		}
		hash.Reset()
		clear(marshalled)
		clear(block)
	}
	return states
}

// countInMemory counts where a state lies in what the process can write to.
func countInMemory(t *testing.T, states [2][4]uint64) (found int) {
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	defer maps.Close()
	memory, err := os.Open("/proc/self/mem")
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Close()
	const overlap = 32
	piece := make([]byte, 1<<20)
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		var from, to uint64
		var modes string
		if _, err := fmt.Sscanf(lines.Text(), "%x-%x %s", &from, &to, &modes); err != nil {
			t.Fatal(err)
		}
		for modes[:2] == "rw" && from+overlap < to {
			read, _ := memory.ReadAt(piece[:min(uint64(len(piece)), to-from)], int64(from)) // what is not there is not read
			found += countIn(piece[:read], states)
			clear(piece)
			from += uint64(len(piece)) - overlap
		}
	}
	return found
}

func countIn(piece []byte, states [2][4]uint64) (found int) {
	for at := 0; at+32 <= len(piece); at += 4 {
		first := binary.LittleEndian.Uint64(piece[at:]) ^ stateMask
		for _, state := range states {
			if first != state[0] {
				continue
			}
			same := true
			for word := range state {
				same = same && binary.LittleEndian.Uint64(piece[at+8*word:])^stateMask == state[word]
			}
			if same {
				found++
			}
		}
	}
	return found
}
