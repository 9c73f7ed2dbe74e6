//go:build overten_native && cgo

package engine

/*
#cgo pkg-config: overten_webhook_static
#cgo noescape overten_verify
#cgo nocallback overten_verify
#cgo noescape overten_verify_packed
#cgo nocallback overten_verify_packed
#cgo noescape overten_headers_check_values
#cgo nocallback overten_headers_check_values
#include <stdlib.h>
#include <string.h>
#include <overten_webhook.h>
*/
import "C"

import (
	"bytes"
	"runtime"
	"strings"
	"unsafe"
)

// Name tells which way the core is run.
const Name = "native"

// Mode says in words which way the core is run here, and how fast that is.
func Mode() (words string, slow bool) { return "native", false }

// atOnce is how many bodies of one verifier are hashed at the same time: one per processor.
func atOnce() int { return runtime.GOMAXPROCS(0) }

// Verifier owns a handle of the library, and room for deliveries.
type Verifier struct {
	handle *C.overten_verifier
	free   func()
	pool   *pool
	infos  []SecretInfo
}

// New makes a verifier; nothing of the secrets is kept on this side.
func New(secrets Secrets, options Options) (*Verifier, *Failure) {
	settings := settingsOf(options)
	var (
		handle *C.overten_verifier
		err    C.overten_error
		status C.overten_status
	)
	if secrets.ByLine {
		status = C.overten_verifier_new_from_lines(bytesOf(secrets.Lines), C.size_t(len(secrets.Lines)), &settings, &handle, &err)
	} else {
		list, free := cSecrets(secrets.List)
		defer free()
		status = C.overten_verifier_new(list, C.size_t(len(secrets.List)), &settings, &handle, &err)
	}
	if failure := failureOf(status, &err); failure != nil {
		return nil, failure
	}
	v := new(Verifier)
	v.start(handle, func() { C.overten_verifier_free(handle) })
	return v, nil
}

func settingsOf(options Options) C.overten_options {
	return C.overten_options{
		struct_size:    C.uint32_t(unsafe.Sizeof(C.overten_options{})),
		flags:          C.uint32_t(options.flags()),
		past_seconds:   C.int64_t(options.PastSeconds),
		future_seconds: C.int64_t(options.FutureSeconds),
		max_body_bytes: C.uint64_t(options.MaxBodyBytes),
	}
}

// start takes over a handle, and how it is given back in the end.
func (v *Verifier) start(handle *C.overten_verifier, free func()) {
	live.Add(1)
	v.handle, v.free = handle, free
	v.pool = newPool(atOnce(), newInstance)
	v.infos = v.secretInfos()
}

// cSecrets copies secrets into C's memory; free wipes them.
func cSecrets(secrets []Secret) (list *C.overten_secret, free func()) {
	if len(secrets) == 0 {
		return nil, func() {}
	}
	size := C.size_t(len(secrets)) * C.sizeof_overten_secret
	// Unlike calloc, cgo's malloc ends the process where there is no memory: a receiver that does not start can say so.
	list = (*C.overten_secret)(C.malloc(size))
	rows := unsafe.Slice(list, len(secrets))
	clear(rows)
	for n, secret := range secrets {
		if secret.HasLabel {
			rows[n].label = C.CString(secret.Label)
		}
		rows[n].label_len = C.size_t(len(secret.Label))
		rows[n].secret = (*C.char)(C.malloc(C.size_t(len(secret.Value) + 1)))
		rows[n].secret_len = C.size_t(len(secret.Value))
		copy(unsafe.Slice((*byte)(unsafe.Pointer(rows[n].secret)), len(secret.Value)), secret.Value)
	}
	return list, func() {
		for _, row := range rows {
			C.free(unsafe.Pointer(row.label))
			clear(unsafe.Slice((*byte)(unsafe.Pointer(row.secret)), row.secret_len))
			C.free(unsafe.Pointer(row.secret))
		}
		C.free(unsafe.Pointer(list))
	}
}

// Close gives the handle back once no call uses it any more.
func (v *Verifier) Close() {
	if v.pool.close() {
		v.free()
		live.Add(-1)
	}
}

// Secrets lists what may be shown of the secrets, in order.
func (v *Verifier) Secrets() []SecretInfo { return v.infos }

func (v *Verifier) secretInfos() []SecretInfo {
	if v.handle == nil { // a misconfigured receiver has none
		return nil
	}
	var count C.size_t
	C.overten_verifier_secret_count(v.handle, &count)
	infos := make([]SecretInfo, count)
	for n := range infos {
		var label, fingerprint C.overten_view
		C.overten_verifier_secret_label(v.handle, C.size_t(n), &label)
		C.overten_verifier_secret_fingerprint(v.handle, C.size_t(n), &fingerprint)
		infos[n] = SecretInfo{C.GoStringN(label.data, C.int(label.len)), C.GoStringN(fingerprint.data, C.int(fingerprint.len))}
	}
	return infos
}

// CheckHeaders judges the two header values alone; an absent one is empty.
func (v *Verifier) CheckHeaders(signature, timestamp string) *Failure {
	var err C.overten_error
	status := C.overten_headers_check_values(textOf(signature), C.size_t(len(signature)), textOf(timestamp), C.size_t(len(timestamp)), &err)
	return failureOf(status, &err)
}

// Verify judges a delivery. The ticket serves Packed as long as nothing else has used the instance.
func (v *Verifier) Verify(signature, timestamp string, body []byte, now int64, verdict *Verdict, ticket *Ticket) *Failure {
	i, failure := v.pool.take()
	if failure != nil {
		return failure
	}
	defer v.pool.put(i)
	if i.fits(len(body)) {
		failure := i.verify(v.handle, signature, timestamp, body, now, verdict)
		*ticket = Ticket{i, i.use}
		return failure
	}
	var (
		out C.overten_verdict
		err C.overten_error
	)
	status := C.overten_verify(v.handle, textOf(signature), C.size_t(len(signature)), textOf(timestamp), C.size_t(len(timestamp)),
		unsafe.Pointer(unsafe.SliceData(body)), C.size_t(len(body)), C.int64_t(now), nil, &out, &err)
	if failure := failureOf(status, &err); failure != nil {
		return failure
	}
	*verdict = verdictOf(&out)
	return nil
}

// VerifyHeaders judges a delivery by all of its headers, for the sake of what it says.
func (v *Verifier) VerifyHeaders(headers [][2]string, body []byte, now int64) *Failure {
	var (
		pinner runtime.Pinner
		err    C.overten_error
	)
	defer pinner.Unpin()
	rows := rowsOf(&pinner, headers)
	status := C.overten_verify_headers(v.handle, unsafe.SliceData(rows), C.size_t(len(rows)), unsafe.Pointer(unsafe.SliceData(body)), C.size_t(len(body)),
		C.int64_t(now), nil, nil, &err)
	return failureOf(status, &err)
}

// Packed reads a verified delivery: its body followed by the packed record, as one string. With a ticket that is still good
// the delivery is read where it lies; otherwise it is verified again.
func (v *Verifier) Packed(signature, timestamp string, body []byte, now int64, keys uint32, ticket Ticket) (string, *Failure) {
	if text, failure, read := v.pool.packVerified(ticket, keys); read {
		return text, failure
	}
	i, failure := v.pool.take()
	if failure != nil {
		return "", failure
	}
	defer v.pool.put(i)
	for record := i.lent(); ; {
		length, failure := v.pack(signature, timestamp, body, now, keys, record)
		if failure != nil {
			return "", failure
		}
		if length <= len(record) {
			var text strings.Builder
			text.Grow(len(body) + length)
			text.Write(body)
			text.Write(record[:length])
			return text.String(), nil
		}
		record = make([]byte, length)
	}
}

func (v *Verifier) pack(signature, timestamp string, body []byte, now int64, keys uint32, record []byte) (int, *Failure) {
	var (
		length C.size_t
		err    C.overten_error
	)
	status := C.overten_verify_packed(v.handle, textOf(signature), C.size_t(len(signature)), textOf(timestamp), C.size_t(len(timestamp)),
		unsafe.Pointer(unsafe.SliceData(body)), C.size_t(len(body)), C.int64_t(now), C.uint32_t(keys),
		unsafe.Pointer(unsafe.SliceData(record)), C.size_t(len(record)), &length, &err)
	return int(length), failureOf(status, &err)
}

// Sign makes the two header values.
func Sign(secret []byte, timestamp int64, body []byte) (signature, stamp string, failure *Failure) {
	var (
		out C.overten_signature
		err C.overten_error
	)
	status := C.overten_sign(bytesOf(secret), C.size_t(len(secret)), C.int64_t(timestamp), unsafe.Pointer(unsafe.SliceData(body)), C.size_t(len(body)), &out, &err)
	if failure := failureOf(status, &err); failure != nil {
		return "", "", failure
	}
	return C.GoString(&out.signature[0]), C.GoString(&out.timestamp[0]), nil
}

// AnswerTo is what to answer to a code.
func AnswerTo(code uint32, mismatchStatus int) (Answer, *Failure) {
	var out C.overten_answer
	status := C.overten_answer_to(C.uint32_t(code), C.uint32_t(mismatchStatus), &out)
	return answerOf(&out), failureOfStatus(uint32(status))
}

// StatusOf is what the core says about a number; any number is defined.
func StatusOf(code uint32) (Status, *Failure) {
	number := C.uint32_t(code)
	return Status{
		Word:       C.GoString(C.overten_status_code(number)),
		Message:    C.GoString(C.overten_status_message(number)),
		HTTPStatus: int(C.overten_status_http_status(number)),
		Retryable:  bool(C.overten_status_retryable(number)),
	}, nil
}

// ReceiverDefaults depend on whether the ledger survives a restart.
func ReceiverDefaults(durable bool) (Defaults, *Failure) {
	var out C.overten_defaults
	if failure := failureOfStatus(uint32(C.overten_receiver_defaults(C.bool(durable), &out))); failure != nil {
		return Defaults{}, failure
	}
	return Defaults{uint64(out.past_seconds), uint64(out.future_seconds), uint64(out.retention_seconds), uint64(out.lease_seconds), uint64(out.max_body_bytes)}, nil
}

// JudgeClaim judges a claim by what a ledger knows of its key; its result is an outcome.
func JudgeClaim(kind uint32, at, now int64, leaseSeconds, retentionSeconds uint64) uint32 {
	outcome := C.uint32_t(OutcomeFailed)
	C.overten_claim_judge(C.uint32_t(kind), C.int64_t(at), C.int64_t(now), C.uint64_t(leaseSeconds), C.uint64_t(retentionSeconds), &outcome)
	return uint32(outcome)
}

func answerOf(answer *C.overten_answer) Answer {
	return Answer{int(answer.http_status), int(answer.retry_after_seconds), C.GoString(&answer.allow[0]), C.GoString(&answer.body[0])}
}

// textOf and bytesOf lend Go's memory for one call; the library keeps no pointer to it.
func textOf(text string) *C.char { return (*C.char)(unsafe.Pointer(unsafe.StringData(text))) }

func bytesOf(bytes []byte) *C.char { return (*C.char)(unsafe.Pointer(unsafe.SliceData(bytes))) }

func failureOf(status C.overten_status, err *C.overten_error) *Failure {
	if status == CodeOK {
		return nil
	}
	return &Failure{
		Code:       uint32(status),
		Position:   int32(err.position),
		AgeSeconds: int64(err.age_seconds),
		Limit:      uint64(err.limit),
		Offset:     int64(err.offset),
		Field:      terminated(unsafe.Slice((*byte)(unsafe.Pointer(&err.field)), len(err.field))),
		Message:    terminated(unsafe.Slice((*byte)(unsafe.Pointer(&err.message)), len(err.message))),
	}
}

// terminated is the text before the first NUL; unlike C.GoString it lets the buffer stay on the stack.
func terminated(field []byte) string {
	text, _, _ := bytes.Cut(field, []byte{0})
	return string(text)
}
