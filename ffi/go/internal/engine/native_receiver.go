//go:build overten_native && cgo

package engine

/*
#cgo noescape overten_reception_begin
#cgo nocallback overten_reception_begin
#cgo noescape overten_reception_body_packed
#cgo nocallback overten_reception_body_packed
#cgo noescape overten_reception_broken_off
#cgo nocallback overten_reception_broken_off
#cgo noescape overten_reception_advance
#cgo nocallback overten_reception_advance
#cgo noescape overten_reception_late_named
#cgo nocallback overten_reception_late_named
#cgo noescape overten_reception_end_named
#cgo nocallback overten_reception_end_named
#cgo noescape overten_reception_raw_line
#cgo nocallback overten_reception_raw_line
#include <overten_webhook.h>
*/
import "C"

import (
	"runtime"
	"strings"
	"sync"
	"time"
	"unsafe"
)

// Receiver owns a handle of the library. All that a request is between two steps is its Reception.
type Receiver struct {
	Verifier // has no handle where the receiver is misconfigured
	Hashing  hashing
	receiver *C.overten_receiver
	gate     sync.RWMutex // read-locked while the handle is in use
	closed   bool
}

// enter lets a call use the handle until it leaves the gate, unless it has been given back.
func (r *Receiver) enter() *Failure {
	r.gate.RLock()
	if r.closed {
		r.gate.RUnlock()
		return Closed()
	}
	return nil
}

func (r *Receiver) free() {
	r.gate.Lock()
	defer r.gate.Unlock()
	r.closed = true
	C.overten_receiver_free(r.receiver)
}

// NewReceiver makes a receiver; with a failure there is one too, which answers that it is misconfigured.
func NewReceiver(secrets Secrets, options ReceiverOptions) (*Receiver, *Failure) {
	settings := C.overten_receiver_options{
		struct_size:          C.uint32_t(unsafe.Sizeof(C.overten_receiver_options{})),
		flags:                C.uint32_t(options.flags()),
		past_seconds:         C.int64_t(options.PastSeconds),
		future_seconds:       C.int64_t(options.FutureSeconds),
		max_body_bytes:       C.uint64_t(options.MaxBodyBytes),
		lease_seconds:        C.uint64_t(options.LeaseSeconds),
		retention_seconds:    C.uint64_t(options.RetentionSeconds),
		scope:                C.uint32_t(options.Scope),
		mismatch_http_status: C.uint32_t(options.MismatchStatus),
	}
	var (
		receiver *C.overten_receiver
		err      C.overten_error
		status   C.overten_status
	)
	path, pathLen := pathOf(options)
	if secrets.ByLine {
		status = C.overten_receiver_new_from_lines(bytesOf(secrets.Lines), C.size_t(len(secrets.Lines)), path, pathLen, &settings, &receiver, &err)
	} else {
		list, free := cSecrets(secrets.List)
		defer free()
		status = C.overten_receiver_new(list, C.size_t(len(secrets.List)), path, pathLen, &settings, &receiver, &err)
	}
	return newReceiver(receiver), failureOf(status, &err)
}

// NewMisconfigured makes a receiver that answers that it is misconfigured, and why.
func NewMisconfigured(why string, options ReceiverOptions) (*Receiver, *Failure) {
	var receiver *C.overten_receiver
	path, pathLen := pathOf(options)
	status := C.overten_receiver_new_misconfigured(textOf(why), C.size_t(len(why)), path, pathLen, &receiver)
	return newReceiver(receiver), failureOfStatus(uint32(status))
}

func pathOf(options ReceiverOptions) (*C.char, C.size_t) {
	switch {
	case !options.HasPath:
		return nil, 0
	case options.Path == "":
		return textOf("\x00"), 0
	default:
		return textOf(options.Path), C.size_t(len(options.Path))
	}
}

func newReceiver(receiver *C.overten_receiver) *Receiver {
	if receiver == nil {
		return nil
	}
	r := &Receiver{receiver: receiver, Hashing: make(hashing, atOnce())}
	var handle *C.overten_verifier
	C.overten_receiver_verifier(receiver, &handle)
	r.start(handle, r.free)
	return r
}

// StartLine is the one line to log when the receiver is made.
func (r *Receiver) StartLine() (level uint32, line string) {
	if r.enter() != nil {
		return LevelError, ""
	}
	defer r.gate.RUnlock()
	var (
		cLevel C.uint32_t
		view   C.overten_view
	)
	C.overten_receiver_start_line(r.receiver, &cLevel, &view)
	return uint32(cLevel), C.GoStringN(view.data, C.int(view.len))
}

// LastMatched gives for each secret when it last made the signature of an authentic delivery, in Unix seconds; 0 for never.
func (r *Receiver) LastMatched() []int64 {
	times := make([]int64, len(r.infos))
	if r.enter() != nil {
		return times
	}
	defer r.gate.RUnlock()
	for n := range times {
		var (
			present C.bool
			at      C.int64_t
		)
		C.overten_receiver_last_matched(r.receiver, C.size_t(n), &present, &at)
		times[n] = int64(at)
	}
	return times
}

// Begin judges a request before its body is read.
func (r *Receiver) Begin(to *Reception, method, target string, headers [][2]string, atMS uint64) (Step, *Failure) {
	if failure := r.enter(); failure != nil {
		return Step{}, failure
	}
	defer r.gate.RUnlock()
	var (
		pinner runtime.Pinner
		step   C.overten_step
	)
	defer pinner.Unpin()
	rows := rowsOf(&pinner, headers)
	status := C.overten_reception_begin(r.receiver, textOf(method), C.size_t(len(method)), textOf(target), C.size_t(len(target)),
		unsafe.SliceData(rows), C.size_t(len(rows)), C.uint64_t(atMS), to.c(), &step)
	return stepOf(&step), failureOfStatus(uint32(status))
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
	for record := i.lent(); ; {
		var (
			length C.size_t
			cKey   C.overten_key
			cStep  C.overten_step
			err    C.overten_error
		)
		status := C.overten_reception_body_packed(r.receiver, of.c(), unsafe.Pointer(unsafe.SliceData(body)), C.size_t(len(body)), C.int64_t(now),
			C.uint32_t(keys), unsafe.Pointer(unsafe.SliceData(record)), C.size_t(len(record)), &length, &cKey, &cStep, &err)
		if failure := failureOf(status, &err); failure != nil {
			return "", "", Step{}, failure, false
		}
		if int(length) > len(record) {
			record = make([]byte, length)
			continue
		}
		if length == 0 {
			return "", "", stepOf(&cStep), nil, false
		}
		var text strings.Builder
		text.Grow(len(body) + int(length))
		text.Write(body)
		text.Write(record[:length])
		return text.String(), C.GoString(&cKey.text[0]), stepOf(&cStep), nil, false
	}
}

// BrokenOff says that the body could not be read to its end.
func (r *Receiver) BrokenOff(of *Reception) (Step, *Failure) {
	var (
		step C.overten_step
		err  C.overten_error
	)
	status := C.overten_reception_broken_off(of.c(), &step, &err)
	return stepOf(&step), failureOf(status, &err)
}

// Advance says what came of a step.
func (r *Receiver) Advance(of *Reception, outcome uint32, askedAtMS, atMS uint64) (Step, *Failure) {
	var (
		step C.overten_step
		err  C.overten_error
	)
	status := C.overten_reception_advance(of.c(), C.uint32_t(outcome), C.uint64_t(askedAtMS), C.uint64_t(atMS), &step, &err)
	return stepOf(&step), failureOf(status, &err)
}

// Late says that a step is not done in time: gives what to answer meanwhile, if anything, and the step to go on with.
func (r *Receiver) Late(of *Reception, named Named, whys []string, atMS uint64) (Ending, Step, *Failure) {
	if failure := r.enter(); failure != nil {
		return Ending{}, Step{}, failure
	}
	defer r.gate.RUnlock()
	var pinner runtime.Pinner
	defer pinner.Unpin()
	var (
		step   C.overten_step
		ending C.overten_ending
		line   [lineBytes]C.char
		length C.size_t
	)
	name, run, task, views := named.c(), named.run(), named.task(), viewsOf(&pinner, whys)
	status := C.overten_reception_late_named(r.receiver, of.c(), name, C.size_t(len(named.Event)), run, C.size_t(len(named.RunID)), task,
		C.size_t(len(named.TaskID)), unsafe.SliceData(views), C.size_t(len(views)), C.uint64_t(atMS), &ending, &line[0], lineBytes, &length, &step)
	return endingOf(&ending, line[:length]), stepOf(&step), failureOfStatus(uint32(status))
}

// End gives what to answer, and the line to log.
func (r *Receiver) End(of *Reception, named Named, whys []string, atMS uint64) (Ending, *Failure) {
	if failure := r.enter(); failure != nil {
		return Ending{}, failure
	}
	defer r.gate.RUnlock()
	var pinner runtime.Pinner
	defer pinner.Unpin()
	var (
		ending C.overten_ending
		line   [lineBytes]C.char
		length C.size_t
	)
	name, run, task, views := named.c(), named.run(), named.task(), viewsOf(&pinner, whys)
	status := C.overten_reception_end_named(r.receiver, of.c(), name, C.size_t(len(named.Event)), run, C.size_t(len(named.RunID)), task,
		C.size_t(len(named.TaskID)), unsafe.SliceData(views), C.size_t(len(views)), C.uint64_t(atMS), &ending, &line[0], lineBytes, &length)
	return endingOf(&ending, line[:length]), failureOfStatus(uint32(status))
}

// RawLine gives the line for debugging beside the one that End or Late gives: it is called right before either. It is empty where
// none is to be logged; a nil body is one of which nothing was read.
func (r *Receiver) RawLine(of *Reception, headers [][2]string, body []byte, atMS uint64) string {
	if r.enter() != nil {
		return ""
	}
	defer r.gate.RUnlock()
	var pinner runtime.Pinner
	defer pinner.Unpin()
	rows, line := rowsOf(&pinner, headers), make([]byte, rawLineBytes)
	var length C.size_t
	C.overten_reception_raw_line(r.receiver, of.c(), unsafe.SliceData(rows), C.size_t(len(rows)), unsafe.Pointer(unsafe.SliceData(body)),
		C.size_t(len(body)), C.uint64_t(atMS), (*C.char)(unsafe.Pointer(&line[0])), rawLineBytes, &length)
	return string(line[:length])
}

func (r *Reception) c() *C.overten_reception { return (*C.overten_reception)(unsafe.Pointer(r)) }

func (n Named) c() *C.char {
	if !n.HasEvent {
		return nil
	}
	return lent(n.Event)
}

func (n Named) run() *C.char {
	if !n.HasEvent {
		return nil
	}
	return lent(n.RunID)
}

func (n Named) task() *C.char {
	if !n.HasTask {
		return nil
	}
	return lent(n.TaskID)
}

// lent is never NULL, which says that a text is absent.
func lent(text string) *C.char {
	if text == "" {
		return textOf("\x00")
	}
	return textOf(text)
}

// pinned lends a text that another structure refers to.
func pinned(pinner *runtime.Pinner, text string) *C.char {
	if text == "" {
		return nil
	}
	pinner.Pin(unsafe.StringData(text))
	return textOf(text)
}

func rowsOf(pinner *runtime.Pinner, headers [][2]string) []C.overten_header {
	rows := make([]C.overten_header, len(headers))
	for n, header := range headers {
		name, value := pinned(pinner, header[0]), pinned(pinner, header[1])
		rows[n] = C.overten_header{name: name, name_len: C.size_t(len(header[0])), value: value, value_len: C.size_t(len(header[1]))}
	}
	return rows
}

func viewsOf(pinner *runtime.Pinner, texts []string) []C.overten_view {
	views := make([]C.overten_view, len(texts))
	for n, text := range texts {
		views[n] = C.overten_view{data: pinned(pinner, text), len: C.size_t(len(text))}
	}
	return views
}

func stepOf(step *C.overten_step) Step {
	return Step{
		Kind: uint32(step.kind), FailedForGood: step.failed_for_good != 0, AnswerByMS: uint64(step.answer_by_ms),
		MaxBodyBytes: uint64(step.max_body_bytes), LeaseSeconds: uint64(step.lease_seconds),
	}
}

func endingOf(ending *C.overten_ending, line []C.char) Ending {
	if len(line) == 0 {
		return Ending{}
	}
	return Ending{
		Code:   uint32(ending.status),
		Level:  uint32(ending.level),
		Answer: answerOf(&ending.answer),
		Line:   C.GoStringN(&line[0], C.int(len(line))),
	}
}
