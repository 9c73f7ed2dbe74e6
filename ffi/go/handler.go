package webhook

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"example.com/overten/webhook/internal/engine"
)

// Handler receives Overten's deliveries: it answers every request as Overten needs it answered, and hands each event on once.
//
// It looks at path, method, configuration and headers before it reads any of the body, and at no more of that than the limit.
// It sets no deadline for reading: give the http.Server a ReadTimeout.
type Handler struct {
	verifier   *Verifier // nil where misconfigured
	refusal    error     // why
	store      Store
	handle     EventFunc
	quarantine QuarantineFunc
	settings   handlerSettings
	answers    map[Code]engine.Answer
}

// NewHandler makes a handler from one to eight secrets, a store, and what takes in an event and a delivery that cannot be read.
//
// The error says what to mend: a secret or an option as in [NewVerifier], a missing store or function, or a retention that is
// not longer than the tolerance. The handler is there all the same and answers every delivery with [ErrMisconfigured], so
// that Overten sends it again: mount it in any case, and log the error.
func NewHandler(secrets Secrets, store Store, handle EventFunc, quarantine QuarantineFunc, options ...HandlerOption) (*Handler, error) {
	h := &Handler{store: store, handle: handle, quarantine: quarantine}
	var defaults engine.Defaults
	h.settings.verifierSettings, defaults = defaultSettings(store != nil && store.Durable())
	h.settings.scope, h.settings.mismatchStatus, h.settings.clock = RunScope, http.StatusUnauthorized, time.Now
	h.settings.lease = time.Duration(defaults.LeaseSeconds) * time.Second
	h.settings.retention = time.Duration(defaults.RetentionSeconds) * time.Second
	for _, option := range options {
		option.applyToHandler(&h.settings)
	}
	if store == nil || handle == nil || quarantine == nil || h.settings.clock == nil {
		h.settings.refuse("a handler needs a store, a function for events, a function for what cannot be read, and a clock")
	}
	h.verifier, h.refusal = h.makeVerifier(secrets)
	h.answers = answersTo(h.settings.mismatchStatus)
	return h, h.refusal
}

func (h *Handler) makeVerifier(secrets Secrets) (*Verifier, error) {
	verifier, err := newVerifier(secrets, h.settings.verifierSettings)
	if err != nil {
		return nil, err
	}
	if failure := verifier.engine.CheckRetention(uint64(h.settings.retention / time.Second)); failure != nil {
		return nil, errors.Join(errorOf(failure), verifier.Close())
	}
	return verifier, nil
}

// answersTo is what the core answers to each code.
func answersTo(mismatchStatus int) map[Code]engine.Answer {
	answers := make(map[Code]engine.Answer)
	for _, code := range slices.Collect(maps.Keys(codeNumbers)) {
		answer, failure := engine.AnswerTo(code.Number(), mismatchStatus)
		if failure != nil { // the core could not be started
			answer = engine.Answer{Status: http.StatusServiceUnavailable, RetryAfterSeconds: 10, Body: `{"error":"misconfigured"}`}
		}
		answers[code] = answer
	}
	return answers
}

// Verifier is what the handler judges by; nil where it is misconfigured.
func (h *Handler) Verifier() *Verifier { return h.verifier }

// Format prints what the verifier prints, whatever the verb.
func (h *Handler) Format(state fmt.State, _ rune) {
	fmt.Fprintf(state, "webhook.Handler(%v, %v)", h.verifier, h.refusal)
}

// ServeHTTP takes one delivery in, and writes one log line about it.
func (h *Handler) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	started := time.Now()
	result := h.receive(request)
	answer := h.answers[result.code]
	h.log(request.Context(), result, time.Since(started))

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
}

// receive judges a request up to the point where an authentic delivery is there to be taken in.
func (h *Handler) receive(request *http.Request) result {
	now := h.settings.clock()
	if code := h.checkRequest(request); code != CodeOK {
		return result{code: code}
	}
	if h.refusal != nil {
		return result{code: ErrMisconfigured, err: h.refusal}
	}
	if err := h.verifier.checkHeaders(request.Header); err != nil {
		return rejected(err, 0)
	}
	body, err := h.verifier.readBody(request)
	if err != nil {
		return rejected(err, len(body))
	}
	signature, timestamp := signedValues(request.Header)
	record, err := h.verifier.receive(signature, timestamp, body, now, uint32(h.settings.scope))
	if err != nil {
		if cut := cutShort(request, body, err); cut != nil {
			err = cut
		}
		return rejected(err, len(body))
	}
	return h.take(request.Context(), record)
}

func rejected(err error, bodyBytes int) result {
	var reason *Error
	if !errors.As(err, &reason) {
		return result{code: ErrUnavailable, err: err, bodyBytes: bodyBytes}
	}
	return result{code: reason.Code, err: err, bodyBytes: bodyBytes}
}

// checkRequest judges path and method. The usual request needs no question to the core.
func (h *Handler) checkRequest(request *http.Request) Code {
	target := request.URL.EscapedPath()
	path := h.settings.path
	if path == "" {
		path = target
	}
	if request.Method == http.MethodPost && target == path {
		return CodeOK
	}
	return codeOf(engine.CheckRequest(path, request.Method, target))
}
