package webhook

import (
	"math"
	"time"

	"example.com/overten/webhook/internal/engine"
)

// VerifierOption is a setting of a [Verifier], and of a [Handler] and of [Diagnose] too.
type VerifierOption interface {
	HandlerOption
	DiagnoseOption
	applyToVerifier(*verifierSettings)
}

// verifierSettings collects options; the first one that cannot be used is kept.
type verifierSettings struct {
	engine.Options
	pastGiven bool
	err       *Error
}

type verifierOption func(*verifierSettings)

func (o verifierOption) applyToVerifier(s *verifierSettings)   { o(s) }
func (o verifierOption) applyToHandler(s *handlerSettings)     { o(&s.verifierSettings) }
func (o verifierOption) applyToDiagnosis(s *diagnosisSettings) { o(&s.verifierSettings) }

// WithTolerance sets how far, in whole seconds, a delivery's timestamp may lie from the clock on either side. The edge itself
// passes; 0 means this very second. The default is 300 s, and 3 days into the past for a [Handler] with a durable [Store].
func WithTolerance(tolerance time.Duration) VerifierOption {
	return verifierOption(func(s *verifierSettings) {
		WithPast(tolerance).applyToVerifier(s)
		WithFuture(tolerance).applyToVerifier(s)
	})
}

// WithPast sets how old a delivery may be, as [WithTolerance] does for both sides.
func WithPast(tolerance time.Duration) VerifierOption {
	return verifierOption(func(s *verifierSettings) {
		s.PastSeconds, s.PastUnchecked, s.pastGiven = s.seconds("past tolerance", tolerance), false, true
	})
}

// WithFuture sets how far ahead of the clock a delivery may be, as [WithTolerance] does for both sides.
func WithFuture(tolerance time.Duration) VerifierOption {
	return verifierOption(func(s *verifierSettings) {
		s.FutureSeconds, s.FutureUnchecked = s.seconds("future tolerance", tolerance), false
	})
}

// WithoutPast switches the check off that a delivery is not too old. Only a store then stops a replay, and only for as long
// as it keeps keys: one that comes after the retention counts as new.
func WithoutPast() VerifierOption {
	return verifierOption(func(s *verifierSettings) { s.PastUnchecked, s.pastGiven = true, true })
}

// WithoutFuture switches the check off that a delivery is not ahead of the clock.
func WithoutFuture() VerifierOption {
	return verifierOption(func(s *verifierSettings) { s.FutureUnchecked = true })
}

// WithMaxBodyBytes sets the longest body that is looked at; the default is 1 MiB. A longer one is [ErrBodyTooLarge], which
// Overten never sends again: set it above the largest delivery that may come. A [Handler] refuses 0.
func WithMaxBodyBytes(limit int) VerifierOption {
	return verifierOption(func(s *verifierSettings) {
		if limit < 0 || limit == math.MaxInt {
			s.refuse("the body limit must be a number of bytes, and less than the largest int: a delivery over it is refused for good")
			limit = 0
		}
		s.MaxBodyBytes = uint64(limit)
	})
}

func (s *verifierSettings) seconds(what string, duration time.Duration) int64 {
	if duration < 0 || duration%time.Second != 0 {
		s.refuse("the " + what + " must be a whole number of seconds from 0 up; switch a side off by name instead")
		return 0
	}
	return int64(duration / time.Second)
}

const noOption = "an option is nil: leave it out instead"

func (s *verifierSettings) refuse(message string) {
	if s.err == nil {
		s.err = newError(ErrInvalidArgument, nil, "%s", message)
	}
}

// defaultSettings are the core's, for a receiver whose ledger survives a restart or not.
func defaultSettings(durable bool) (verifierSettings, engine.Defaults) {
	defaults, failure := engine.ReceiverDefaults(durable)
	if failure != nil {
		return verifierSettings{err: errorOf(failure)}, defaults
	}
	return verifierSettings{Options: engine.Options{
		PastSeconds:   int64(defaults.PastSeconds),
		FutureSeconds: int64(defaults.FutureSeconds),
		MaxBodyBytes:  defaults.MaxBodyBytes,
	}}, defaults
}
