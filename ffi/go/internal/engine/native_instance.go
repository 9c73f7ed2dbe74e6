//go:build overten_native && cgo

package engine

// #include <stdlib.h>
// #include <overten_webhook.h>
import "C"

import "unsafe"

// roomBytes holds the usual delivery and its record. A larger one is verified where it lies, and once more to be read: that is
// cheaper than to keep so much memory for it.
const roomBytes = 64 << 10

// instance is room in C's memory for a body and its record behind it, used by one goroutine at a time. A verified delivery
// refers to its body, which therefore cannot lie in Go's memory.
type instance struct {
	room     *[roomBytes]byte
	bodyLen  int
	delivery *C.overten_delivery // verified, and still in the room; nil when there is none
	use      uint64              // counts the deliveries, so that a ticket fits one only
}

func newInstance() (*instance, *Failure) {
	live.Add(1)
	return &instance{room: (*[roomBytes]byte)(C.malloc(roomBytes))}, nil
}

func (i *instance) close() {
	i.dropDelivery()
	C.free(unsafe.Pointer(i.room))
	live.Add(-1)
}

func (i *instance) isSpent() bool { return false }

func (i *instance) holds(use uint64) bool { return i.use == use && i.delivery != nil }

func (i *instance) dropDelivery() {
	i.use++
	if i.delivery != nil {
		C.overten_delivery_free(i.delivery)
		i.delivery = nil
	}
}

// hold copies a body into the room, where it fits with its record.
func (i *instance) hold(body []byte) bool {
	if len(body) > roomBytes-recordRoom {
		return false
	}
	i.bodyLen = copy(i.room[:], body)
	return true
}

// packVerified reads the delivery that lies here; fits is false where the record is longer than its room.
func (i *instance) packVerified(keys uint32) (text string, failure *Failure, fits bool) {
	var length C.size_t
	room := i.room[i.bodyLen:]
	status := C.overten_delivery_packed(i.delivery, C.uint32_t(keys), unsafe.Pointer(unsafe.SliceData(room)), C.size_t(len(room)), &length)
	if status != CodeOK {
		return "", &Failure{Code: uint32(status), Position: -1, Offset: -1}, true
	}
	if int(length) > len(room) {
		return "", nil, false
	}
	return string(i.room[:i.bodyLen+int(length)]), nil, true
}
