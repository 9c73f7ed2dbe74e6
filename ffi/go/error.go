package webhook

import (
	"fmt"

	"example.com/overten/webhook/internal/engine"
)

// Error is every error of this package. It holds no secret, no signature, no header and no body.
type Error struct {
	// Code says what happened; errors.Is(err, webhook.ErrSignatureMismatch) asks for it.
	Code Code
	// Status is the HTTP status that a receiver answers.
	Status int
	// Retryable tells whether Overten sends the delivery again after that status.
	Retryable bool
	// Message says what went wrong and what to do, for a log; its wording may change.
	Message string
	// Position counts from 0 to the secret at fault; -1 when it is not about one.
	Position int
	// AgeSeconds is the clock less the delivery's timestamp: only for [ErrTimestampTooOld] and [ErrTimestampInFuture], where
	// it is negative.
	AgeSeconds int64
	// Limit is the tolerance in seconds for those two, the limit in bytes for [ErrBodyTooLarge], else 0.
	Limit uint64
	// Field is the member at fault in a malformed payload, where it is one.
	Field string
	// Offset is where in the received body a payload is malformed; -1 when that is not known.
	Offset int64

	cause error
}

// Error is the code and what to do about it.
func (e *Error) Error() string {
	text := "overten webhook: " + string(e.Code)
	if e.Message != "" {
		text += ": " + e.Message
	}
	if e.cause != nil {
		text += ": " + e.cause.Error()
	}
	return text
}

// Unwrap gives the code, and the error of a body, store or handler behind it.
func (e *Error) Unwrap() []error {
	if e.cause == nil {
		return []error{e.Code}
	}
	return []error{e.Code, e.cause}
}

func newError(code Code, cause error, format string, arguments ...any) *Error {
	return &Error{
		Code: code, Status: code.Status(), Retryable: code.Retryable(), Message: fmt.Sprintf(format, arguments...),
		Position: -1, Offset: -1, cause: cause,
	}
}

func errorOf(failure *engine.Failure) *Error {
	code := codeOf(failure.Code)
	message := failure.Message
	if message == "" {
		message = code.facts().Message
	}
	return &Error{
		Code: code, Status: code.Status(), Retryable: code.Retryable(), Message: message, Position: int(failure.Position),
		AgeSeconds: failure.AgeSeconds, Limit: failure.Limit, Field: failure.Field, Offset: failure.Offset,
	}
}
