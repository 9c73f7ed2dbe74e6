package webhook

import (
	"net/http"
	"time"

	"example.com/overten/webhook/internal/engine"
)

// Signature is the two header values that Overten would send.
type Signature struct{ SignatureValue, TimestampValue string }

// Sign signs a body as Overten does, for tests and simulators; it is not needed to receive. The time counts in whole seconds
// from 1970 to 999,999,999,999 ([ErrInvalidArgument] otherwise), and the secret is held to the rules of [NewVerifier].
func Sign(secret string, timestamp time.Time, body []byte) (Signature, error) {
	key := []byte(secret)
	defer clear(key)
	signature, stamp, failure := engine.Sign(key, timestamp.Unix(), body)
	if failure != nil {
		return Signature{}, errorOf(failure)
	}
	return Signature{signature, stamp}, nil
}

// SetOn sets the two headers.
func (s Signature) SetOn(header http.Header) {
	header.Set(SignatureHeader, s.SignatureValue)
	header.Set(TimestampHeader, s.TimestampValue)
}
