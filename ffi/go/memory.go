package webhook

import (
	"container/list"
	"context"
	"fmt"
	"sync"
	"time"

	"example.com/overten/webhook/internal/engine"
)

// MemoryStore is a [Store] in this process's memory: for one process, and until it ends. Whoever runs several, or cannot take
// an event twice after a restart, puts a store of their own over a database.
type MemoryStore struct {
	mutex    sync.Mutex
	capacity int
	entries  map[IdempotencyKey]*list.Element
	byAge    list.List // of *memoryEntry, the one that was claimed or committed longest ago first
}

type memoryEntry struct {
	key   IdempotencyKey
	token string
	engine.Entry
}

// judge asks the core what a claim of the entry's key would be.
func (e *memoryEntry) judge(now time.Time) uint32 { return engine.JudgeClaim(e.Entry, now.Unix()) }

// NewMemoryStore makes a store of at most so many keys; about 300 bytes each. When it is full, the key that was committed
// longest ago is forgotten before its time, and a delivery of it counts as new. A capacity below 1 is taken for 1.
func NewMemoryStore(capacity int) *MemoryStore {
	return &MemoryStore{capacity: max(capacity, 1), entries: make(map[IdempotencyKey]*list.Element)}
}

// Claim takes the key, or tells why not.
func (s *MemoryStore) Claim(_ context.Context, key IdempotencyKey, token string, lease time.Duration) (Claim, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	now := time.Now()
	if entry := s.find(key); entry != nil {
		switch code := entry.judge(now); code {
		case engine.CodeOK:
		case engine.CodeDuplicate:
			return ClaimDuplicate, nil
		case engine.CodeInFlight:
			return ClaimInFlight, nil
		default:
			return "", codeOf(code)
		}
	}
	s.forget(key)
	if len(s.entries) >= s.capacity && !s.forgetOldest(now) {
		return "", fmt.Errorf("overten webhook: the memory store holds %d claims that are all being handled", s.capacity)
	}
	s.entries[key] = s.byAge.PushBack(&memoryEntry{key, token, engine.Entry{
		Kind: engine.EntryClaimed, At: now.Unix(), LeaseSeconds: uint64(lease / time.Second),
	}})
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
	case entry.Kind == engine.EntryCommitted:
		return nil
	}
	entry.Entry = engine.Entry{Kind: engine.EntryCommitted, At: time.Now().Unix(), RetentionSeconds: uint64(retention / time.Second)}
	s.byAge.MoveToBack(s.entries[key])
	return nil
}

// Release gives the key back.
func (s *MemoryStore) Release(_ context.Context, key IdempotencyKey, token string) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if entry := s.find(key); entry != nil && entry.token == token && entry.Kind == engine.EntryClaimed {
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
func (s *MemoryStore) forgetOldest(now time.Time) bool {
	for element := s.byAge.Front(); element != nil; element = element.Next() {
		if entry := element.Value.(*memoryEntry); entry.Kind == engine.EntryCommitted || entry.judge(now) == engine.CodeOK {
			s.forget(entry.key)
			return true
		}
	}
	return false
}
