//go:build overten_native && !cgo

package engine

// The build tag overten_native links a C library: set CGO_ENABLED=1 and install a C compiler, or leave the tag out and get
// the same module with the core as embedded WebAssembly.
var _ = overten_native_needs_CGO_ENABLED_1_or_leave_the_tag_out
