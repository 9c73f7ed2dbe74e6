package webhook

import (
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"example.com/overten/webhook/internal/engine"
)

// Delivery is a delivery whose signature and freshness have been checked: only [Verifier.Verify] makes one, so holding one is
// the proof. What it says has not been read yet.
type Delivery struct {
	verifier             *Verifier
	signature, timestamp string
	body                 []byte
	verdict              engine.Verdict
	ticket               engine.Ticket
}

// Body is the body as received, borrowed from the caller of Verify.
func (d *Delivery) Body() []byte { return d.body }

// Timestamp is when Overten signed the delivery.
func (d *Delivery) Timestamp() time.Time { return time.Unix(d.verdict.Timestamp, 0) }

// AgeSeconds is the clock less the timestamp; negative for a delivery from the future.
func (d *Delivery) AgeSeconds() int64 { return d.verdict.AgeSeconds }

// SecretIndex is which secret matched, from 0.
func (d *Delivery) SecretIndex() int { return int(d.verdict.SecretIndex) }

// SecretLabel is the label of the secret that matched.
func (d *Delivery) SecretLabel() string { return d.verifier.secrets[d.verdict.SecretIndex].Label }

// Event reads the delivery. The event has its own copy of the body, so that it may be kept.
//
// The error is [ErrMalformedPayload], with the offset or the field, where an authentic delivery does not hold a readable event:
// such a delivery should be kept for a person to look at. It is [ErrSignatureMismatch] where the body was changed after Verify.
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
	fmt.Fprintf(state, "webhook.Delivery(%d bytes, signed %d, %s)", len(d.body), d.verdict.Timestamp, d.SecretLabel())
}

// LogValue is what Format prints.
func (d *Delivery) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(d)) }

// read asks the core for the packed record; at the delivery's own time it is as fresh as it was.
func (d *Delivery) read(keys uint32) (record, error) {
	text, failure := d.verifier.engine.Packed(d.signature, d.timestamp, d.body, d.verdict.Timestamp, keys, d.ticket)
	runtime.KeepAlive(d.verifier)
	if failure != nil {
		return record{}, errorOf(failure)
	}
	return record{delivery: d, text: text, bodyLen: len(d.body)}, nil
}

// receive verifies and reads in one call to the core.
func (v *Verifier) receive(signature, timestamp string, body []byte, now time.Time, keys uint32) (record, error) {
	text, failure := v.engine.Packed(signature, timestamp, body, now.Unix(), keys, engine.Ticket{})
	runtime.KeepAlive(v)
	if failure != nil {
		return record{}, errorOf(failure)
	}
	delivery := &Delivery{verifier: v, signature: signature, timestamp: timestamp, body: body}
	r := record{delivery: delivery, text: text, bodyLen: len(body)}
	delivery.verdict = r.verdict()
	return r, nil
}
