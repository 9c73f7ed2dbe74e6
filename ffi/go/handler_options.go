package webhook

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"example.com/overten/webhook/internal/engine"
)

// HandlerOption is a setting of a [Handler].
type HandlerOption interface{ applyToHandler(*handlerSettings) }

type handlerSettings struct {
	verifierSettings
	scope          Scope
	mismatchStatus int
	lease          time.Duration
	retention      time.Duration
	path           *string
	logger         *slog.Logger
	rawLog         RawLog
	clock          func() time.Time
	monotonic      func() time.Time
	start          time.Time // by the monotonic clock
}

// defaultHandlerSettings are the core's, for a store whose keys survive a restart or not.
func defaultHandlerSettings(durable bool) handlerSettings {
	verifier, defaults := defaultSettings(durable)
	return handlerSettings{
		verifierSettings: verifier,
		scope:            RunScope,
		mismatchStatus:   http.StatusUnauthorized,
		lease:            time.Duration(defaults.LeaseSeconds) * time.Second,
		retention:        time.Duration(defaults.RetentionSeconds) * time.Second,
		clock:            time.Now,
		monotonic:        time.Now,
		start:            time.Now(),
	}
}

func (s *handlerSettings) receiverOptions() engine.ReceiverOptions {
	options := engine.ReceiverOptions{
		Options:          s.Options,
		LeaseSeconds:     uint64(s.lease / time.Second),
		RetentionSeconds: uint64(s.retention / time.Second),
		Scope:            uint32(s.scope),
		MismatchStatus:   uint32(s.mismatchStatus),
		RawLog:           s.rawLog.flag(),
	}
	if s.path != nil {
		options.Path, options.HasPath = *s.path, true
	}
	return options
}

// milliseconds is now on the clock by which the core measures what takes long.
func (s *handlerSettings) milliseconds() uint64 { return s.sinceStart(s.monotonic()) }

func (s *handlerSettings) sinceStart(at time.Time) uint64 {
	return uint64(max(at.Sub(s.start).Milliseconds(), 0))
}

type handlerOption func(*handlerSettings)

func (o handlerOption) applyToHandler(s *handlerSettings) { o(s) }

// WithScope chooses what makes two deliveries one event; the default is [RunScope].
func WithScope(scope Scope) HandlerOption {
	return handlerOption(func(s *handlerSettings) { s.scope = scope })
}

// WithMismatchRetry answers a signature that does not match with 503 instead of 401, so that Overten sends the delivery again:
// for the first deliveries of a new receiver and while secrets are being changed, when a wrong secret is likelier than a
// forger. Take it out once deliveries verify.
func WithMismatchRetry() HandlerOption {
	return handlerOption(func(s *handlerSettings) { s.mismatchStatus = 503 })
}

// WithLease sets how long, in whole seconds, a claim lasts whose holder never commits or releases it, because the process died;
// the default is 60 s. It is the deadline of the handling functions too, since after it the same delivery may be handed to
// another.
func WithLease(lease time.Duration) HandlerOption {
	return handlerOption(func(s *handlerSettings) {
		s.lease = time.Duration(s.seconds("lease", lease)) * time.Second
	})
}

// WithRetention sets how long a handled key is kept, in whole seconds from its first acceptance; the default is 7 days. It must
// be longer than both sides of the tolerance together.
func WithRetention(retention time.Duration) HandlerOption {
	return handlerOption(func(s *handlerSettings) {
		s.retention = time.Duration(s.seconds("retention", retention)) * time.Second
	})
}

// WithPath makes the handler answer [ErrNotFound] on any other path. With and without its final slash a path is the same.
// Both compare as bytes after percent-decoding. Without this option every path that the handler is mounted on is its own.
func WithPath(path string) HandlerOption {
	return handlerOption(func(s *handlerSettings) { s.path = &path })
}

// WithClock sets the clock by which deliveries are judged; the default is time.Now.
func WithClock(clock func() time.Time) HandlerOption {
	return handlerOption(func(s *handlerSettings) { s.clock = clock })
}

// WithLogger sets where the log lines go; the default is slog.Default when a line is written. One line per request, and one when
// the handler is made; their fields are described in the README. Its slog.Handler must escape control characters in values, as
// slog's own do. A log that hangs keeps no answer, but each delivery leaves a goroutine that waits for it.
func WithLogger(logger *slog.Logger) HandlerOption {
	return handlerOption(func(s *handlerSettings) { s.logger = logger })
}

// EventFunc takes an event in. It returns nil once the event is safe: handled, or written where it survives a crash. An error
// releases the claim and has Overten send the delivery again; one wrapped by [Permanent] does not. So does a panic, and ending
// the goroutine (runtime.Goexit).
//
// Its context ends with the lease, not with the request. A delivery whose function takes longer than 10 s is answered with 503
// meanwhile; the function goes on, and the delivery that Overten sends again finds it in flight or done.
//
// It may see an event twice, after a crash between handling and committing: with the same key.
type EventFunc func(ctx context.Context, event Event) error

// Permanent marks an error that sending the delivery again would not mend: the delivery is set aside, its key committed and it
// is answered with 200; the log line, at level error, says why.
//
// Permanent(nil) is nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanentError{err}
}

type permanentError struct{ error }

func (p permanentError) Unwrap() error { return p.error }
