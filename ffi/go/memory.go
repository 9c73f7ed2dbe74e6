package webhook

import (
	"container/list"
	"context"
	"fmt"
	"sync"
	"time"
)

// MemoryStore is a [Store] in this process's memory: for one process, and until it ends. Whoever runs several, or cannot take
// an event twice after a restart, puts a store of their own over a database.
//
// Its clock does not go back when the system's is put back.
type MemoryStore struct {
	now      func() int64 // Unix seconds
	capacity int
	mutex    sync.Mutex
	entries  map[IdempotencyKey]*list.Element
	byAge    list.List // of *memoryEntry, the one that was claimed or committed longest ago first
}

type memoryEntry struct {
	key         IdempotencyKey
	token       string
	isCommitted bool
	at          int64 // when it was claimed or committed
	seconds     int64 // how long that lasts
}

// claimAt is what a claim of the entry's key would be: the core's rules, with which a test compares these, written here so that
// no one waits for the core while the store is locked. A claim further in the future than it lasts has lapsed too: only a clock
// put back shows one.
func (e *memoryEntry) claimAt(now int64) Claim {
	switch age := now - e.at; {
	case e.isCommitted && age <= e.seconds:
		return ClaimDuplicate
	case !e.isCommitted && -e.seconds <= age && age <= e.seconds:
		return ClaimInFlight
	default:
		return ClaimNew
	}
}

// NewMemoryStore makes a store of at most so many keys; about 300 bytes each. When it is full, the key that was committed
// longest ago is forgotten before its time, and a delivery of it counts as new. A capacity below 1 is taken for 1.
func NewMemoryStore(capacity int) *MemoryStore {
	start := time.Now()
	now := func() int64 { return start.Unix() + int64(time.Since(start)/time.Second) }
	return &MemoryStore{now: now, capacity: max(capacity, 1), entries: make(map[IdempotencyKey]*list.Element)}
}

// Claim takes the key, or tells why not.
func (s *MemoryStore) Claim(_ context.Context, key IdempotencyKey, token string, lease time.Duration) (Claim, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	now := s.now()
	if entry := s.find(key); entry != nil {
		if claim := entry.claimAt(now); claim != ClaimNew {
			return claim, nil
		}
	}
	s.forget(key)
	if len(s.entries) >= s.capacity && !s.forgetOldest(now) {
		return "", fmt.Errorf("overten webhook: the memory store holds %d claims that are all being handled", s.capacity)
	}
	s.entries[key] = s.byAge.PushBack(&memoryEntry{key: key, token: token, at: now, seconds: int64(lease / time.Second)})
	return ClaimNew, nil
}

// Commit keeps the key for the retention.
func (s *MemoryStore) Commit(_ context.Context, key IdempotencyKey, token string, retention time.Duration) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	entry := s.find(key)
	switch {
	case entry == nil || entry.token != token:
		return ErrClaimLost
	case entry.isCommitted:
		return nil
	}
	entry.isCommitted, entry.at, entry.seconds = true, s.now(), int64(retention/time.Second)
	s.byAge.MoveToBack(s.entries[key])
	return nil
}

// Release gives the key back.
func (s *MemoryStore) Release(_ context.Context, key IdempotencyKey, token string) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if entry := s.find(key); entry != nil && entry.token == token && !entry.isCommitted {
		s.forget(key)
	}
	return nil
}

// Durable is false.
func (s *MemoryStore) Durable() bool { return false }

func (s *MemoryStore) find(key IdempotencyKey) *memoryEntry {
	if element := s.entries[key]; element != nil {
		return element.Value.(*memoryEntry)
	}
	return nil
}

func (s *MemoryStore) forget(key IdempotencyKey) {
	if element := s.entries[key]; element != nil {
		s.byAge.Remove(element)
		delete(s.entries, key)
	}
}

// forgetOldest makes room; only claims that are being handled are in no one's way.
func (s *MemoryStore) forgetOldest(now int64) bool {
	for element := s.byAge.Front(); element != nil; element = element.Next() {
		if entry := element.Value.(*memoryEntry); entry.isCommitted || entry.claimAt(now) == ClaimNew {
			s.forget(entry.key)
			return true
		}
	}
	return false
}
