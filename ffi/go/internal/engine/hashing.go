//go:build !overten_native || cgo

package engine

import "time"

// hashing bounds how many bodies of one verifier are hashed at once; everything else the core does takes microseconds.
type hashing chan struct{}

// begin waits for a turn, which end gives back.
func (h hashing) begin() { h <- struct{}{} }

// beginWithin is begin, and false where no turn came in time.
func (h hashing) beginWithin(duration time.Duration) bool {
	select {
	case h <- struct{}{}:
		return true
	default:
	}
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case h <- struct{}{}:
		return true
	case <-timer.C:
		return false
	}
}

func (h hashing) end() { <-h }
