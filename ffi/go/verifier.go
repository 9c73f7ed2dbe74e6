package webhook

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"time"

	"example.com/overten/webhook/internal/engine"
)

// The headers of a delivery. The event header is a hint that is not signed: nothing here reads it.
const (
	SignatureHeader = "X-Overten-Signature"
	TimestampHeader = "X-Overten-Timestamp"
	EventHeader     = "X-Overten-Event"
)

// Verifier judges deliveries. Any number of goroutines may use one at once.
type Verifier struct {
	engine       *engine.Verifier
	secrets      []SecretInfo
	maxBodyBytes int
}

// NewVerifier makes a verifier from one to eight secrets. It refuses, with an [Error] that names the position and never shows
// the secret: none ([ErrNoSecrets]) or more than eight ([ErrTooManySecrets]), a label of the wrong form or used twice
// ([ErrMalformedLabel]), a secret that is empty ([ErrEmptySecret]), that holds what a secret cannot, such as quotes around it
// or a second one joined to it ([ErrMalformedSecret]), that is too short to be safe ([ErrShortSecret]) or too long
// ([ErrLongSecret]), or that stands twice ([ErrDuplicateSecret]); and options that cannot be used ([ErrInvalidArgument]).
func NewVerifier(secrets Secrets, options ...VerifierOption) (*Verifier, error) {
	settings, _ := defaultSettings(false)
	for _, option := range options {
		if isThere(option) {
			option.applyToVerifier(&settings)
		} else {
			settings.refuse(noOption)
		}
	}
	return newVerifier(secrets, settings)
}

func newVerifier(secrets Secrets, settings verifierSettings) (*Verifier, error) {
	given, err := secrets.usable(settings.err)
	defer given.Wipe()
	if err != nil {
		return nil, err
	}
	core, failure := engine.New(given, settings.Options)
	if failure != nil {
		return nil, errorOf(failure)
	}
	return verifierOver(core, settings.MaxBodyBytes), nil
}

func verifierOver(core *engine.Verifier, maxBodyBytes uint64) *Verifier {
	v := &Verifier{engine: core, maxBodyBytes: int(maxBodyBytes)}
	for _, info := range core.Secrets() {
		v.secrets = append(v.secrets, SecretInfo(info))
	}
	runtime.AddCleanup(v, (*engine.Verifier).Close, core)
	return v
}

// Close wipes and frees what the verifier holds, after the calls that are under way. It may be left out: a verifier that is
// forgotten is freed when it is collected.
func (v *Verifier) Close() error {
	v.engine.Close()
	return nil
}

// Secrets lists label and fingerprint of each secret, in the order in which they are tried.
func (v *Verifier) Secrets() []SecretInfo { return append([]SecretInfo(nil), v.secrets...) }

// MaxBodyBytes is the longest body that is looked at.
func (v *Verifier) MaxBodyBytes() int { return v.maxBodyBytes }

// Format prints how the core is run here, and the labels and fingerprints of the secrets, whatever the verb.
func (v *Verifier) Format(state fmt.State, _ rune) {
	mode, _ := engine.Mode()
	list := []string{mode}
	for _, secret := range v.secrets {
		list = append(list, secret.Label+" "+secret.Fingerprint)
	}
	fmt.Fprintf(state, "webhook.Verifier(%s)", strings.Join(list, ", "))
}

// LogValue is what Format prints.
func (v *Verifier) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(v)) }

// Verify judges a delivery: its headers as received, its body's exact bytes, and the time to judge it by. The body is
// borrowed, and must not be changed for as long as the delivery is used.
//
// The error is an [Error]: [ErrMissingSignature], [ErrMalformedSignature], [ErrMissingTimestamp], [ErrMalformedTimestamp],
// [ErrBodyTooLarge], [ErrSignatureMismatch], [ErrTimestampTooOld] or [ErrTimestampInFuture], looked at in that order.
// The body is not parsed, and the request's method and path are not looked at; of the other headers only Content-Length is, so that a
// mismatch says where the body was emptied or cut on its way.
func (v *Verifier) Verify(header http.Header, body []byte, now time.Time) (*Delivery, error) {
	return v.verify(new(Delivery), header, body, now)
}

// verify fills in the delivery that Verify made: Verify is small enough to be inlined, so that a delivery which does not
// outlive its caller lies on the stack.
func (v *Verifier) verify(d *Delivery, header http.Header, body []byte, now time.Time) (*Delivery, error) {
	d.verifier, d.body = v, body
	d.signature, d.timestamp = signedValues(header)
	failure := v.engine.Verify(d.signature, d.timestamp, body, now.Unix(), &d.verdict, &d.ticket)
	if failure != nil && failure.Code == engine.CodeSignatureMismatch {
		failure = v.mismatch(header, body, now, failure)
	}
	runtime.KeepAlive(v)
	if failure != nil {
		return nil, errorOf(failure)
	}
	return d, nil
}

// mismatch has the core say so where the body is not as long as the headers announced it: somebody emptied or cut it on its way.
func (v *Verifier) mismatch(header http.Header, body []byte, now time.Time, failure *engine.Failure) *engine.Failure {
	lengths := header["Content-Length"]
	if len(lengths) == 0 || lengths[0] == strconv.Itoa(len(body)) {
		return failure
	}
	signature, timestamp := signedValues(header)
	headers := [][2]string{{SignatureHeader, signature}, {TimestampHeader, timestamp}, {"Content-Length", lengths[0]}}
	if told := v.engine.VerifyHeaders(headers, body, now.Unix()); told != nil {
		return told
	}
	return failure
}

// VerifyRequest reads a request's body, judges the delivery, and puts the body back, so that the next handler can read it
// again. The headers are judged first: where they are wrong the body is left unread. No more than the limit is read.
//
// Beside the errors of [Verifier.Verify] it gives [ErrUnavailable] where the body could not be read, or was read by someone
// before: one that does not verify and is empty or not as long as was announced.
func (v *Verifier) VerifyRequest(request *http.Request, now time.Time) (*Delivery, error) {
	if err := v.checkHeaders(request.Header); err != nil {
		return nil, err
	}
	body, err := v.readBody(request)
	if err != nil {
		return nil, err
	}
	delivery, reason := v.Verify(request.Header, body, now)
	if cut := cutShort(request, body, reason); cut != nil {
		return nil, cut
	}
	return delivery, reason
}

func (v *Verifier) checkHeaders(header http.Header) error {
	failure := v.engine.CheckHeaders(signedValues(header))
	runtime.KeepAlive(v)
	if failure != nil {
		return errorOf(failure)
	}
	return nil
}

// readBody reads at most one byte more than the limit, and puts back what it read.
func (v *Verifier) readBody(request *http.Request) ([]byte, error) {
	original := request.Body
	if original == nil {
		return nil, nil
	}
	body, err := readAtMost(request, int64(v.maxBodyBytes))
	request.Body = restored{io.MultiReader(bytes.NewReader(body), original), original}
	if err != nil {
		return nil, newError(ErrUnavailable, err, "the body could not be read")
	}
	return body, nil
}

// readAtMost reads no more than one byte over the limit, whatever Content-Length says.
func readAtMost(request *http.Request, limit int64) ([]byte, error) {
	if request.Body == nil {
		return nil, nil
	}
	buffer := new(bytes.Buffer)
	buffer.Grow(int(min(max(request.ContentLength, 0), limit, 64<<10)) + bytes.MinRead)
	_, err := buffer.ReadFrom(io.LimitReader(request.Body, limit+1))
	return buffer.Bytes(), err
}

// restored is a body that was read, to be read once more.
type restored struct {
	io.Reader
	io.Closer
}

// cutShort tells a body that somebody has read before, or that did not come whole, from a forged one: it says so only of a
// delivery that does not verify. Overten's bodies are never empty, so that an empty one of no announced length was emptied, too.
func cutShort(request *http.Request, body []byte, reason error) error {
	if !errors.Is(reason, ErrSignatureMismatch) {
		return nil
	}
	announced := strings.Join(announcedLengths(request), ", ")
	length, err := strconv.Atoi(announced)
	switch {
	case announced == "" && len(body) > 0, err == nil && length == len(body):
		return nil
	case announced == "":
		announced = "unknown number of"
	}
	return newError(ErrUnavailable, io.ErrUnexpectedEOF,
		"%d of the body's %.20s bytes were left to read; an earlier handler that reads the body must put it back", len(body), announced)
}

// signedValues finds the two headers that count, whatever the case of their names. Several values of one are joined with a
// comma, as many hosts do, and the core refuses every value that holds one.
func signedValues(header http.Header) (signature, timestamp string) {
	signatures, timestamps := 0, 0
	for name, values := range header {
		switch {
		case len(name) != len(SignatureHeader): // which is the other's length too
		case name == SignatureHeader || strings.EqualFold(name, SignatureHeader):
			signature, signatures = join(signature, signatures, values)
		case name == TimestampHeader || strings.EqualFold(name, TimestampHeader):
			timestamp, timestamps = join(timestamp, timestamps, values)
		}
	}
	return signature, timestamp
}

func join(joined string, count int, values []string) (string, int) {
	for _, value := range values {
		if count == 0 {
			joined = value
		} else {
			joined += "," + value
		}
		count++
	}
	return joined, count
}
