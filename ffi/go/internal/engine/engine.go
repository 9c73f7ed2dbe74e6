// Package engine runs the core: every verdict, answer and key comes from it through the C ABI, and nothing is decided
// here. There are two ways to run it, chosen when the program is built: as embedded WebAssembly (wasm.go, the default),
// or as the installed static library through cgo (native.go, build tag overten_native). Both give the same functions.
package engine

import "sync/atomic"

// Secret is one secret and its label; HasLabel tells a default label from an empty one.
type Secret struct {
	Label    string
	HasLabel bool
	Value    []byte
}

// Secrets are given either one by one or as the lines of an environment variable.
type Secrets struct {
	List   []Secret
	Lines  []byte
	ByLine bool
}

// Clone returns a copy that shares no bytes with s.
func (s Secrets) Clone() Secrets {
	clone := Secrets{ByLine: s.ByLine, Lines: append([]byte(nil), s.Lines...)}
	for _, secret := range s.List {
		secret.Value = append([]byte(nil), secret.Value...)
		clone.List = append(clone.List, secret)
	}
	return clone
}

// Wipe overwrites the secrets with zeros.
func (s Secrets) Wipe() {
	clear(s.Lines)
	for _, secret := range s.List {
		clear(secret.Value)
	}
}

// Options are a verifier's settings.
type Options struct {
	PastSeconds, FutureSeconds     int64
	PastUnchecked, FutureUnchecked bool
	MaxBodyBytes                   uint64
}

// flags is the ABI's form of the sides that are switched off.
func (o Options) flags() uint32 {
	var flags uint32
	if o.PastUnchecked {
		flags |= pastUnchecked
	}
	if o.FutureUnchecked {
		flags |= futureUnchecked
	}
	return flags
}

// SecretInfo is what may be shown of a secret.
type SecretInfo struct{ Label, Fingerprint string }

// Verdict is what verifying gives.
type Verdict struct {
	Timestamp   int64
	AgeSeconds  int64
	SecretIndex uint32
}

// Failure is the ABI's overten_error.
type Failure struct {
	Code       uint32
	Position   int32
	AgeSeconds int64
	Limit      uint64
	Offset     int64
	Field      string
	Message    string
}

var memoryFailure = &Failure{Code: CodeInternal, Position: -1, Offset: -1, Message: "no memory for the delivery; lower the body limit"}

// Answer is an HTTP answer; Status is 0 where there is none to give.
type Answer struct {
	Status            int
	RetryAfterSeconds int
	Allow             string
	Body              string
}

// Defaults are a receiver's.
type Defaults struct {
	PastSeconds, FutureSeconds, RetentionSeconds, LeaseSeconds, MaxBodyBytes uint64
}

// Status is what the core says about one of its codes.
type Status struct {
	Word       string
	Message    string
	HTTPStatus int
	Retryable  bool
}

// recordRoom is where most records fit; a longer one is asked for again.
const recordRoom = 2048

var live atomic.Int64

// Live is how many things of the core's are held at this moment: instances, or handles of the native library.
func Live() int64 { return live.Load() }

func failureOfStatus(status uint32) *Failure {
	if status == CodeOK {
		return nil
	}
	return &Failure{Code: status, Position: -1, Offset: -1}
}

// Closed is the failure of whatever comes after Close.
func Closed() *Failure {
	return &Failure{Code: codeInvalidArgument, Position: -1, Offset: -1, Message: "the verifier has been closed; make a new one"}
}
