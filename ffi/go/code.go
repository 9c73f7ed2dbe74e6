package webhook

import (
	"maps"
	"slices"
	"sync"

	"example.com/overten/webhook/internal/engine"
)

// Code is one of the stable words for what kept a delivery from being taken in, the same in every language: the sentinel that
// errors.Is finds in an [Error].
type Code string

// Why an argument was refused, or that the library itself is at fault.
const (
	ErrNullArgument    Code = "null_argument"
	ErrInvalidArgument Code = "invalid_argument"
	ErrInternal        Code = "internal"
)

// Why a verifier could not be made. A receiver answers all of these with [ErrMisconfigured].
const (
	ErrNoSecrets       Code = "no_secrets"
	ErrEmptySecret     Code = "empty_secret"
	ErrMalformedSecret Code = "malformed_secret"
	ErrShortSecret     Code = "short_secret"
	ErrLongSecret      Code = "long_secret"
	ErrDuplicateSecret Code = "duplicate_secret"
	ErrTooManySecrets  Code = "too_many_secrets"
	ErrMalformedLabel  Code = "malformed_label"
)

// Why a delivery was rejected.
const (
	ErrMissingSignature   Code = "missing_signature"
	ErrMalformedSignature Code = "malformed_signature"
	ErrMissingTimestamp   Code = "missing_timestamp"
	ErrMalformedTimestamp Code = "malformed_timestamp"
	ErrBodyTooLarge       Code = "body_too_large"
	ErrSignatureMismatch  Code = "signature_mismatch"
	ErrTimestampTooOld    Code = "timestamp_too_old"   // authentic, but older than the tolerance
	ErrTimestampInFuture  Code = "timestamp_in_future" // authentic, but ahead by more than the tolerance
)

// Why an authentic delivery gives no event.
const ErrMalformedPayload Code = "malformed_payload"

// What else a receiver answers.
const (
	ErrNotFound         Code = "not_found"
	ErrMethodNotAllowed Code = "method_not_allowed"
	ErrInFlight         Code = "in_flight"     // the same delivery is being handled at this moment
	ErrMisconfigured    Code = "misconfigured" // it could not be checked, which is not the same as false
	ErrUnavailable      Code = "unavailable"   // the store or the handler did not answer, or the body could not be read
)

// Error is the word itself.
func (c Code) Error() string { return string(c) }

// Status is the HTTP status that a receiver answers; 503 for a word that is none of these.
func (c Code) Status() int { return c.facts().HTTPStatus }

// Retryable tells whether Overten sends the delivery again after that status.
func (c Code) Retryable() bool { return c.facts().Retryable }

// Number is the code's fixed number in the C library; that of [ErrInternal] for a word that is none of these.
func (c Code) Number() uint32 {
	if number, known := codeNumbers[c]; known {
		return number
	}
	return codeNumbers[ErrInternal]
}

func (c Code) facts() engine.Status { return coreStatuses()[c.Number()] }

// codeNumbers is compared with the core's catalogue by a test.
var codeNumbers = map[Code]uint32{
	ErrNullArgument: 1, ErrInvalidArgument: 2, ErrInternal: 3,
	ErrNoSecrets: 100, ErrEmptySecret: 101, ErrMalformedSecret: 102, ErrShortSecret: 103, ErrLongSecret: 104,
	ErrDuplicateSecret: 105, ErrTooManySecrets: 106, ErrMalformedLabel: 107,
	ErrMissingSignature: 200, ErrMalformedSignature: 201, ErrMissingTimestamp: 202, ErrMalformedTimestamp: 203,
	ErrBodyTooLarge: 204, ErrSignatureMismatch: 205, ErrTimestampTooOld: 206, ErrTimestampInFuture: 207,
	ErrMalformedPayload: 300,
	ErrNotFound:         603, ErrMethodNotAllowed: 604, ErrInFlight: 605, ErrMisconfigured: 606, ErrUnavailable: 607,
}

// coreStatuses is what the core says of each number, asked once.
var coreStatuses = sync.OnceValue(func() map[uint32]engine.Status {
	statuses := make(map[uint32]engine.Status)
	for _, number := range slices.Sorted(maps.Values(codeNumbers)) {
		status, failure := engine.StatusOf(number)
		if failure != nil {
			status = engine.Status{Word: string(ErrInternal), HTTPStatus: 503, Retryable: true}
		}
		statuses[number] = status
	}
	return statuses
})

// codeOf is the word of a number that the core returned.
func codeOf(number uint32) Code {
	if status, known := coreStatuses()[number]; known {
		return Code(status.Word)
	}
	return ErrInternal
}
