package webhook

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"example.com/overten/webhook/internal/engine"
)

// reception is one request on its way. What is to be done next, what is answered and what is logged is all the core's; here it is
// done, and the core told what came of it.
type reception struct {
	handler *Handler
	ctx     context.Context // the request's, without its end: what has begun goes on though the sender hangs up
	ending  chan engine.Ending
	logged  chan struct{} // closed when the line about what was answered is written

	raw *rawRequest

	key     IdempotencyKey
	token   string
	record  record
	event   Event
	reason  error     // why there is no event, or what the handler failed at for good
	askedAt time.Time // when the store was asked for the claim, which its lease is counted from

	mutex sync.Mutex // what follows is used by the goroutine at work and by the one that answers
	state engine.Reception
	step  engine.Step
	whys  []string
	ended *engine.Failure // the core stopped, and there is nothing more to ask it

	isAnswered bool // before the work was done
}

// begin judges the request line and the headers, unless the handler is closed.
func (h *Handler) begin(request *http.Request, isOpen bool) *reception {
	r := &reception{handler: h, ctx: context.WithoutCancel(request.Context()), ending: make(chan engine.Ending, 1), logged: make(chan struct{})}
	if h.settings.rawLog != RawLogOff {
		r.raw = rawRequestOf(request.Header)
	}
	if !isOpen {
		r.take(engine.Step{}, engine.Closed())
		return r
	}
	r.take(h.receiver.Begin(&r.state, request.Method, targetOf(request.URL), headersOf(request), h.settings.milliseconds()))
	return r
}

// targetOf is what was requested, less what a mux has stripped off it.
func targetOf(url *url.URL) string {
	if url.Scheme != "" {
		return url.Scheme + "://" + url.Host + url.EscapedPath()
	}
	return url.EscapedPath()
}

// headersOf are the headers that the core looks at, each value on its own, and the length that was announced.
func headersOf(request *http.Request) [][2]string {
	headers := make([][2]string, 0, 4)
	for name, values := range request.Header {
		for _, known := range [...]string{SignatureHeader, TimestampHeader, EventHeader} {
			if len(name) == len(known) && (name == known || strings.EqualFold(name, known)) {
				for _, value := range values {
					headers = append(headers, [2]string{known, value})
				}
			}
		}
	}
	for _, length := range announcedLengths(request) {
		headers = append(headers, [2]string{"Content-Length", length})
	}
	return headers
}

// announcedLengths is what the header says, which middleware that empties a request or builds it anew leaves as it was; else what
// the server has understood.
func announcedLengths(request *http.Request) []string {
	for name, values := range request.Header {
		if strings.EqualFold(name, "Content-Length") {
			return values
		}
	}
	if request.ContentLength > 0 {
		return []string{strconv.FormatInt(request.ContentLength, 10)}
	}
	return nil
}

// take goes on to the step that the core gives.
func (r *reception) take(step engine.Step, failure *engine.Failure) {
	if r.step = step; failure != nil {
		r.ended, r.step = failure, engine.Step{Kind: engine.StepAnswer}
	}
}

// timeLeft is how long the sender still waits.
func (r *reception) timeLeft() time.Duration {
	if r.step.AnswerByMS == math.MaxUint64 {
		return math.MaxInt64 / 2 // of which a little more is still a time
	}
	return time.Duration(int64(r.step.AnswerByMS-r.handler.settings.milliseconds())) * time.Millisecond
}

// readBody reads the body, and has the core judge it.
func (r *reception) readBody(w http.ResponseWriter, request *http.Request) {
	receiver, limit := r.handler.receiver, int64(r.step.MaxBodyBytes)
	if request.Body != nil && request.Body != http.NoBody {
		setReadDeadline(w, request, time.Now().Add(r.timeLeft()))
	}
	body, err := readAtMost(request, limit)
	if r.raw != nil && err == nil {
		r.raw.body = append([]byte{}, body...) // also an empty one was read
	}
	switch {
	case err != nil && r.timeLeft() <= 0:
		r.late()
	case err != nil:
		r.whys = append(r.whys, textOf(err))
		r.take(receiver.BrokenOff(&r.state))
	default:
		now := r.handler.settings.clock().Unix()
		text, key, step, failure, late := receiver.Body(r.timeLeft(), &r.state, body, now, uint32(r.handler.settings.scope))
		if late {
			r.whys = append(r.whys, noTurn)
			r.take(receiver.BrokenOff(&r.state))
			return
		}
		if r.take(step, failure); r.step.Kind == engine.StepClaim {
			r.received(request.Header, text, len(body), key)
		}
	}
}

// noTurn is said of a body that came in time, which its sender can do nothing about.
const noTurn = "no turn to check it within 10 s: more bodies come at once than this machine can hash, so lower WithMaxBodyBytes to what " +
	"Overten really sends, or build with the tag overten_native"

// setReadDeadline has reading end in time for an answer, unless the server's own deadline is shorter. Where middleware hides the
// connection nothing can be done about a sender that stalls.
func setReadDeadline(w http.ResponseWriter, request *http.Request, deadline time.Time) {
	server, isServed := request.Context().Value(http.ServerContextKey).(*http.Server)
	if !isServed || server.ReadTimeout <= 0 || server.ReadTimeout > time.Until(deadline) {
		_ = http.NewResponseController(w).SetReadDeadline(deadline)
	}
}

func (r *reception) received(header http.Header, text string, bodyLen int, key string) {
	signature, timestamp := signedValues(header)
	delivery := &Delivery{verifier: r.handler.verifier, signature: signature, timestamp: timestamp, kept: text[:bodyLen]}
	r.record = record{delivery: delivery, text: text, bodyLen: bodyLen}
	delivery.verdict = r.record.verdict()
	r.event, r.reason = r.record.event()
	r.key, r.token = IdempotencyKey(key), rand.Text()
}

// run takes step after step. A function of the user's that panics or ends the goroutine has failed; the steps go on in another.
func (r *reception) run(asked uint32) {
	hasReturned := false
	defer func() {
		if !hasReturned {
			go r.run(r.say(engine.OutcomeFailed, endOf(recover())))
		}
	}()
	for asked != engine.StepAnswer {
		asked = r.say(r.do(asked))
	}
	hasReturned = true
	defer r.handler.running.end()
	ending, isAnswered := r.end()
	if isAnswered {
		<-r.logged
		r.log(ending)
		return
	}
	r.ending <- ending
	r.logAnswered(ending)
}

// logMeanwhile is about what was answered before the work was done; late has counted it as at work.
func (r *reception) logMeanwhile(ending engine.Ending) {
	defer r.handler.running.end()
	r.logAnswered(ending)
}

func (r *reception) logAnswered(ending engine.Ending) {
	defer close(r.logged)
	r.log(ending)
	if ending.RawLine != "" {
		apart(func() { r.handler.logRaw(r.ctx, ending.RawLine) })
	}
}

func (r *reception) log(ending engine.Ending) {
	apart(func() {
		if ending.Line == "" {
			r.handler.logBroken(r.ctx, r.ended)
		} else {
			r.handler.log(r.ctx, ending.Level, ending.Line)
		}
	})
}

// apart calls what may end its goroutine.
func apart(call func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		call()
	}()
	<-done
}

// endOf says how a function ended that did not return.
func endOf(panicked any) error {
	if panicked == nil {
		return errors.New("the function ended its goroutine instead of returning (runtime.Goexit, as a failed assertion of a test does)")
	}
	return fmt.Errorf("panic: %s\n%s", textOf(panicked), debug.Stack())
}

// textOf prints what a user's code gave, though printing it panics or ends the goroutine.
func textOf(value any) string {
	text := fmt.Sprintf("a %T that cannot be printed", value)
	apart(func() { text = fmt.Sprint(value) })
	return text
}

// do does what is asked, and tells what came of it.
func (r *reception) do(asked uint32) (outcome uint32, why error) {
	h, lease := r.handler, r.handler.settings.lease
	if asked == engine.StepHandOn || asked == engine.StepSetAside { // the lease runs already
		lease -= h.settings.monotonic().Sub(r.askedAt)
	}
	ctx, cancel := context.WithTimeout(r.ctx, lease)
	defer cancel()
	switch asked {
	case engine.StepClaim:
		r.askedAt = h.settings.monotonic()
		return outcomeOfClaim(h.store.Claim(ctx, r.key, r.token, h.settings.lease))
	case engine.StepHandOn:
		err := h.handle(ctx, r.event)
		if permanent := new(permanentError); errors.As(err, permanent) {
			r.reason = err
			return engine.OutcomeFailedForGood, err
		}
		return outcomeOf(err)
	case engine.StepSetAside:
		return outcomeOf(h.setAside(ctx, r.record.delivery, r.reason))
	case engine.StepCommit:
		return outcomeOfClaimed(h.store.Commit(ctx, r.key, r.token, h.settings.retention))
	default:
		return outcomeOfClaimed(h.store.Release(ctx, r.key, r.token))
	}
}

func outcomeOf(err error) (uint32, error) {
	if err != nil {
		return engine.OutcomeFailed, err
	}
	return engine.OutcomeDone, nil
}

func outcomeOfClaimed(err error) (uint32, error) {
	if errors.Is(err, ErrClaimLost) {
		return engine.OutcomeClaimLost, nil
	}
	return outcomeOf(err)
}

func outcomeOfClaim(claim Claim, err error) (uint32, error) {
	outcome, isKnown := map[Claim]uint32{
		ClaimNew: engine.OutcomeNew, ClaimDuplicate: engine.OutcomeDuplicate, ClaimInFlight: engine.OutcomeInFlight,
	}[claim]
	if err == nil && !isKnown {
		err = fmt.Errorf("it answered %q, which is none of webhook.ClaimNew, ClaimDuplicate and ClaimInFlight", claim)
	}
	if err != nil {
		return engine.OutcomeFailed, err
	}
	return outcome, nil
}

// say tells the core what came of the step, and gives what it asks next.
func (r *reception) say(outcome uint32, why error) (asked uint32) {
	text := ""
	if why != nil {
		text = textOf(why)
	}
	settings := &r.handler.settings
	askedAt, now := settings.sinceStart(r.askedAt), settings.milliseconds()
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if why != nil {
		r.whys = append(r.whys, text)
	}
	r.take(r.handler.receiver.Advance(&r.state, outcome, askedAt, now))
	return r.step.Kind
}

// late says that the step is not done in time, and gives what to answer meanwhile.
func (r *reception) late() (meanwhile engine.Ending, isGiven bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.ended != nil || r.step.Kind == engine.StepAnswer { // there is nothing to wait for
		return engine.Ending{}, false
	}
	now := r.handler.settings.milliseconds()
	rawLine := r.rawLine(now)
	ending, step, failure := r.handler.receiver.Late(&r.state, r.named(), r.whys, now)
	if r.take(step, failure); failure != nil || ending.Line == "" {
		return engine.Ending{}, false
	}
	ending.RawLine, r.isAnswered = rawLine, true
	r.handler.running.begin() // until that is logged
	return ending, true
}

// end gives the answer, and whether another was given meanwhile.
func (r *reception) end() (ending engine.Ending, isAnswered bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	defer runtime.KeepAlive(r.handler)
	if r.ended == nil {
		now := r.handler.settings.milliseconds()
		rawLine := r.rawLine(now)
		ending, failure := r.handler.receiver.End(&r.state, r.named(), r.whys, now)
		if failure == nil {
			ending.RawLine = rawLine
			return ending, r.isAnswered
		}
		r.ended = failure
	}
	return engine.Ending{Code: engine.CodeInternal, Answer: brokenAnswer}, r.isAnswered
}

// named is what the event is known by in the log.
func (r *reception) named() (named engine.Named) {
	if r.event != nil {
		named.HasEvent, named.Event, named.RunID = true, r.event.Name(), r.event.RunID()
		named.TaskID, named.HasTask = r.event.TaskID()
	}
	return named
}
