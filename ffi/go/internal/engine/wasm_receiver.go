//go:build !overten_native

package engine

import (
	"encoding/binary"
	"sync/atomic"
	"time"
)

// Receiver holds a bounded number of instances of the core, each with the same receiver in it: which one is asked does not
// matter, since all that a request is between two steps is its Reception.
type Receiver struct {
	Verifier // has no secrets where the receiver is misconfigured
	Hashing  hashing
	matched  []atomic.Int64
}

// NewReceiver makes a receiver; with a failure there is one too, which answers that it is misconfigured, unless the core itself
// cannot be run.
func NewReceiver(secrets Secrets, options ReceiverOptions) (*Receiver, *Failure) {
	if failure := checkLimit(options.Options); failure != nil {
		r, _ := NewMisconfigured(failure.Message, options)
		return r, failure
	}
	r := &Receiver{Verifier: Verifier{secrets: secrets.Clone(), options: options.Options}}
	return r.start(func(i *instance) *Failure {
		return i.construct("overten_receiver_new", r.secrets, options.raw(), &options)
	})
}

// NewMisconfigured makes a receiver that answers that it is misconfigured, and why.
func NewMisconfigured(why string, options ReceiverOptions) (*Receiver, *Failure) {
	return new(Receiver).start(func(i *instance) *Failure {
		at, failure := i.hold([]byte(why), []byte(options.Path))
		if failure != nil {
			return failure
		}
		path := pathAt(at[1], &options)
		i.wipe(i.at(outputAt), 8)
		return i.plainFailure(i.callNamed("overten_receiver_new_misconfigured", at[0], uint64(len(why)), path[0], path[1], i.at(outputAt)))
	})
}

// start makes the first instance, and tells what became of its receiver.
func (r *Receiver) start(construct func(*instance) *Failure) (*Receiver, *Failure) {
	r.Hashing = make(hashing, atOnce())
	// One instance more than are hashing, so that what takes no time need not wait for one.
	r.Verifier.start(cap(r.Hashing)+1, func(i *instance) *Failure {
		i.refusal = construct(i)
		if i.receiver = i.u32(outputAt); i.receiver == 0 {
			return i.refusal
		}
		i.callNamed("overten_receiver_verifier", uint64(i.receiver), i.at(outputAt))
		i.verifier = i.u32(outputAt)
		return nil
	})
	r.counting = newPool(1, func() (*instance, *Failure) {
		i, failure := r.pool.build()
		if i != nil {
			i.isKept = true
		}
		return i, failure
	})
	i, failure := r.pool.take()
	if failure != nil {
		r.Close()
		return nil, failure
	}
	defer r.pool.put(i)
	r.infos = i.secretInfos()
	r.matched = make([]atomic.Int64, len(r.infos))
	return r, i.refusal
}

// StartLine is the one line to log when the receiver is made.
func (r *Receiver) StartLine() (level uint32, line string) {
	i, failure := r.pool.take()
	if failure != nil {
		return LevelError, ""
	}
	defer r.pool.put(i)
	i.callNamed("overten_receiver_start_line", uint64(i.receiver), i.at(outputAt), i.at(outputAt+8))
	return i.u32(outputAt), i.view(outputAt + 8)
}

// LastMatched gives for each secret when it last made the signature of an authentic delivery, in Unix seconds; 0 for never.
func (r *Receiver) LastMatched() []int64 {
	times := make([]int64, len(r.matched))
	for n := range times {
		times[n] = r.matched[n].Load()
	}
	return times
}

// noteMatches takes over what is new of what the instance knows, and no other does.
func (r *Receiver) noteMatches(i *instance) {
	if i.matched == nil {
		i.matched = make([]int64, len(r.matched))
	}
	for n := range r.matched {
		i.callNamed("overten_receiver_last_matched", uint64(i.receiver), uint64(n), i.at(outputAt), i.at(outputAt+8))
		if i.trapped {
			return
		}
		if at := int64(i.u64(outputAt + 8)); at != i.matched[n] {
			i.matched[n] = at
			r.matched[n].Store(at)
		}
	}
}

// Begin judges a request before its body is read.
func (r *Receiver) Begin(to *Reception, method, target string, headers [][2]string, atMS uint64) (Step, *Failure) {
	i, failure := r.pool.take()
	if failure != nil {
		return Step{}, failure
	}
	defer r.pool.put(i)
	parts := [][]byte{[]byte(method), []byte(target), make([]byte, 16*len(headers))}
	for _, header := range headers {
		parts = append(parts, []byte(header[0]), []byte(header[1]))
	}
	at, failure := i.hold(parts...)
	if failure != nil {
		return Step{}, failure
	}
	i.writeViews(at[2], at[3:], parts[3:])
	status := i.callNamed("overten_reception_begin", uint64(i.receiver), at[0], uint64(len(method)), at[1], uint64(len(target)),
		at[2], uint64(len(headers)), atMS, i.at(receptionAt), i.at(stepAt))
	return i.step(to, i.plainFailure(status))
}

// Body verifies and reads the body in one call: gives it and its record as one string, and the key to claim. It waits for its
// turn where as many bodies are being hashed as there may be: late is true where none came within that time.
func (r *Receiver) Body(within time.Duration, of *Reception, body []byte, now int64, keys uint32) (text, key string, step Step, failure *Failure, late bool) {
	if !r.Hashing.beginWithin(within) {
		return "", "", Step{}, nil, true
	}
	defer r.Hashing.end()
	i, failure := r.pool.take()
	if failure != nil {
		return "", "", Step{}, failure, false
	}
	defer r.pool.put(i)
	for room := recordRoom; ; room = int(i.u32(packedLenAt)) {
		if failure := i.prepare("", "", body, room); failure != nil {
			return "", "", Step{}, failure, false
		}
		i.putReception(of)
		status := i.callNamed("overten_reception_body_packed", uint64(i.receiver), i.at(receptionAt), i.body(), uint64(i.bodyLen), uint64(now),
			uint64(keys), i.record(), uint64(room), i.at(packedLenAt), i.at(keyAt), i.at(stepAt), i.at(errorAt))
		if status == CodeOK && i.u32(packedLenAt) > uint32(room) {
			continue
		}
		if step, failure = i.step(of, i.failure(status)); failure == nil && step.Kind == StepClaim {
			text, key = i.packedText(), i.text(keyAt, keyBytes)
		}
		r.noteMatches(i)
		return text, key, step, failure, false
	}
}

// BrokenOff says that the body could not be read to its end.
func (r *Receiver) BrokenOff(of *Reception) (Step, *Failure) {
	return r.advance(of, "overten_reception_broken_off")
}

// Advance says what came of a step.
func (r *Receiver) Advance(of *Reception, outcome uint32, askedAtMS, atMS uint64) (Step, *Failure) {
	return r.advance(of, "overten_reception_advance", uint64(outcome), askedAtMS, atMS)
}

func (r *Receiver) advance(of *Reception, function string, arguments ...uint64) (Step, *Failure) {
	i, failure := r.pool.take()
	if failure != nil {
		return Step{}, failure
	}
	defer r.pool.put(i)
	i.putReception(of)
	all := append([]uint64{i.at(receptionAt)}, arguments...)
	return i.step(of, i.failure(i.callNamed(function, append(all, i.at(stepAt), i.at(errorAt))...)))
}

// Late says that a step is not done in time: gives what to answer meanwhile, if anything, and the step to go on with.
func (r *Receiver) Late(of *Reception, named Named, whys []string, atMS uint64) (Ending, Step, *Failure) {
	return r.end(of, "overten_reception_late_named", named, whys, atMS, true)
}

// End gives what to answer, and the line to log.
func (r *Receiver) End(of *Reception, named Named, whys []string, atMS uint64) (Ending, *Failure) {
	ending, _, failure := r.end(of, "overten_reception_end_named", named, whys, atMS, false)
	return ending, failure
}

func (r *Receiver) end(of *Reception, function string, named Named, whys []string, atMS uint64, isLate bool) (ending Ending, step Step, failure *Failure) {
	i, failure := r.pool.take()
	if failure != nil {
		return Ending{}, Step{}, failure
	}
	defer r.pool.put(i)
	parts := [][]byte{make([]byte, lineBytes), []byte(named.Event), []byte(named.RunID), []byte(named.TaskID), make([]byte, 8*len(whys))}
	for _, why := range whys {
		parts = append(parts, []byte(why))
	}
	at, failure := i.hold(parts...)
	if failure != nil {
		return Ending{}, Step{}, failure
	}
	i.writeViews(at[4], at[5:], parts[5:])
	if !named.HasEvent {
		at[1], at[2] = 0, 0
	}
	if !named.HasTask {
		at[3] = 0
	}
	i.putReception(of)
	all := []uint64{uint64(i.receiver), i.at(receptionAt), at[1], uint64(len(named.Event)), at[2], uint64(len(named.RunID)), at[3],
		uint64(len(named.TaskID)), at[4], uint64(len(whys)), atMS, i.at(endingAt), at[0], lineBytes, i.at(packedLenAt)}
	if isLate {
		all = append(all, i.at(stepAt))
	}
	if step, failure = i.step(of, i.plainFailure(i.callNamed(function, all...))); failure != nil {
		return Ending{}, Step{}, failure
	}
	line := i.memory()[at[0]:][:min(i.u32(packedLenAt), lineBytes-1)]
	if len(line) > 0 {
		ending = Ending{Code: i.u32(endingAt), Level: i.u32(endingAt + 4), Answer: i.answer(endingAt + 8), Line: string(line)}
	}
	return ending, step, nil
}

// RawLine gives the line for debugging beside the one that End or Late gives: it is called right before either. It is empty where
// none is to be logged; a nil body is one of which nothing was read.
func (r *Receiver) RawLine(of *Reception, headers [][2]string, body []byte, atMS uint64) string {
	i, failure := r.counting.take()
	if failure != nil {
		return ""
	}
	defer r.counting.put(i)
	parts := [][]byte{make([]byte, rawLineBytes), body, make([]byte, 16*len(headers))}
	for _, header := range headers {
		parts = append(parts, []byte(header[0]), []byte(header[1]))
	}
	at, failure := i.hold(parts...)
	if failure != nil {
		return ""
	}
	if i.writeViews(at[2], at[3:], parts[3:]); body == nil {
		at[1] = 0
	}
	i.putReception(of)
	status := i.callNamed("overten_reception_raw_line", uint64(i.receiver), i.at(receptionAt), at[2], uint64(len(headers)), at[1],
		uint64(len(body)), atMS, at[0], rawLineBytes, i.at(packedLenAt))
	if i.plainFailure(status) != nil {
		return ""
	}
	return string(i.memory()[at[0]:][:i.u32(packedLenAt)])
}

func (i *instance) putReception(reception *Reception) {
	memory := i.memory()[i.scratch+receptionAt:]
	for n, word := range reception {
		binary.LittleEndian.PutUint64(memory[8*n:], word)
	}
}

// step takes over what a call made of the reception, and the step that comes next.
func (i *instance) step(reception *Reception, failure *Failure) (Step, *Failure) {
	if failure != nil {
		return Step{}, failure
	}
	for n := range reception {
		reception[n] = i.u64(receptionAt + 8*uint32(n))
	}
	return Step{
		Kind: i.u32(stepAt), FailedForGood: i.u32(stepAt+4) != 0,
		AnswerByMS: i.u64(stepAt + 8), MaxBodyBytes: i.u64(stepAt + 16), LeaseSeconds: i.u64(stepAt + 24),
	}, nil
}

// writeViews writes an array of pointers and lengths for the parts that lie there.
func (i *instance) writeViews(to uint64, at []uint64, parts [][]byte) {
	row := i.memory()[to:]
	for n, part := range parts {
		binary.LittleEndian.PutUint32(row[8*n:], uint32(at[n]))
		binary.LittleEndian.PutUint32(row[8*n+4:], uint32(len(part)))
	}
}
