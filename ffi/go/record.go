package webhook

import (
	"encoding/binary"
	"math"
	"strings"

	"example.com/overten/webhook/internal/engine"
)

// record is a delivery's body followed by the core's packed record about it, in one string. Its layout is described in the C
// library's README ("The packed record"): numbers first, then references to texts that lie in the body or behind the numbers.
type record struct {
	delivery *Delivery
	text     string
	bodyLen  int
}

// Where the numbers lie in the record.
const (
	payloadAt     = 4
	timestampAt   = 8
	ageAt         = 16
	secretAt      = 24
	kindAt        = 28
	presentAt     = 32
	memberCountAt = 36
	creditsAt     = 40
	durationAt    = 48
	faultOffsetAt = 56
	fieldsAt      = 64
	membersAt     = 200

	refBytes        = 8
	absent          = math.MaxUint32
	creditsPresent  = 1
	durationPresent = 2
)

// The references to the texts, in order.
const (
	nameField = iota
	runIDField
	taskIDField
	agentNameField
	formatField
	statusField
	summaryField
	downloadURLField
	editURLField
	messageField
	errorCodeField
	errorMessageField
	runKeyField
	taskKeyField
	bodyKeyField
	faultFieldField
	faultTextField
)

func (r record) u32(at int) uint32 {
	return binary.LittleEndian.Uint32([]byte(r.text[r.bodyLen+at:][:4]))
}

func (r record) u64(at int) uint64 {
	return binary.LittleEndian.Uint64([]byte(r.text[r.bodyLen+at:][:8]))
}

// ref is the text that the reference at this place points to.
func (r record) ref(at int) (string, bool) {
	offset := r.u32(at)
	if offset == absent {
		return "", false
	}
	return r.text[offset:][:r.u32(at+4)], true
}

func (r record) field(n int) (string, bool) { return r.ref(fieldsAt + n*refBytes) }

func (r record) textOf(n int) string {
	text, _ := r.field(n)
	return text
}

// key is empty where it was not asked for.
func (r record) key(n int) IdempotencyKey { return IdempotencyKey(strings.Clone(r.textOf(n))) }

func (r record) verdict() engine.Verdict {
	return engine.Verdict{Timestamp: int64(r.u64(timestampAt)), AgeSeconds: int64(r.u64(ageAt)), SecretIndex: r.u32(secretAt)}
}

// event gives the type that its kind calls for.
func (r record) event() (Event, error) {
	if r.u32(payloadAt) == engine.CodeMalformedPayload {
		err := newError(ErrMalformedPayload, nil, "%s", strings.Clone(r.textOf(faultTextField)))
		err.Field, err.Offset = strings.Clone(r.textOf(faultFieldField)), int64(r.u64(faultOffsetAt))
		return nil, err
	}
	switch r.u32(kindAt) {
	case engine.KindRunCompleted:
		return &RunCompleted{event{r}}, nil
	case engine.KindRunFailed:
		return &RunFailed{event{r}}, nil
	default:
		return &Other{event{r}}, nil
	}
}

// member looks from the end, since of a name that stands twice the last one counts.
func (r record) member(name string) (string, bool) {
	for n := int(r.u32(memberCountAt)) - 1; n >= 0; n-- {
		at := membersAt + n*2*refBytes
		if found, _ := r.ref(at); found == name {
			return r.ref(at + refBytes)
		}
	}
	return "", false
}
