//go:build !overten_native || cgo

package engine

import "time"

// hashing bounds how many bodies of one receiver are hashed at once; everything else the core does takes microseconds. (A verifier
// alone is bounded by its instances.)
type hashing chan struct{}

// beginWithin waits for a turn, which end gives back; false where none came in time.
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
