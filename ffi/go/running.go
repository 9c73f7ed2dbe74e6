package webhook

import (
	"context"
	"sync"
)

// running counts what is at work. Unlike a sync.WaitGroup it may be waited for while more begins.
type running struct {
	mutex    sync.Mutex
	count    int
	idle     chan struct{} // closed when the count is back at 0
	isClosed bool
	atRest   func() // called once, when it is closed and nothing is at work
}

// begin counts one more; it is not open after close.
func (r *running) begin() (isOpen bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.count++; r.count == 1 {
		r.idle = make(chan struct{})
	}
	return !r.isClosed
}

func (r *running) end() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.count--; r.count == 0 {
		r.rest()
		close(r.idle)
	}
}

// close has atRest called once nothing is at work.
func (r *running) close(atRest func()) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.isClosed {
		return
	}
	r.isClosed, r.atRest = true, atRest
	if r.count == 0 {
		r.rest()
	}
}

func (r *running) rest() {
	if r.atRest != nil {
		r.atRest()
		r.atRest = nil
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
