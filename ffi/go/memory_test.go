package webhook_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"example.com/overten/webhook"
)

func TestMemoryStoreJudgesClaimsAsTheCoreDoes(t *testing.T) {
	times := []int64{-1_000_000, -61, -60, -59, -1, 0, 1, 59, 60, 61, 1_000_000}
	for _, isCommitted := range []bool{false, true} {
		for _, seconds := range []int64{0, 1, 60, 604_800} {
			for _, age := range times {
				for _, edge := range []int64{0, seconds, -seconds} {
					const at = 1_760_000_000
					if here, core := webhook.ClaimJudged(isCommitted, at, at+age+edge, seconds); here != core || core == "" {
						t.Errorf("committed %v, %d s old, for %d s: %s, and in the core %s", isCommitted, age+edge, seconds, here, core)
					}
				}
			}
		}
	}
}

func TestClaimOfAClockPutBackLapses(t *testing.T) { // N-16
	now := int64(1_760_003_600)
	store := webhook.NewMemoryStoreAt(10, func() int64 { return now })
	for _, want := range []webhook.Claim{webhook.ClaimNew, webhook.ClaimInFlight} {
		if claim, err := store.Claim(t.Context(), "k", "a", time.Minute); claim != want || err != nil {
			t.Fatal(claim, err)
		}
	}
	now -= 3600
	if claim, err := store.Claim(t.Context(), "k", "b", time.Minute); claim != webhook.ClaimNew || err != nil {
		t.Errorf("%s, %v: the key is blocked for as long as the clock went back", claim, err)
	}
}

// The store's clock is the process's: these run in a bubble whose time passes at once.
func TestRetentionOutlivesRetries(t *testing.T) { // K7-07
	warmUp(t)
	synctest.Test(t, func(t *testing.T) {
		store := webhook.NewMemoryStore(10)
		claim := func(token string) webhook.Claim {
			claim, err := store.Claim(t.Context(), "k", token, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			return claim
		}
		if claim("a") != webhook.ClaimNew || claim("b") != webhook.ClaimInFlight {
			t.Fatal("a fresh claim")
		}
		time.Sleep(time.Minute)
		if claim("b") != webhook.ClaimInFlight {
			t.Fatal("a claim lapses before its lease is over")
		}
		time.Sleep(time.Second)
		if claim("b") != webhook.ClaimNew {
			t.Fatal("a claim whose holder died does not lapse")
		}
		if err := store.Commit(t.Context(), "k", "a", time.Hour); !errors.Is(err, webhook.ErrClaimLost) {
			t.Errorf("the lapsed holder commits: %v", err)
		}
		if err := store.Release(t.Context(), "k", "a"); err != nil || claim("c") != webhook.ClaimInFlight {
			t.Errorf("the lapsed holder releases: %v", err)
		}
		if err := store.Commit(t.Context(), "k", "b", 7*24*time.Hour); err != nil {
			t.Fatal(err)
		}
		time.Sleep(48 * time.Hour)
		if claim("d") != webhook.ClaimDuplicate {
			t.Error("forgotten after 48 hours")
		}
		time.Sleep(6 * 24 * time.Hour)
		if claim("e") != webhook.ClaimNew {
			t.Error("kept for more than the retention")
		}
	})
}

func TestMemoryStoreIsBounded(t *testing.T) {
	store := webhook.NewMemoryStore(2)
	for n := range 5 {
		key := webhook.IdempotencyKey(fmt.Sprint(n))
		if claim, err := store.Claim(t.Context(), key, "t", time.Minute); err != nil || claim != webhook.ClaimNew {
			t.Fatal(claim, err)
		}
		if err := store.Commit(t.Context(), key, "t", time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	if claim, _ := store.Claim(t.Context(), "4", "u", time.Minute); claim != webhook.ClaimDuplicate {
		t.Error("the newest key was forgotten")
	}
	for _, key := range []webhook.IdempotencyKey{"a", "b"} {
		if _, err := store.Claim(t.Context(), key, "t", time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.Claim(t.Context(), "c", "t", time.Minute); err == nil {
		t.Error("a claim in flight was forgotten")
	}
}
