//go:build !overten_native || cgo

package engine

import (
	"slices"
	"sync"
)

// pool lends instances out, at most max of them; whoever finds none waits. The one that has been idle longest goes first, so
// that a verified delivery stays readable where it lies for as long as possible.
type pool struct {
	build func() (*instance, *Failure)
	max   int

	mutex  sync.Mutex
	change sync.Cond
	idle   []*instance
	made   int
	closed bool
}

// Ticket finds the verified delivery in the instance that still holds it.
type Ticket struct {
	instance *instance
	use      uint64
}

func newPool(limit int, build func() (*instance, *Failure)) *pool {
	p := &pool{build: build, max: limit, idle: make([]*instance, 0, limit)}
	p.change.L = &p.mutex
	return p
}

// take lends an instance, which put must bring back.
func (p *pool) take() (*instance, *Failure) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for {
		switch {
		case p.closed:
			return nil, Closed()
		case len(p.idle) > 0:
			return p.lend(0), nil
		case p.made < p.max:
			return p.make()
		}
		p.change.Wait()
	}
}

// takeAgain lends the instance that still holds the ticket's delivery, or nil.
func (p *pool) takeAgain(ticket Ticket) *instance {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	n := slices.Index(p.idle, ticket.instance)
	if p.closed || n < 0 || !ticket.instance.holds(ticket.use) {
		return nil
	}
	return p.lend(n)
}

// packVerified reads the ticket's delivery where it lies; read is false where it must be verified again, because another use has
// replaced it, or its record is longer than the room.
func (p *pool) packVerified(ticket Ticket, keys uint32) (text string, failure *Failure, read bool) {
	i := p.takeAgain(ticket)
	if i == nil {
		return "", nil, false
	}
	defer p.put(i)
	return i.packVerified(keys)
}

// put takes an instance back, and closes it where it must not be used again.
func (p *pool) put(i *instance) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if i.isSpent() || p.closed {
		i.close()
		p.made--
	} else {
		p.idle = append(p.idle, i)
	}
	p.change.Broadcast()
}

// close refuses all further takes, waits for what is lent, and tells whether it was this call that closed the pool.
func (p *pool) close() bool {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.closed {
		return false
	}
	p.closed = true
	for _, i := range p.idle {
		i.close()
		p.made--
	}
	p.idle = nil
	p.change.Broadcast()
	for p.made > 0 {
		p.change.Wait()
	}
	return true
}

func (p *pool) lend(n int) *instance {
	i := p.idle[n]
	p.idle = slices.Delete(p.idle, n, n+1)
	return i
}

// make builds an instance, with the mutex released meanwhile. Whatever keeps it from being built, its place is free again.
func (p *pool) make() (i *instance, failure *Failure) {
	p.made++
	p.mutex.Unlock()
	isBuilt := false
	defer func() {
		p.mutex.Lock()
		if !isBuilt {
			p.made--
			p.change.Broadcast()
		}
	}()
	if i, failure = p.build(); failure == nil {
		isBuilt = true
		return i, nil
	}
	if i != nil {
		i.close()
	}
	return nil, failure
}
