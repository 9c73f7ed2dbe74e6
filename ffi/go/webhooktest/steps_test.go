package webhooktest

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"example.com/overten/webhook"
)

// steps is a store of rows, as one over a table is. Each fault takes one of its methods in two steps, or renews what must not be.
type steps struct {
	mutex sync.Mutex
	rows  map[webhook.IdempotencyKey]row

	insertsApart, takesOverApart, takesAgainApart, commitsApart, releasesApart, duplicateRenews, commitRenews bool
}

type row struct {
	token       string
	isCommitted bool
	until       time.Time
	retention   time.Duration
}

// apart lets others in between two steps.
func (s *steps) apart(is bool) {
	if is {
		s.mutex.Unlock()
		runtime.Gosched()
		s.mutex.Lock()
	}
}

func (s *steps) Durable() bool { return false }

func (s *steps) Claim(_ context.Context, key webhook.IdempotencyKey, token string, lease time.Duration) (webhook.Claim, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	found, isFound := s.rows[key]
	switch isRunning := time.Now().Before(found.until); {
	case !isFound:
		s.apart(s.insertsApart)
	case isRunning && found.isCommitted:
		if s.duplicateRenews {
			found.until = time.Now().Add(found.retention)
			s.rows[key] = found
		}
		return webhook.ClaimDuplicate, nil
	case isRunning:
		return webhook.ClaimInFlight, nil
	default:
		s.apart(s.takesOverApart && !found.isCommitted || s.takesAgainApart && found.isCommitted)
	}
	s.rows[key] = row{token: token, until: time.Now().Add(lease)}
	return webhook.ClaimNew, nil
}

func (s *steps) Commit(_ context.Context, key webhook.IdempotencyKey, token string, retention time.Duration) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	found := s.rows[key]
	if found.token != token {
		return webhook.ErrClaimLost
	}
	if found.isCommitted && !s.commitRenews {
		return nil
	}
	s.apart(s.commitsApart)
	s.rows[key] = row{token, true, time.Now().Add(retention), retention}
	return nil
}

func (s *steps) Release(_ context.Context, key webhook.IdempotencyKey, token string) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if found := s.rows[key]; found.token == token && !found.isCommitted {
		s.apart(s.releasesApart)
		delete(s.rows, key)
	}
	return nil
}

func TestStoreOfTwoStepsIsCaught(t *testing.T) {
	for rule, spoil := range map[string]func(*steps){
		"":                                  func(*steps) {},
		"one of many claims at once is new": func(s *steps) { s.insertsApart = true },
		"one of many claims of a lapsed key is new":            func(s *steps) { s.takesOverApart = true },
		"one of many claims of a forgotten key is new":         func(s *steps) { s.takesAgainApart = true },
		"a commit as the claim is taken over":                  func(s *steps) { s.commitsApart = true },
		"a release as the claim is taken over":                 func(s *steps) { s.releasesApart = true },
		"neither a duplicate nor a second commit renews a key": func(s *steps) { s.duplicateRenews = true },
	} {
		broken := faultsOf(t, func() webhook.Store {
			store := &steps{rows: map[webhook.IdempotencyKey]row{}}
			spoil(store)
			return store
		})
		if rule == "" && len(broken) > 0 || rule != "" && !slices.Contains(broken, rule) {
			t.Errorf("a store that breaks %q breaks %q", rule, broken)
		}
	}
	broken := faultsOf(t, func() webhook.Store { return &steps{rows: map[webhook.IdempotencyKey]row{}, commitRenews: true} })
	if !slices.Equal(broken, []string{"neither a duplicate nor a second commit renews a key"}) {
		t.Errorf("a store whose second commit renews breaks %q", broken)
	}
}
