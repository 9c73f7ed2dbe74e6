package webhook

import (
	"context"
	"sync"
)

// running counts what is at work. Unlike a sync.WaitGroup it may be waited for while more begins.
type running struct {
	mutex sync.Mutex
	count int
	idle  chan struct{} // closed when the count is back at 0
}

func (r *running) begin() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.count++; r.count == 1 {
		r.idle = make(chan struct{})
	}
}

func (r *running) end() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.count--; r.count == 0 {
		close(r.idle)
	}
}

func (r *running) wait(ctx context.Context) error {
	r.mutex.Lock()
	count, idle := r.count, r.idle
	r.mutex.Unlock()
	if count == 0 {
		return nil
	}
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
