package webhooktest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/overten/webhook"
)

// TestStore tests a [webhook.Store] of your own: that it judges claims as a receiver needs it to, and in one atomic step. It
// takes some seconds, waiting for leases to lapse. Its subtests run side by side, each with a store of its own, which may share its
// database with the others: no key is used twice.
func TestStore(t *testing.T, newStore func(tb testing.TB) webhook.Store) {
	t.Helper()
	for _, rule := range storeRules {
		t.Run(rule.name, func(t *testing.T) {
			t.Parallel()
			c := &storeCheck{ctx: t.Context(), store: newStore(t), run: rand.Text()}
			if rule.check(c); c.fault != nil {
				t.Errorf("%v\n%s", c.fault, rule.why)
			}
		})
	}
}

var storeRules = []struct {
	name, why string
	check     func(*storeCheck)
}{
	{"one of many claims at once is new", "Look up and insert in one atomic step: SET key token NX, or INSERT with a unique key.", oneOfManyIsNew},
	{"a claimed key is in flight until it is released", "A failed delivery is sent again, and must be new then.", releasedIsNew},
	{"a committed key is a duplicate, whatever comes", "Commit must outlive the lease, and neither a release nor another's commit may undo it.", committedStays},
	{"a lapsed claim is anyone's, and no more its holder's", "Compare the token in the same step that commits or releases.", lapsedIsAnyones},
	{"a lapsed claim that nobody took can be committed", "The event was handled: to forget that would hand it on once more.", lapsedIsCommitted},
	{"a release of what is not held changes nothing", "The answer to a claim may be lost, so a receiver releases without knowing whether it holds the key.", strangersReleaseIsHarmless},
	{"keys differ by every byte and may be long", "Use a column or key that compares bytes (no case folding, no collation) and holds 386 of them.", keysAreBytes},
	{"a committed key is forgotten after its retention", "Keep the key until then, and not for ever.", forgottenAfterRetention},
	{"one of many claims of a lapsed key is new", "Compare the old token or time in the step that takes the key over.", oneOfManyTakesOver},
	{"one of many claims of a forgotten key is new", "Compare the old token or time in the step that takes the key over.", oneOfManyTakesAgain},
	{"a commit as the claim is taken over", "Compare the token in the step that commits: either it or the new claim wins.", commitOrTakeOver},
	{"a release as the claim is taken over", "Compare the token in the step that releases.", releaseOrTakeOver},
	{"neither a duplicate nor a second commit renews a key", "Count the retention from the first commit.", nothingRenews},
}

const (
	long  = time.Hour
	short = time.Second
)

// storeCheck is one run of a rule; its keys are its own.
type storeCheck struct {
	ctx   context.Context
	store webhook.Store
	run   string
	fault error
}

func (c *storeCheck) key(name string) webhook.IdempotencyKey {
	return webhook.IdempotencyKey("run.completed:" + c.run + "-" + name)
}

// claims expects this answer to a claim; after the first fault nothing more is tried.
func (c *storeCheck) claims(key, token string, lease time.Duration, want webhook.Claim) {
	if c.fault != nil {
		return
	}
	if got, err := c.store.Claim(c.ctx, c.key(key), token, lease); err != nil || got != want {
		c.fault = fmt.Errorf("the claim of %s by %q is %q (error %v), want %q", c.key(key), token, got, err, want)
	}
}

func (c *storeCheck) commits(key, token string, retention time.Duration, want error) {
	if c.fault != nil {
		return
	}
	if err := c.store.Commit(c.ctx, c.key(key), token, retention); !errors.Is(err, want) {
		c.fault = fmt.Errorf("the commit by %q gives the error %v, want %v", token, err, want)
	}
}

func (c *storeCheck) releases(key, token string) {
	if c.fault != nil {
		return
	}
	if err := c.store.Release(c.ctx, c.key(key), token); err != nil {
		c.fault = fmt.Errorf("the release by %q gives the error %w", token, err)
	}
}

// wait lets more than this pass, as stores count in whole seconds.
func wait(duration time.Duration) { time.Sleep(duration + 1100*time.Millisecond) }

// rounds are enough for a window between two steps to be hit, however narrow.
const rounds, claimants = 100, 16

func oneOfManyIsNew(c *storeCheck) {
	for round := range rounds {
		c.oneIsNew(fmt.Sprint(round))
	}
}

// oneIsNew expects that of many claims of a key at once one is new.
func (c *storeCheck) oneIsNew(key string) {
	if c.fault != nil {
		return
	}
	var (
		answers [claimants]webhook.Claim
		faults  [claimants]error
		calls   []func()
	)
	for n := range claimants {
		calls = append(calls, func() { answers[n], faults[n] = c.store.Claim(c.ctx, c.key(key), fmt.Sprint("token-", n), long) })
	}
	atOnce(calls...)
	newOnes := 0
	for _, answer := range answers {
		if answer == webhook.ClaimNew {
			newOnes++
		}
	}
	if err := errors.Join(faults[:]...); err != nil || newOnes != 1 {
		c.fault = fmt.Errorf("of %d claims of one key at once %d are new (error %v), want 1", claimants, newOnes, err)
	}
}

func atOnce(calls ...func()) {
	var group sync.WaitGroup
	start := make(chan bool)
	for _, call := range calls {
		group.Go(func() {
			<-start
			call()
		})
	}
	close(start)
	group.Wait()
}

// lapsed claims a key for each round, and lets the claims lapse.
func (c *storeCheck) lapsed() {
	for round := range rounds {
		c.claims(fmt.Sprint(round), "old", short, webhook.ClaimNew)
	}
	wait(short)
}

func oneOfManyTakesOver(c *storeCheck) {
	c.lapsed()
	oneOfManyIsNew(c)
}

func oneOfManyTakesAgain(c *storeCheck) {
	for round := range rounds {
		c.claims(fmt.Sprint(round), "old", long, webhook.ClaimNew)
		c.commits(fmt.Sprint(round), "old", short, nil)
	}
	wait(short)
	oneOfManyIsNew(c)
}

// commitOrTakeOver: where the old holder committed, nobody else may have been told that the key is new.
func commitOrTakeOver(c *storeCheck) {
	c.lapsed()
	for round := range rounds {
		if c.fault != nil {
			return
		}
		var (
			claim               webhook.Claim
			failure, commitment error
			key                 = c.key(fmt.Sprint(round))
		)
		atOnce(func() { claim, failure = c.store.Claim(c.ctx, key, "new", long) },
			func() { commitment = c.store.Commit(c.ctx, key, "old", long) })
		isCommitted, isLost := commitment == nil, errors.Is(commitment, webhook.ErrClaimLost)
		if failure != nil || !isCommitted && !isLost || isCommitted == (claim == webhook.ClaimNew) {
			c.fault = fmt.Errorf("at once a commit gives the error %v and a claim of the same key %q (error %v): want one of them to win", commitment, claim, failure)
			return
		}
		after := webhook.ClaimInFlight
		if isCommitted {
			after = webhook.ClaimDuplicate
		}
		c.claims(fmt.Sprint(round), "third", long, after)
	}
}

// releaseOrTakeOver: whichever comes first, the key is the new holder's.
func releaseOrTakeOver(c *storeCheck) {
	c.lapsed()
	for round := range rounds {
		if c.fault != nil {
			return
		}
		atOnce(func() { c.claims(fmt.Sprint(round), "new", long, webhook.ClaimNew) },
			func() { _ = c.store.Release(c.ctx, c.key(fmt.Sprint(round)), "old") })
		c.claims(fmt.Sprint(round), "third", long, webhook.ClaimInFlight)
	}
}

func nothingRenews(c *storeCheck) {
	const retention = 4 * time.Second
	for _, key := range []string{"a", "b"} {
		c.claims(key, "one", long, webhook.ClaimNew)
		c.commits(key, "one", retention, nil)
	}
	time.Sleep(retention - 2*time.Second)
	c.claims("a", "two", long, webhook.ClaimDuplicate)
	c.commits("b", "one", retention, nil)
	wait(2 * time.Second)
	c.claims("a", "two", long, webhook.ClaimNew)
	c.claims("b", "two", long, webhook.ClaimNew)
}

func releasedIsNew(c *storeCheck) {
	c.claims("a", "one", long, webhook.ClaimNew)
	c.claims("a", "two", long, webhook.ClaimInFlight)
	c.claims("b", "two", long, webhook.ClaimNew)
	c.releases("a", "one")
	c.claims("a", "two", long, webhook.ClaimNew)
}

func committedStays(c *storeCheck) {
	c.claims("a", "one", short, webhook.ClaimNew)
	c.commits("a", "one", long, nil)
	c.commits("a", "one", long, nil)
	c.claims("a", "two", short, webhook.ClaimDuplicate)
	c.commits("a", "two", long, webhook.ErrClaimLost)
	c.releases("a", "one")
	c.releases("a", "two")
	wait(short)
	c.claims("a", "one", short, webhook.ClaimDuplicate)
}

func lapsedIsAnyones(c *storeCheck) {
	c.claims("a", "one", short, webhook.ClaimNew)
	wait(short)
	c.claims("a", "two", long, webhook.ClaimNew)
	c.commits("a", "one", long, webhook.ErrClaimLost)
	c.releases("a", "one")
	c.claims("a", "three", long, webhook.ClaimInFlight)
	c.commits("a", "two", long, nil)
	c.claims("a", "three", long, webhook.ClaimDuplicate)
}

func lapsedIsCommitted(c *storeCheck) {
	c.claims("a", "one", short, webhook.ClaimNew)
	wait(short)
	c.commits("a", "one", long, nil)
	c.claims("a", "two", long, webhook.ClaimDuplicate)
}

func strangersReleaseIsHarmless(c *storeCheck) {
	c.releases("a", "one")
	c.claims("a", "one", long, webhook.ClaimNew)
	c.releases("a", "two")
	c.claims("a", "two", long, webhook.ClaimInFlight)
	c.releases("a", "one")
	c.releases("a", "one")
	c.claims("a", "two", long, webhook.ClaimNew)
}

func keysAreBytes(c *storeCheck) {
	padded := strings.Repeat("x", 386-len(c.key("")))
	for _, key := range []string{"a", "A", "a.", "_", "-", padded[1:] + "a", padded[1:] + "b"} {
		c.claims(key, "one", long, webhook.ClaimNew)
	}
}

func forgottenAfterRetention(c *storeCheck) {
	c.claims("a", "one", long, webhook.ClaimNew)
	c.commits("a", "one", short, nil)
	c.claims("a", "two", long, webhook.ClaimDuplicate)
	wait(short)
	c.claims("a", "two", long, webhook.ClaimNew)
}
