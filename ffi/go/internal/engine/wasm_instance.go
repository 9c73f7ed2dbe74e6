//go:build !overten_native

package engine

import (
	"bytes"
	"context"
	"encoding/binary"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// Where things lie in an instance's scratch block.
const (
	verdictAt    = 0
	deliveryAt   = 24 // a pointer
	packedLenAt  = 28 // a size
	errorAt      = 32
	outputAt     = errorAt + errorBytes // whatever else a function writes
	receptionAt  = outputAt + 128
	stepAt       = receptionAt + receptionBytes
	endingAt     = stepAt + stepBytes
	keyAt        = endingAt + endingBytes
	scratchBytes = keyAt + keyBytes
)

// instance is one copy of the core with its own memory, used by one goroutine at a time.
//
// The input buffer holds, without gaps: signature, timestamp, body, room for a record. A body and its record lying together
// become one Go string in one copy.
type instance struct {
	module   api.Module
	buffer   api.Memory
	bytes    []byte // the memory, until it grows
	stack    [16]uint64
	trapped  bool
	verifier uint32
	receiver uint32
	refusal  *Failure // why the receiver is misconfigured
	matched  []int64  // what it said last of when each secret matched
	delivery uint32   // verified, and still in the input buffer; 0 when there is none
	isKept   bool     // whatever memory it takes, for what it has counted
	use      uint64   // counts the deliveries, so that a ticket fits one only

	scratch, input, inputBytes              uint32
	signatureLen, timestampLen, bodyLen     uint32
	verify, verifyPacked, deliveryPacked    api.Function
	freeDelivery, checkHeaders, alloc, free api.Function
	others                                  map[string]api.Function
}

func newInstance() (*instance, *Failure) { return translated().instance() }

func (core core) instance() (*instance, *Failure) {
	if core.err != nil {
		return nil, internalFailure(core.err)
	}
	module, err := core.runtime.InstantiateModule(withWipedMemory, core.module, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		return nil, internalFailure(err)
	}
	live.Add(1)
	i := &instance{
		module:         module,
		buffer:         module.Memory(),
		verify:         module.ExportedFunction("overten_verify"),
		verifyPacked:   module.ExportedFunction("overten_verify_packed"),
		deliveryPacked: module.ExportedFunction("overten_delivery_packed"),
		freeDelivery:   module.ExportedFunction("overten_delivery_free"),
		checkHeaders:   module.ExportedFunction("overten_headers_check_values"),
		alloc:          module.ExportedFunction("overten_wasm_alloc"),
		free:           module.ExportedFunction("overten_wasm_free"),
		others:         make(map[string]api.Function),
	}
	if i.scratch = i.call(i.alloc, scratchBytes); i.trapped || i.scratch == 0 {
		i.close()
		return nil, memoryFailure
	}
	return i, nil
}

// close drops the instance and wipes its memory.
func (i *instance) close() {
	_ = i.module.Close(context.Background())
	live.Add(-1)
}

// keptMemory is the most memory that an instance keeps between deliveries. One of 1 MiB leaves less, unless it has many
// thousands of members; since the memory of WebAssembly never shrinks, an instance that grew beyond this is dropped for a new one.
const keptMemory = 8 << 20

func (i *instance) isSpent() bool { return i.trapped || !i.isKept && i.buffer.Size() > keptMemory }

func (i *instance) holds(use uint64) bool { return i.use == use && i.delivery != 0 }

var trapFailure = &Failure{Code: CodeInternal, Position: -1, Offset: -1, Message: "the core stopped; this is a defect of the library, please report it"}

func internalFailure(err error) *Failure {
	return &Failure{Code: CodeInternal, Position: -1, Offset: -1, Message: err.Error()}
}

// call returns the function's first result. After a trap the instance is good for nothing but closing.
func (i *instance) call(function api.Function, arguments ...uint64) uint32 {
	if i.trapped {
		return CodeInternal
	}
	n := copy(i.stack[:], arguments)
	if err := function.CallWithStack(context.Background(), i.stack[:max(n, 1)]); err != nil {
		i.trapped = true
		return CodeInternal
	}
	return uint32(i.stack[0])
}

func (i *instance) callNamed(name string, arguments ...uint64) uint32 {
	function, known := i.others[name]
	if !known {
		function = i.module.ExportedFunction(name)
		i.others[name] = function
	}
	return i.call(function, arguments...)
}

// memory is the whole memory, for writing too; good until the next call.
func (i *instance) memory() []byte {
	if size := i.buffer.Size(); uint32(len(i.bytes)) != size {
		i.bytes, _ = i.buffer.Read(0, size)
	}
	return i.bytes
}

func (i *instance) at(offset uint32) uint64 { return uint64(i.scratch + offset) }
func (i *instance) signature() uint64       { return uint64(i.input) }
func (i *instance) timestamp() uint64       { return uint64(i.input + i.signatureLen) }
func (i *instance) body() uint64            { return uint64(i.input + i.signatureLen + i.timestampLen) }
func (i *instance) record() uint64          { return i.body() + uint64(i.bodyLen) }

func (i *instance) u32(at uint32) uint32 {
	return binary.LittleEndian.Uint32(i.memory()[i.scratch+at:])
}

func (i *instance) u64(at uint32) uint64 {
	return binary.LittleEndian.Uint64(i.memory()[i.scratch+at:])
}

// text is a NUL-terminated text in a fixed field of the scratch block.
func (i *instance) text(at, room uint32) string {
	field, _, _ := bytes.Cut(i.memory()[i.scratch+at:i.scratch+at+room], []byte{0})
	return string(field)
}

func (i *instance) cString(pointer uint32) string {
	if i.trapped {
		return ""
	}
	text, _, _ := bytes.Cut(i.memory()[pointer:], []byte{0})
	return string(text)
}

// view is the text that an overten_view in the scratch block points to.
func (i *instance) view(at uint32) string {
	pointer, length := i.u32(at), i.u32(at+4)
	return string(i.memory()[pointer:][:length])
}

func (i *instance) verdict() Verdict {
	return Verdict{Timestamp: int64(i.u64(verdictAt)), AgeSeconds: int64(i.u64(verdictAt + 8)), SecretIndex: i.u32(verdictAt + 16)}
}

// failure is the error that a call left, or nil.
func (i *instance) failure(status uint32) *Failure {
	if i.trapped {
		return trapFailure
	}
	if status == CodeOK {
		return nil
	}
	return &Failure{
		Code:       status,
		Position:   int32(i.u32(errorAt + 4)),
		AgeSeconds: int64(i.u64(errorAt + 8)),
		Limit:      i.u64(errorAt + 16),
		Offset:     int64(i.u64(errorAt + 24)),
		Field:      i.text(errorAt+32, 16),
		Message:    i.text(errorAt+48, errorBytes-48),
	}
}

// plainFailure is that of a call that says nothing but a status.
func (i *instance) plainFailure(status uint32) *Failure {
	if i.trapped {
		return trapFailure
	}
	return failureOfStatus(status)
}

func (i *instance) answer(at uint32) Answer {
	return Answer{Status: int(i.u32(at)), RetryAfterSeconds: int(i.u32(at + 4)), Allow: i.text(at+8, 8), Body: i.text(at+16, 48)}
}

// reserve makes the input buffer at least so large; what it held is gone when it has to grow.
func (i *instance) reserve(size uint64) *Failure {
	i.dropDelivery()
	if size <= uint64(i.inputBytes) {
		return nil
	}
	if size = max(size, 2*uint64(i.inputBytes), 8192); size > 1<<31 {
		return memoryFailure
	}
	i.call(i.free, uint64(i.input), uint64(i.inputBytes))
	i.input, i.inputBytes = i.call(i.alloc, size), uint32(size)
	if i.trapped {
		return trapFailure
	}
	if i.input == 0 {
		i.inputBytes = 0
		return memoryFailure
	}
	return nil
}

func (i *instance) dropDelivery() {
	if i.delivery != 0 {
		i.call(i.freeDelivery, uint64(i.delivery))
		i.delivery = 0
	}
}

// hold copies the parts into the input buffer, each at a multiple of 8, and returns where they lie.
func (i *instance) hold(parts ...[]byte) ([]uint64, *Failure) {
	size := uint64(0)
	for _, part := range parts {
		size += uint64(len(part)+7) &^ 7
	}
	if failure := i.reserve(size); failure != nil {
		return nil, failure
	}
	at, next := make([]uint64, len(parts)), uint64(i.input)
	for n, part := range parts {
		at[n] = next
		copy(i.memory()[next:], part)
		next += uint64(len(part)+7) &^ 7
	}
	return at, nil
}

func (i *instance) wipe(at uint64, length int) {
	if !i.trapped {
		clear(i.memory()[at:][:length])
	}
}

// prepare copies a delivery into the input buffer and leaves room for its record.
func (i *instance) prepare(signature, timestamp string, body []byte, room int) *Failure {
	i.use++
	if failure := i.reserve(uint64(len(signature)) + uint64(len(timestamp)) + uint64(len(body)) + uint64(room)); failure != nil {
		return failure
	}
	i.signatureLen, i.timestampLen, i.bodyLen = uint32(len(signature)), uint32(len(timestamp)), uint32(len(body))
	memory := i.memory()
	copy(memory[i.signature():], signature)
	copy(memory[i.timestamp():], timestamp)
	copy(memory[i.body():], body)
	return nil
}

// verifyBody verifies the prepared delivery and keeps it for packVerified.
func (i *instance) verifyBody(now int64) *Failure {
	status := i.call(i.verify, uint64(i.verifier), i.signature(), uint64(i.signatureLen), i.timestamp(), uint64(i.timestampLen),
		i.body(), uint64(i.bodyLen), uint64(now), i.at(deliveryAt), i.at(verdictAt), i.at(errorAt))
	if failure := i.failure(status); failure != nil {
		return failure
	}
	i.delivery = i.u32(deliveryAt)
	return nil
}

// packVerified reads the delivery that verifyBody kept; fits is false where the record is longer than its room.
func (i *instance) packVerified(keys uint32) (text string, failure *Failure, fits bool) {
	room := i.input + i.inputBytes - uint32(i.record())
	status := i.call(i.deliveryPacked, uint64(i.delivery), uint64(keys), i.record(), uint64(room), i.at(packedLenAt))
	if failure := i.failure(status); failure != nil {
		return "", failure, true
	}
	if i.u32(packedLenAt) > room {
		return "", nil, false
	}
	return i.packedText(), nil, true
}

// pack verifies and reads a delivery in one call, or two where the record is unusually long.
func (i *instance) pack(signature, timestamp string, body []byte, now int64, keys uint32) (string, *Failure) {
	for room := recordRoom; ; room = int(i.u32(packedLenAt)) {
		if failure := i.prepare(signature, timestamp, body, room); failure != nil {
			return "", failure
		}
		status := i.call(i.verifyPacked, uint64(i.verifier), i.signature(), uint64(i.signatureLen), i.timestamp(), uint64(i.timestampLen),
			i.body(), uint64(i.bodyLen), uint64(now), uint64(keys), i.record(), uint64(room), i.at(packedLenAt), i.at(errorAt))
		if failure := i.failure(status); failure != nil {
			return "", failure
		}
		if i.u32(packedLenAt) <= uint32(room) {
			return i.packedText(), nil
		}
	}
}

// packedText is the body and its record.
func (i *instance) packedText() string {
	return string(i.memory()[i.body():][:i.bodyLen+i.u32(packedLenAt)])
}
