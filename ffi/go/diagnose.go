package webhook

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"time"

	"example.com/overten/webhook/internal/engine"
)

// DiagnoseOption is a setting of [Diagnose]: each [VerifierOption], as the verifier has it, and [WithOtherSecrets].
type DiagnoseOption interface{ applyToDiagnosis(*diagnosisSettings) }

type diagnosisSettings struct {
	verifierSettings
	others []engine.Secret
}

type diagnoseOption func(*diagnosisSettings)

func (o diagnoseOption) applyToDiagnosis(s *diagnosisSettings) { o(s) }

// WithOtherSecrets has up to eight secrets tried that the receiver does not have and that may have signed the delivery all the
// same: the organisation's, another subscription's, the previous one. They are listed, not read from lines.
func WithOtherSecrets(secrets Secrets) DiagnoseOption {
	return diagnoseOption(func(s *diagnosisSettings) {
		given := secrets.orNone()
		if given.ByLine {
			s.refuse("the other secrets must be listed: NewSecrets, With, And")
		}
		s.others = given.List
	})
}

// Diagnose says why a captured delivery does not verify, by trying what really goes wrong. It is for your own desk: never answer
// a request with it, since it tells what makes a signature right.
//
// Header and body are what reached the verifier, and now is the time of the delivery. The secrets are those that the receiver
// has; they may be such as [NewVerifier] refuses. The options are the verifier's ([WithTolerance], [WithMaxBodyBytes] and so on),
// and [WithOtherSecrets].
//
// It hashes up to 256 times the body for each secret, and 64 MiB more. By default the first call makes a second WebAssembly
// module ready, which only programs that call Diagnose carry.
//
// The error is [ErrInvalidArgument] for options that cannot be used, and never about the delivery or its secrets.
func Diagnose(header http.Header, body []byte, now time.Time, secrets Secrets, options ...DiagnoseOption) (*Report, error) {
	defaults, _ := defaultSettings(false)
	settings := diagnosisSettings{verifierSettings: defaults}
	for _, option := range options {
		if isThere(option) {
			option.applyToDiagnosis(&settings)
		} else {
			settings.refuse(noOption)
		}
	}
	given, err := secrets.usable(settings.err)
	defer given.Wipe()
	defer engine.Secrets{List: settings.others}.Wipe()
	if err != nil {
		return nil, err
	}
	var pairs [][2]string
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, value := range header[name] {
			pairs = append(pairs, [2]string{name, value})
		}
	}
	said, text, failure := engine.Diagnose(pairs, body, now.Unix(), given, settings.others, settings.Options)
	if failure != nil {
		return nil, errorOf(failure)
	}
	report := &Report{json: said, text: text}
	if err := json.Unmarshal([]byte(said), report); err != nil {
		return nil, newError(ErrInternal, err, "the report could not be read; this is a defect of the library, please report it")
	}
	return report, nil
}

// Report says why a delivery does not verify. It holds no secret, no right signature and none that was received, so that it can
// be shown to whoever may see the delivery.
type Report struct {
	Outcome Outcome `json:"outcome"`
	// Code is what a verifier says, its rejection or why it refuses its secrets; ok where it takes the delivery.
	Code string `json:"code"`
	// Detail is the same in words; empty where nothing is wrong.
	Detail string `json:"detail"`
	// Secret is the label of the secret that the signature is of; empty where none is known.
	Secret string `json:"secret"`
	// Causes are proven to be wrong, all of them together; there are none unless the outcome is [Explained].
	Causes []Cause `json:"causes"`
	// Lacks are what the capture does not hold, so that nothing can be proven with it: of a signature that a log shortened, its
	// end.
	Lacks []Lack `json:"lacks"`
	// BeginsAsSignedWith is the label of the secret whose signature begins as the shortened one does, which is no proof and very
	// likely; empty where none does.
	BeginsAsSignedWith string `json:"begins_as_signed_with"`
	// Beginning is what the shortened signature tells, in words; empty where there is none.
	Beginning string `json:"beginning"`
	// Suspicions look wrong, without a proof; they are only looked for where nothing explains the delivery.
	Suspicions []Suspicion `json:"suspicions"`
	// Answer is what a receiver answers, with why: also a delivery that verifies may be unavailable, for its length, or
	// quarantined.
	Answer       string `json:"answer"`
	AnswerDetail string `json:"answer_detail"`
	// Tried lists the codes of all causes under which a signature was computed and compared.
	Tried []string `json:"tried"`
	// MACs is how many signatures were computed, and HashedBytes over how many bytes.
	MACs        uint64 `json:"macs"`
	HashedBytes uint64 `json:"hashed_bytes"`
	// IsComplete is false where the bound on the bytes hashed ended the search.
	IsComplete bool  `json:"complete"`
	Facts      Facts `json:"facts"`

	json, text string
}

// Outcome is what a diagnosis came to.
type Outcome string

// The outcomes.
const (
	Verifies    Outcome = "verifies"    // nothing is wrong: the receiver takes the delivery
	Explained   Outcome = "explained"   // the causes say why: with them undone the signature is right
	Unexplained Outcome = "unexplained" // nothing that was tried makes this signature
)

// Cause is something that was wrong: under it the signature came out right.
type Cause struct {
	// Code is a stable word, the same in every language, such as final_newline_added.
	Code string `json:"cause"`
	// What happened, and what to Change, as sentences.
	What   string `json:"what"`
	Change string `json:"change"`
}

// Lack is something that the capture does not hold.
type Lack struct {
	// Code is a stable word, the same in every language, such as signature_shortened.
	Code string `json:"lack"`
	// What is missing, and what to give instead (Change), as sentences.
	What   string `json:"what"`
	Change string `json:"change"`
}

// Suspicion is something that looks wrong and cannot be proven: a hint where to look.
type Suspicion struct {
	// Code is a stable word, the same in every language, such as body_cut.
	Code string `json:"suspicion"`
	// What was seen, and what to Change, as sentences.
	What   string `json:"what"`
	Change string `json:"change"`
}

// Facts are what is known of a delivery, authentic or not, to give to Overten's support. Nil and empty are what is absent.
type Facts struct {
	BodyBytes uint64 `json:"body_bytes"`
	// BodySHA256 is 64 hex digits.
	BodySHA256 string `json:"body_sha256"`
	// ContentLength is what the header said, where it is a plain number.
	ContentLength *uint64 `json:"content_length"`
	// SignatureBytes is how long the signature header's value is.
	SignatureBytes *uint64 `json:"signature_bytes"`
	// Timestamp is the time in Unix seconds that the timestamp header stands for, also where its form is wrong; SkewSeconds is the
	// clock less that time.
	Timestamp   *int64 `json:"timestamp"`
	SkewSeconds *int64 `json:"skew_seconds"`
	// Event, RunID and TaskID are the body's, only where they have the form of a name.
	Event  string `json:"event"`
	RunID  string `json:"run_id"`
	TaskID string `json:"task_id"`
	// Secrets lists the configured ones first.
	Secrets []SecretFacts `json:"secrets"`
}

// SecretFacts are what may be shown of a secret.
type SecretFacts struct {
	// Label is the one of its position, over all secrets, where it has none that can be shown.
	Label string `json:"label"`
	// IsConfigured is false for one of the other secrets.
	IsConfigured bool `json:"configured"`
	// IsTrimmed tells whether white space around it was removed.
	IsTrimmed bool `json:"trimmed"`
	// Fingerprint is empty where the secret is refused.
	Fingerprint string `json:"fingerprint"`
	// Code is why it is refused; else empty.
	Code Code `json:"code"`
}

// String says all of it in words, over several lines.
func (r *Report) String() string { return r.text }

// MarshalJSON gives the report as every language does, as one object on one line; what is absent is null.
func (r *Report) MarshalJSON() ([]byte, error) {
	if r.json == "" { // of a report that nobody made
		return []byte("null"), nil
	}
	return []byte(r.json), nil
}
