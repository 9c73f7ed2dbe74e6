package webhooktest

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/overten/webhook"
)

// faultsOf names the rules that a store breaks, each tried in a bubble whose clock stands until it is waited for.
func faultsOf(t *testing.T, newStore func() webhook.Store) (broken []string) {
	t.Helper()
	for _, rule := range storeRules {
		synctest.Test(t, func(t *testing.T) {
			c := &storeCheck{ctx: t.Context(), store: newStore(), run: "r"}
			if rule.check(c); c.fault != nil {
				broken = append(broken, rule.name)
			}
		})
	}
	return broken
}

func TestRightStoreBreaksNoRule(t *testing.T) {
	if broken := faultsOf(t, func() webhook.Store { return webhook.NewMemoryStore(1000) }); len(broken) > 0 {
		t.Error(broken)
	}
}

// lookedUp claims in two steps, as a store over a database does that looks a key up and then inserts it.
type lookedUp struct {
	*webhook.MemoryStore
	mutex sync.Mutex
	known map[webhook.IdempotencyKey]bool
}

func (s *lookedUp) Claim(ctx context.Context, key webhook.IdempotencyKey, token string, lease time.Duration) (webhook.Claim, error) {
	s.mutex.Lock()
	isKnown := s.known[key]
	s.mutex.Unlock()
	time.Sleep(time.Millisecond) // the way to the database and back
	s.mutex.Lock()
	defer s.mutex.Unlock()
	claim, err := s.MemoryStore.Claim(ctx, key, token, lease)
	if s.known[key] = true; !isKnown && err == nil {
		claim = webhook.ClaimNew
	}
	return claim, err
}

// twisted is a right store but for one method.
type twisted struct {
	*webhook.MemoryStore
	commit  func(*webhook.MemoryStore, webhook.IdempotencyKey, string, time.Duration) error
	release func(*webhook.MemoryStore, webhook.IdempotencyKey, string) error
	key     func(webhook.IdempotencyKey) webhook.IdempotencyKey
	mutex   sync.Mutex // for what follows
	owner   map[webhook.IdempotencyKey]string
}

func (s *twisted) Claim(ctx context.Context, key webhook.IdempotencyKey, token string, lease time.Duration) (webhook.Claim, error) {
	if s.key != nil {
		key = s.key(key)
	}
	claim, err := s.MemoryStore.Claim(ctx, key, token, lease)
	if claim == webhook.ClaimNew {
		s.mutex.Lock()
		defer s.mutex.Unlock()
		s.owner[key] = token
	}
	return claim, err
}

func (s *twisted) holder(key webhook.IdempotencyKey) string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.owner[key]
}

func (s *twisted) Commit(ctx context.Context, key webhook.IdempotencyKey, token string, retention time.Duration) error {
	if s.commit != nil {
		return s.commit(s.MemoryStore, key, s.holder(key), retention)
	}
	return s.MemoryStore.Commit(ctx, key, token, retention)
}

func (s *twisted) Release(ctx context.Context, key webhook.IdempotencyKey, token string) error {
	if s.release != nil {
		return s.release(s.MemoryStore, key, s.holder(key))
	}
	return s.MemoryStore.Release(ctx, key, token)
}

func TestStoreThatIsWrongIsCaught(t *testing.T) {
	ctx := t.Context()
	for name, c := range map[string]struct {
		rule  string
		store func() webhook.Store
	}{
		"claims without atomicity": {"one of many claims at once is new", func() webhook.Store {
			return &lookedUp{MemoryStore: webhook.NewMemoryStore(1000), known: map[webhook.IdempotencyKey]bool{}}
		}},
		"releases whoever holds the key": {"a release of what is not held changes nothing", func() webhook.Store {
			return &twisted{release: func(s *webhook.MemoryStore, key webhook.IdempotencyKey, holder string) error {
				return s.Release(ctx, key, holder)
			}}
		}},
		"commits for whoever holds the key": {"a lapsed claim is anyone's, and no more its holder's", func() webhook.Store {
			return &twisted{commit: func(s *webhook.MemoryStore, key webhook.IdempotencyKey, holder string, retention time.Duration) error {
				return s.Commit(ctx, key, holder, retention)
			}}
		}},
		"commits for as long as a lease": {"a committed key is a duplicate, whatever comes", func() webhook.Store {
			return &twisted{commit: func(s *webhook.MemoryStore, key webhook.IdempotencyKey, holder string, _ time.Duration) error {
				return s.Commit(ctx, key, holder, time.Second)
			}}
		}},
		"keeps keys for ever": {"a committed key is forgotten after its retention", func() webhook.Store {
			return &twisted{commit: func(s *webhook.MemoryStore, key webhook.IdempotencyKey, holder string, _ time.Duration) error {
				return s.Commit(ctx, key, holder, time.Hour)
			}}
		}},
		"forgets to release": {"a claimed key is in flight until it is released", func() webhook.Store {
			return &twisted{release: func(*webhook.MemoryStore, webhook.IdempotencyKey, string) error { return nil }}
		}},
		"folds case": {"keys differ by every byte and may be long", func() webhook.Store {
			return &twisted{key: func(key webhook.IdempotencyKey) webhook.IdempotencyKey {
				return webhook.IdempotencyKey(strings.ToLower(string(key)))
			}}
		}},
		"cuts keys": {"keys differ by every byte and may be long", func() webhook.Store {
			return &twisted{key: func(key webhook.IdempotencyKey) webhook.IdempotencyKey { return key[:min(len(key), 255)] }}
		}},
		"forgets what lapsed": {"a lapsed claim that nobody took can be committed", func() webhook.Store {
			return &twisted{commit: func(*webhook.MemoryStore, webhook.IdempotencyKey, string, time.Duration) error {
				return webhook.ErrClaimLost
			}}
		}},
	} {
		made := func() webhook.Store {
			store := c.store()
			if store, is := store.(*twisted); is {
				store.MemoryStore, store.owner = webhook.NewMemoryStore(1000), map[webhook.IdempotencyKey]string{}
			}
			return store
		}
		if broken := faultsOf(t, made); !slices.Contains(broken, c.rule) {
			t.Errorf("a store that %s breaks %v", name, broken)
		}
	}
}

func TestEventFuncIsTestedWithoutAHandler(t *testing.T) {
	event := NewEvent(t, `{"event":"run.completed","run_id":"run_01","download_url":"https://files.example/1"}`)
	completed, is := event.(*webhook.RunCompleted)
	if !is || completed.RunID() != "run_01" {
		t.Fatal(event)
	}
	if key, err := event.IdempotencyKey(webhook.TaskScope); err != nil || key == "" {
		t.Error(key, err)
	}
	if delivery := NewDelivery(t, []byte("no JSON")); string(delivery.Body()) != "no JSON" {
		t.Error(delivery)
	}
}
