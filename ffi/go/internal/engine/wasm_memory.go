//go:build !overten_native

package engine

import (
	"context"

	"github.com/tetratelabs/wazero/experimental"
)

// withWipedMemory is the context in which an instance's memory is one that leaves no secrets behind.
var withWipedMemory = experimental.WithMemoryAllocator(context.Background(),
	experimental.MemoryAllocatorFunc(func(_, _ uint64) experimental.LinearMemory { return new(wipedMemory) }))

// wipedMemory overwrites what it gives back to Go, where it grows and where it ends.
type wipedMemory struct{ bytes []byte }

// Reallocate moves the memory to a place of this size; it never shrinks.
func (m *wipedMemory) Reallocate(size uint64) []byte {
	grown := make([]byte, size)
	copy(grown, m.bytes)
	m.Free()
	m.bytes = grown
	return grown
}

// Free overwrites the memory.
func (m *wipedMemory) Free() { clear(m.bytes) }
