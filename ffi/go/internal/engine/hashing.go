//go:build !overten_native || cgo

package engine

import "context"

// hashing bounds how many bodies of one verifier are hashed at once; everything else the core does takes microseconds.
type hashing chan struct{}

// begin waits for a turn, which end gives back; false where the context ended before one came.
func (h hashing) begin(ctx context.Context) bool {
	select {
	case h <- struct{}{}:
		return true
	default:
	}
	select {
	case h <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func (h hashing) end() { <-h }
