package webhook

import (
	"encoding/binary"
	"math"
	"strings"

	"example.com/overten/webhook/internal/engine"
)

// record is a delivery's body followed by the core's packed record about it, in one string. Its layout is described in the C
// library's README ("The packed record"): numbers first, then slots: a slot is a number, or refers to a text in the body or behind the slots.
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
	slotCountAt   = 32
	memberCountAt = 36
	faultOffsetAt = 40
	slotsAt       = 48

	slotBytes = 8
	absent    = math.MaxUint64
)

// The slots that every record has, in order. Those of the optional fields follow, then two for each member.
const (
	nameField = iota
	runIDField
	taskIDField
	errorCodeField
	errorMessageField
	runKeyField
	taskKeyField
	bodyKeyField
	faultFieldField
	faultTextField
	firstOptionalField
)

func (r record) u32(at int) uint32 {
	if r.text == "" { // of an event that nobody read
		return 0
	}
	return binary.LittleEndian.Uint32([]byte(r.text[r.bodyLen+at:][:4]))
}

func (r record) u64(at int) uint64 {
	if r.text == "" {
		return absent
	}
	return binary.LittleEndian.Uint64([]byte(r.text[r.bodyLen+at:][:8]))
}

// wholeNumber is the number in the slot.
func (r record) wholeNumber(slot int) (uint64, bool) {
	number := r.u64(slotsAt + slot*slotBytes)
	if number == absent {
		return 0, false
	}
	return number, true
}

func (r record) number(slot int) (float64, bool) {
	bits, ok := r.wholeNumber(slot)
	return math.Float64frombits(bits), ok
}

// field is the text that the slot refers to.
func (r record) field(slot int) (string, bool) {
	ref, ok := r.wholeNumber(slot)
	if !ok {
		return "", false
	}
	return r.text[uint32(ref):][:ref>>32], true
}

// memberSlot is the slot of a member's name; its JSON text is in the next one.
func (r record) memberSlot(n int) int { return int(r.u32(slotCountAt)) + 2*n }

func (r record) textOf(slot int) string {
	text, _ := r.field(slot)
	return text
}

// key is empty where it was not asked for.
func (r record) key(slot int) IdempotencyKey { return IdempotencyKey(strings.Clone(r.textOf(slot))) }

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
		slot := r.memberSlot(n)
		if r.textOf(slot) == name {
			return r.field(slot + 1)
		}
	}
	return "", false
}
