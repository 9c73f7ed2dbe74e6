//go:build overten_native && cgo

package engine

/*
#cgo noescape room_verify
#cgo nocallback room_verify
#cgo noescape room_pack
#cgo nocallback room_pack
#include <stdlib.h>
#include <overten_webhook.h>

enum { ROOM_BYTES = 64 << 10 };

// Room for a body and its record behind it. A verified delivery refers to its body, which therefore cannot lie in Go's memory; and what
// lies here needs no check of a pointer where it crosses.
typedef struct {
	overten_delivery *delivery; // verified, and still in the room; NULL when there is none
	overten_verdict verdict;
	overten_error error;
	size_t body_len;
	size_t record_len;
	char bytes[ROOM_BYTES];
} room;

static void room_empty(room *room) {
	overten_delivery_free(room->delivery);
	room->delivery = NULL;
}

// Ends the delivery that was verified before, in the same crossing.
static overten_status room_verify(room *room, const overten_verifier *verifier, const char *signature, size_t signature_len,
		const char *timestamp, size_t timestamp_len, size_t body_len, int64_t now) {
	room_empty(room);
	room->body_len = body_len;
	return overten_verify(verifier, signature, signature_len, timestamp, timestamp_len, room->bytes, body_len, now,
		&room->delivery, &room->verdict, &room->error);
}

static overten_status room_pack(room *room, uint32_t keys) {
	return overten_delivery_packed(room->delivery, keys, room->bytes + room->body_len, ROOM_BYTES - room->body_len, &room->record_len);
}
*/
import "C"

import "unsafe"

// roomBytes holds the usual delivery and its record. A larger one is verified where it lies, and once more to be read: that is
// cheaper than to keep so much memory for it.
const roomBytes = C.ROOM_BYTES

// instance is room in C's memory, used by one goroutine at a time.
type instance struct {
	room *C.room
	use  uint64 // counts the deliveries, so that a ticket fits one only
}

func newInstance() (*instance, *Failure) {
	room := (*C.room)(C.calloc(1, C.sizeof_room))
	if room == nil {
		return nil, memoryFailure
	}
	live.Add(1)
	return &instance{room: room}, nil
}

func (i *instance) close() {
	C.room_empty(i.room)
	C.free(unsafe.Pointer(i.room))
	live.Add(-1)
}

func (i *instance) isSpent() bool { return false }

func (i *instance) holds(use uint64) bool { return i.use == use && i.room.delivery != nil }

// bytes is the room as Go sees it.
func (i *instance) bytes() *[roomBytes]byte { return (*[roomBytes]byte)(unsafe.Pointer(&i.room.bytes)) }

// fits tells whether there is room for a body of this length and its record.
func (i *instance) fits(bodyLen int) bool { return bodyLen <= roomBytes-recordRoom }

// lent is all of the room, for something else.
func (i *instance) lent() []byte {
	i.use++
	C.room_empty(i.room)
	return i.bytes()[:]
}

// verify copies a body that fits into the room, verifies it there and keeps the delivery for packVerified.
func (i *instance) verify(verifier *C.overten_verifier, signature, timestamp string, body []byte, now int64, verdict *Verdict) *Failure {
	i.use++
	copy(i.bytes()[:], body)
	status := C.room_verify(i.room, verifier, textOf(signature), C.size_t(len(signature)), textOf(timestamp), C.size_t(len(timestamp)),
		C.size_t(len(body)), C.int64_t(now))
	if failure := failureOf(status, &i.room.error); failure != nil {
		return failure
	}
	*verdict = verdictOf(&i.room.verdict)
	return nil
}

// packVerified reads the delivery that lies here; fits is false where the record is longer than its room.
func (i *instance) packVerified(keys uint32) (text string, failure *Failure, fits bool) {
	if failure := failureOfStatus(uint32(C.room_pack(i.room, C.uint32_t(keys)))); failure != nil {
		return "", failure, true
	}
	length := int(i.room.body_len + i.room.record_len)
	if length > roomBytes {
		return "", nil, false
	}
	return string(i.bytes()[:length]), nil, true
}

func verdictOf(verdict *C.overten_verdict) Verdict {
	return Verdict{int64(verdict.timestamp_unix_seconds), int64(verdict.age_seconds), uint32(verdict.secret_index)}
}
