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

func oneOfManyIsNew(c *storeCheck) {
	const rounds, claimants = 20, 16
	for round := range rounds {
		var (
			group   sync.WaitGroup
			start   = make(chan bool)
			answers [claimants]webhook.Claim
			faults  [claimants]error
		)
		for n := range claimants {
			group.Go(func() {
				<-start
				answers[n], faults[n] = c.store.Claim(c.ctx, c.key(fmt.Sprint(round)), fmt.Sprint("token-", n), long)
			})
		}
		close(start)
		group.Wait()
		newOnes := 0
		for _, answer := range answers {
			if answer == webhook.ClaimNew {
				newOnes++
			}
		}
		if err := errors.Join(faults[:]...); err != nil || newOnes != 1 {
			c.fault = fmt.Errorf("of %d claims of one key at once %d are new (error %v), want 1", claimants, newOnes, err)
			return
		}
	}
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
