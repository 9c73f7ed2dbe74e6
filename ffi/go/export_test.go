package webhook

import (
	"time"

	"example.com/overten/webhook/internal/engine"
)

// CodeCount and CoreWord let a test compare the words here with the core's.
var CodeCount = len(codeNumbers)

func CoreWord(number uint32) string { return coreStatuses()[number].Word }

// Live is how many instances or handles of the core are held.
var Live = engine.Live

// EngineName is wasm or native.
const EngineName = engine.Name

// EngineMode says how the core is run, and whether that is slow.
var EngineMode = engine.Mode

// WithMonotonicClock sets the clock by which a handler measures what takes long.
func WithMonotonicClock(clock func() time.Time) HandlerOption {
	return handlerOption(func(s *handlerSettings) { s.monotonic, s.start = clock, clock() })
}

// NewMemoryStoreAt is a MemoryStore with a clock of its own, in Unix seconds.
func NewMemoryStoreAt(capacity int, now func() int64) *MemoryStore {
	store := NewMemoryStore(capacity)
	store.now = now
	return store
}

// ClaimJudged is what a MemoryStore and the core make of a claim of a key that was claimed or committed at a time.
func ClaimJudged(isCommitted bool, at, now, seconds int64) (here Claim, core Claim) {
	kind := uint32(engine.EntryClaimed)
	if isCommitted {
		kind = engine.EntryCommitted
	}
	words := map[uint32]Claim{engine.OutcomeNew: ClaimNew, engine.OutcomeDuplicate: ClaimDuplicate, engine.OutcomeInFlight: ClaimInFlight}
	entry := memoryEntry{isCommitted: isCommitted, at: at, seconds: seconds}
	return entry.claimAt(now), words[engine.JudgeClaim(kind, at, now, uint64(seconds), uint64(seconds))]
}

// TakeTurns leaves no body a turn to be hashed.
func (h *Handler) TakeTurns() {
	for range cap(h.receiver.Hashing) {
		h.receiver.Hashing <- struct{}{}
	}
}
