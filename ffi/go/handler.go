package webhook

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"runtime"
	"strconv"
	"time"

	"example.com/overten/webhook/internal/engine"
)

// Handler receives Overten's deliveries: it answers every request as Overten needs it answered, and hands each event on once.
//
// It looks at path, method, configuration and headers before it reads any of the body, and at no more of that than the limit.
// Whatever takes longer than 10 s is answered with 503 meanwhile, since Overten gives up after 15 s; so that a stalled upload
// is too, middleware around the handler must let [http.ResponseController] through (by an Unwrap method).
type Handler struct {
	receiver *engine.Receiver // nil where the core cannot be run
	verifier *Verifier
	refusal  error // why it is misconfigured
	store    Store
	handle   EventFunc
	setAside SetAsideFunc
	settings handlerSettings
	running  running
}

// NewHandler makes a handler from one to eight secrets, a store, and what takes in an event and what keeps a delivery that
// cannot be handled. It logs one line: the version, each secret's label and fingerprint and the settings in force, or what is
// wrong.
//
// The error says what to mend: a secret or an option as in [NewVerifier], a missing store or function, a path that no request
// can have, or a retention that is not longer than the tolerance. The handler is there all the same and answers every delivery
// with [ErrMisconfigured], so that Overten sends it again: mount it in any case.
func NewHandler(secrets Secrets, store Store, handle EventFunc, setAside SetAsideFunc, options ...HandlerOption) (*Handler, error) {
	hasStore := isThere(store)
	h := &Handler{store: store, handle: handle, setAside: setAside, settings: defaultHandlerSettings(hasStore && store.Durable())}
	for _, option := range options {
		if isThere(option) {
			option.applyToHandler(&h.settings)
		} else {
			h.settings.refuse(noOption)
		}
	}
	if !hasStore || handle == nil || h.settings.clock == nil {
		h.settings.refuse("a handler needs a store, a function for events, a function that sets deliveries aside, and a clock")
	}
	if setAside == nil {
		h.settings.refuse("a handler needs a function that sets deliveries aside: webhook.SetAsideInFolder gives none for a folder that is not " +
			"there, so make it first, and webhook.SetAsideInLog none without a logger")
	}
	h.receiver, h.refusal = newReceiver(secrets, h.settings)
	if h.receiver == nil {
		return h, h.refusal
	}
	h.verifier = verifierOver(&h.receiver.Verifier, h.settings.MaxBodyBytes)
	h.logStart()
	return h, h.refusal
}

// isThere tells a value of an interface from nil, and from a nil pointer or function in it.
func isThere(value any) bool {
	switch inside := reflect.ValueOf(value); inside.Kind() {
	case reflect.Invalid:
		return false
	case reflect.Pointer, reflect.Func, reflect.Map, reflect.Chan:
		return !inside.IsNil()
	default:
		return true
	}
}

// newReceiver makes a receiver in any case but where the core cannot be run.
func newReceiver(secrets Secrets, settings handlerSettings) (*engine.Receiver, error) {
	given, err := secrets.usable(settings.err)
	defer given.Wipe()
	if err != nil {
		receiver, failure := engine.NewMisconfigured(err.Message, settings.receiverOptions())
		if failure != nil { // the path is one that no request can have, too
			receiver, _ = engine.NewMisconfigured(err.Message, engine.ReceiverOptions{})
		}
		return receiver, err
	}
	receiver, failure := engine.NewReceiver(given, settings.receiverOptions())
	if failure != nil {
		return receiver, errorOf(failure)
	}
	return receiver, nil
}

// Verifier is what the handler judges by; nil where it is misconfigured.
func (h *Handler) Verifier() *Verifier {
	if h.refusal != nil {
		return nil
	}
	return h.verifier
}

// Problem is why the handler is misconfigured, for a health check; nil where it is not.
func (h *Handler) Problem() error { return h.refusal }

// SecretMatch tells when a secret was last in use.
type SecretMatch struct {
	Label string
	// At is when it last made the signature of an authentic delivery; zero for never since the handler was made.
	At time.Time
}

// LastMatched tells of each secret when it last made the signature of an authentic delivery, a stale one included. That is how
// one knows that a rotation is over: see the README.
func (h *Handler) LastMatched() []SecretMatch {
	if h.Verifier() == nil {
		return nil
	}
	var matches []SecretMatch
	for n, seconds := range h.receiver.LastMatched() {
		match := SecretMatch{Label: h.verifier.secrets[n].Label}
		if seconds != 0 {
			match.At = time.Unix(seconds, 0)
		}
		matches = append(matches, match)
	}
	runtime.KeepAlive(h)
	return matches
}

// Wait returns once no delivery is at work any more, or with the context's error. A server's Shutdown waits for answers only,
// and a function that took too long for its answer may still be running: call Wait after it, before the process ends.
func (h *Handler) Wait(ctx context.Context) error { return h.running.wait(ctx) }

// Close wipes and frees what the handler judges by: at once where no delivery is at work, else when the last one has been committed or
// released, which it does not wait for. What comes after it is answered with 503. It may be left out: a handler that is forgotten is
// freed when it is collected.
func (h *Handler) Close() error {
	if h.verifier != nil {
		h.running.close(func() { _ = h.verifier.Close() })
	}
	return nil
}

// Format prints what the verifier prints, whatever the verb.
func (h *Handler) Format(state fmt.State, _ rune) {
	fmt.Fprintf(state, "webhook.Handler(%v, %v)", h.Verifier(), h.refusal)
}

// brokenAnswer is the answer where the core itself cannot be run, or has stopped, and so cannot say what to answer.
var brokenAnswer = engine.Answer{Status: http.StatusServiceUnavailable, RetryAfterSeconds: 10, Body: `{"error":"misconfigured"}`}

// ServeHTTP takes one delivery in, and writes one log line about it; two where it was answered before the work was done.
func (h *Handler) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	if h.receiver == nil {
		writeAnswer(w, brokenAnswer)
		return
	}
	r := h.read(w, request)
	answerBy := time.NewTimer(r.timeLeft() + time.Microsecond) // what is done by then is in time
	defer answerBy.Stop()
	go r.run(r.step.Kind)
	select {
	case ending := <-r.ending:
		writeAnswer(w, ending.Answer)
	case <-answerBy.C:
		meanwhile, isGiven := r.late()
		if isGiven {
			go r.logMeanwhile(meanwhile)
		} else {
			meanwhile = <-r.ending
		}
		writeAnswer(w, meanwhile.Answer)
	}
	r.waitForLine()
}

// read counts the request as at work, and reads and judges it.
func (h *Handler) read(w http.ResponseWriter, request *http.Request) *reception {
	isOpen, isRead := h.running.begin(), false
	defer func() {
		if !isRead { // reading the body has panicked
			h.running.end()
		}
	}()
	r := h.begin(request, isOpen)
	if r.step.Kind == engine.StepReadBody {
		r.readBody(w, request)
	}
	isRead = true
	return r
}

// logWithin is how long a log may keep a connection that has its answer from the next request.
const logWithin = time.Second

// waitForLine has the lines about a request stand in the log when its connection goes on, unless the log is stuck.
func (r *reception) waitForLine() {
	patience := time.NewTimer(logWithin)
	defer patience.Stop()
	select {
	case <-r.logged:
	case <-patience.C:
	}
}

func writeAnswer(w http.ResponseWriter, answer engine.Answer) {
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Content-Length", strconv.Itoa(len(answer.Body)))
	if answer.Allow != "" {
		header.Set("Allow", answer.Allow)
	}
	if answer.RetryAfterSeconds != 0 {
		header.Set("Retry-After", strconv.Itoa(answer.RetryAfterSeconds))
	}
	w.WriteHeader(answer.Status)
	_, _ = io.WriteString(w, answer.Body)
	_ = http.NewResponseController(w).Flush() // whatever the log does after it
}
