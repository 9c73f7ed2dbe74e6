package webhook

import (
	"context"
	"errors"
	"time"
)

// Store is the ledger of what has been handled. It is made to be put over Redis or a database; [MemoryStore] is the one for a
// single process.
//
// Claim must be one atomic step (SET key token NX PX lease in Redis, an INSERT with a unique key in SQL): a look-up followed by
// an insert lets two deliveries of one event through. The token names the claim, so that a holder whose lease has lapsed can
// neither commit nor release the claim of the one who came after it.
//
// An error from any method is answered with [ErrUnavailable], and Overten sends the delivery again. After an error from Claim the
// key is released, since only the answer may have been lost. webhooktest.TestStore holds a store of your own to all of these rules.
type Store interface {
	// Claim takes the key for at most the lease, unless it is committed (ClaimDuplicate) or claimed by another token whose
	// lease still runs (ClaimInFlight). A claim that lies further in the future than its lease has lapsed too: only a clock put
	// back shows one, and it would block its key for as long.
	Claim(ctx context.Context, key IdempotencyKey, token string, lease time.Duration) (Claim, error)
	// Commit keeps the key for the retention, counted from now. It returns ErrClaimLost where the key is claimed by, or was
	// committed under, another token; a claim that lapsed and that nobody took is still committed.
	Commit(ctx context.Context, key IdempotencyKey, token string, retention time.Duration) error
	// Release gives the key back, so that the next delivery is new. A claim that is not the token's is left alone, which is no
	// error: a receiver may not know whether it holds the key.
	Release(ctx context.Context, key IdempotencyKey, token string) error
	// Durable tells whether committed keys survive a restart of the process. Where they do, a delivery that was held up for
	// days is still taken in, since its key stops every replay; where they do not, only a short tolerance stops it.
	Durable() bool
}

// Claim is what a store answers to a claim.
type Claim string

// The three answers to a claim.
const (
	ClaimNew       Claim = "new"       // the caller holds the key now
	ClaimDuplicate Claim = "duplicate" // handled before
	ClaimInFlight  Claim = "in_flight" // another holds the key at this moment
)

// ErrClaimLost is returned by [Store.Commit] when the claim lapsed and another took it.
var ErrClaimLost = errors.New("overten webhook: the claim lapsed and was taken by another")
