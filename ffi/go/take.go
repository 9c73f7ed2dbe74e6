package webhook

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// answerWithin leaves room below the 15 s after which Overten gives up on an answer.
const answerWithin = 10 * time.Second

// take hands an authentic delivery on, at most once at a time. One that takes too long is answered as being in flight, and goes
// on: what comes of it is logged when it ends.
func (h *Handler) take(ctx context.Context, r record) result {
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), h.settings.lease)
	done := make(chan result, 1)
	var answered atomic.Bool
	started := time.Now()
	go func() {
		defer cancel()
		result := h.handOn(late, r)
		if answered.CompareAndSwap(false, true) {
			done <- result
			return
		}
		h.log(late, result, time.Since(started))
	}()

	timer := time.NewTimer(answerWithin)
	defer timer.Stop()
	select {
	case result := <-done:
		return result
	case <-timer.C:
		if !answered.CompareAndSwap(false, true) {
			return <-done
		}
		result := h.resultOf(r)
		result.code = ErrInFlight
		result.err = newError(ErrInFlight, nil, "still being handled after %v; a handling function should only write the event down", answerWithin)
		return result
	}
}

func (h *Handler) resultOf(r record) result {
	result := result{delivery: r.delivery, bodyBytes: len(r.delivery.body)}
	result.event, result.err = r.event()
	return result
}

// handOn claims the key, calls the function, and commits or releases.
func (h *Handler) handOn(ctx context.Context, r record) (result result) {
	result = h.resultOf(r)
	defer func() {
		if panicked := recover(); panicked != nil {
			result.fail(fmt.Errorf("panic: %v\n%s", panicked, debug.Stack()), "the store stopped")
		}
	}()
	key, token := h.keyOf(r, result.event), rand.Text()
	claim, err := h.store.Claim(ctx, key, token, h.settings.lease)
	switch {
	case err != nil:
		result.fail(err, "the store did not take a claim")
		return result
	case claim == ClaimDuplicate:
		result.code = CodeDuplicate
		return result
	case claim == ClaimInFlight:
		result.code = ErrInFlight
		return result
	case claim != ClaimNew:
		result.fail(nil, fmt.Sprintf("the store answered %q to a claim", claim))
		return result
	}

	err = h.call(ctx, result)
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerWithin)
	defer cancel()
	if permanent := new(permanentError); err != nil && !errors.As(err, permanent) {
		result.fail(errors.Join(err, h.store.Release(ending, key, token)), "the handling function failed")
		return result
	}
	result.code = CodeAccepted
	if result.event == nil {
		result.code = CodeQuarantined
	}
	if err != nil {
		result.err = newError(result.code, err, "the handling function failed for good")
		result.failedForGood = true
	}
	if err := h.store.Commit(ending, key, token, h.settings.retention); err != nil && !errors.Is(err, ErrClaimLost) {
		result.fail(err, "handled, but the store did not commit the key")
	}
	return result
}

// keyOf is the key in the handler's scope; a delivery that cannot be read has that of its body.
func (h *Handler) keyOf(r record, event Event) IdempotencyKey {
	switch {
	case event == nil:
		return r.key(bodyKeyField)
	case h.settings.scope == TaskScope:
		return r.key(taskKeyField)
	default:
		return r.key(runKeyField)
	}
}

// call runs the function that the delivery is for; a panic there counts as an error.
func (h *Handler) call(ctx context.Context, result result) (err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("panic: %v\n%s", panicked, debug.Stack())
		}
	}()
	if result.event == nil {
		return h.quarantine(ctx, result.delivery, result.err)
	}
	return h.handle(ctx, result.event)
}
