package webhook

import (
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"example.com/overten/webhook/internal/engine"
)

// Delivery is a delivery whose signature and freshness have been checked: only [Verifier.Verify] and a [Handler] make one, so
// holding one is the proof. What it says has not been read yet. The zero Delivery proves nothing: its methods give zero values
// and errors.
type Delivery struct {
	verifier             *Verifier
	signature, timestamp string
	body                 []byte // nil where it is kept
	kept                 string
	verdict              engine.Verdict
	ticket               engine.Ticket
}

// Body is the body as received, borrowed from the caller of Verify; that of a [Handler] is a copy.
func (d *Delivery) Body() []byte {
	if d.body == nil {
		return []byte(d.kept)
	}
	return d.body
}

// Timestamp is when Overten signed the delivery.
func (d *Delivery) Timestamp() time.Time { return time.Unix(d.verdict.Timestamp, 0) }

// AgeSeconds is the clock less the timestamp; negative for a delivery from the future.
func (d *Delivery) AgeSeconds() int64 { return d.verdict.AgeSeconds }

// SecretIndex is which secret matched, from 0.
func (d *Delivery) SecretIndex() int { return int(d.verdict.SecretIndex) }

// SecretLabel is the label of the secret that matched.
func (d *Delivery) SecretLabel() string {
	if d.verifier == nil {
		return ""
	}
	return d.verifier.secrets[d.verdict.SecretIndex].Label
}

// Event reads the delivery. The event has its own copy of the body, so that it may be kept.
//
// The error is [ErrMalformedPayload], with the offset or the field, where an authentic delivery does not hold a readable event:
// such a delivery should be kept for a person to look at. It is [ErrSignatureMismatch] where the body was changed after Verify, and
// [ErrInvalidArgument] for a zero Delivery or after the verifier was closed.
func (d *Delivery) Event() (Event, error) {
	record, err := d.read(engine.KeyRun)
	if err != nil {
		return nil, err
	}
	return record.event()
}

// BodyKey is the key of the body alone, for a delivery that was set aside because its payload cannot be read.
// Its errors are those of [Delivery.Event] but for ErrMalformedPayload.
func (d *Delivery) BodyKey() (IdempotencyKey, error) {
	record, err := d.read(engine.KeyBody)
	if err != nil {
		return "", err
	}
	return record.key(bodyKeyField), nil
}

// Format prints nothing of the body, whatever the verb.
func (d *Delivery) Format(state fmt.State, _ rune) {
	fmt.Fprintf(state, "webhook.Delivery(%d bytes, signed %d, %s)", max(len(d.body), len(d.kept)), d.verdict.Timestamp, d.SecretLabel())
}

// LogValue is what Format prints.
func (d *Delivery) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(d)) }

// read asks the core for the packed record; at the delivery's own time it is as fresh as it was.
func (d *Delivery) read(keys uint32) (record, error) {
	if d == nil || d.verifier == nil {
		return record{}, newError(ErrInvalidArgument, nil, "this Delivery was not verified: take the one that Verify returned")
	}
	body := d.Body()
	text, failure := d.verifier.engine.Packed(d.signature, d.timestamp, body, d.verdict.Timestamp, keys, d.ticket)
	runtime.KeepAlive(d.verifier)
	if failure != nil {
		return record{}, errorOf(failure)
	}
	return record{delivery: d, text: text, bodyLen: len(body)}, nil
}
