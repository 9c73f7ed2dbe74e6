//go:build !overten_native

package engine

import (
	"encoding/binary"
	"math"
	"runtime"
	"sync"
)

// Verifier holds a bounded number of instances of the core, each with the secrets loaded.
type Verifier struct {
	pool *pool
	// counting is of one instance alone, for what a receiver counts of all its requests; nil for a verifier.
	counting *pool
	secrets  Secrets
	options  Options
	infos    []SecretInfo
}

// Name tells which way the core is run.
const Name = "wasm"

// New makes a verifier. It keeps a copy of the secrets, to load into further instances, until Close.
func New(secrets Secrets, options Options) (*Verifier, *Failure) {
	if failure := checkLimit(options); failure != nil {
		return nil, failure
	}
	v := &Verifier{secrets: secrets.Clone(), options: options}
	v.start(atOnce(), func(i *instance) *Failure { return i.loadVerifier(v.secrets, options) })
	i, failure := v.pool.take()
	if failure != nil {
		v.Close()
		return nil, failure
	}
	defer v.pool.put(i)
	v.infos = i.secretInfos()
	return v, nil
}

// start makes room for so many instances.
func (v *Verifier) start(most int, load func(*instance) *Failure) {
	v.pool = newPool(most, func() (*instance, *Failure) {
		i, failure := newInstance()
		if failure == nil {
			failure = load(i)
		}
		return i, failure
	})
}

// Close frees the instances and wipes the secrets. Calls under way end first.
func (v *Verifier) Close() {
	if v.pool.close() {
		if v.counting != nil {
			v.counting.close()
		}
		v.secrets.Wipe()
	}
}

// Secrets lists what may be shown of the secrets, in order.
func (v *Verifier) Secrets() []SecretInfo { return v.infos }

// CheckHeaders judges the two header values alone; an absent one is empty.
func (v *Verifier) CheckHeaders(signature, timestamp string) *Failure {
	i, failure := v.pool.take()
	if failure != nil {
		return failure
	}
	defer v.pool.put(i)
	if failure := i.prepare(signature, timestamp, nil, 0); failure != nil {
		return failure
	}
	status := i.call(i.checkHeaders, i.signature(), uint64(i.signatureLen), i.timestamp(), uint64(i.timestampLen), i.at(errorAt))
	return i.failure(status)
}

// Verify judges a delivery. The ticket serves Packed as long as nothing else has used the instance.
func (v *Verifier) Verify(signature, timestamp string, body []byte, now int64, verdict *Verdict, ticket *Ticket) *Failure {
	i, failure := v.pool.take()
	if failure != nil {
		return failure
	}
	defer v.pool.put(i)
	if failure := i.prepare(signature, timestamp, atMost(body, v.options.MaxBodyBytes), recordRoom); failure != nil {
		return failure
	}
	if failure := i.verifyBody(now); failure != nil {
		return failure
	}
	*verdict = i.verdict()
	*ticket = Ticket{i, i.use}
	return nil
}

// VerifyHeaders judges a delivery by all of its headers, for the sake of what it says.
func (v *Verifier) VerifyHeaders(headers [][2]string, body []byte, now int64) *Failure {
	i, failure := v.pool.take()
	if failure != nil {
		return failure
	}
	defer v.pool.put(i)
	parts := [][]byte{body, make([]byte, 16*len(headers))}
	for _, header := range headers {
		parts = append(parts, []byte(header[0]), []byte(header[1]))
	}
	at, failure := i.hold(parts...)
	if failure != nil {
		return failure
	}
	i.writeViews(at[1], at[2:], parts[2:])
	return i.failure(i.callNamed("overten_verify_headers", uint64(i.verifier), at[1], uint64(len(headers)), at[0], uint64(len(body)), uint64(now),
		0, 0, i.at(errorAt)))
}

// Packed reads a verified delivery: its body followed by the packed record, as one string. With a ticket that is still good
// the delivery is read where it lies; otherwise it is verified again.
func (v *Verifier) Packed(signature, timestamp string, body []byte, now int64, keys uint32, ticket Ticket) (string, *Failure) {
	if text, failure, read := v.pool.packVerified(ticket, keys); read {
		return text, failure
	}
	i, failure := v.pool.take()
	if failure != nil {
		return "", failure
	}
	defer v.pool.put(i)
	return i.pack(signature, timestamp, atMost(body, v.options.MaxBodyBytes), now, keys)
}

// Sign makes the two header values.
func Sign(secret []byte, timestamp int64, body []byte) (signature, stamp string, failure *Failure) {
	i, failure := shared().take()
	if failure != nil {
		return "", "", failure
	}
	defer shared().put(i)
	at, failure := i.hold(secret, body)
	if failure != nil {
		return "", "", failure
	}
	status := i.callNamed("overten_sign", at[0], uint64(len(secret)), uint64(timestamp), at[1], uint64(len(body)), i.at(outputAt), i.at(errorAt))
	i.wipe(at[0], len(secret))
	if failure := i.failure(status); failure != nil {
		return "", "", failure
	}
	return i.text(outputAt, 72), i.text(outputAt+72, 16), nil
}

// AnswerTo is what to answer to a code.
func AnswerTo(code uint32, mismatchStatus int) (Answer, *Failure) {
	i, failure := shared().take()
	if failure != nil {
		return Answer{}, failure
	}
	defer shared().put(i)
	status := i.callNamed("overten_answer_to", uint64(code), uint64(mismatchStatus), i.at(outputAt))
	if failure := i.plainFailure(status); failure != nil {
		return Answer{}, failure
	}
	return i.answer(outputAt), nil
}

// StatusOf is what the core says about a number; any number is defined.
func StatusOf(code uint32) (Status, *Failure) {
	i, failure := shared().take()
	if failure != nil {
		return Status{}, failure
	}
	defer shared().put(i)
	status := Status{
		Word:       i.cString(i.callNamed("overten_status_code", uint64(code))),
		Message:    i.cString(i.callNamed("overten_status_message", uint64(code))),
		HTTPStatus: int(i.callNamed("overten_status_http_status", uint64(code))),
		Retryable:  i.callNamed("overten_status_retryable", uint64(code)) != 0,
	}
	if i.trapped {
		return Status{}, trapFailure
	}
	return status, nil
}

// ReceiverDefaults depend on whether the ledger survives a restart.
func ReceiverDefaults(durable bool) (Defaults, *Failure) {
	i, failure := shared().take()
	if failure != nil {
		return Defaults{}, failure
	}
	defer shared().put(i)
	flag := uint64(0)
	if durable {
		flag = 1
	}
	if failure := i.plainFailure(i.callNamed("overten_receiver_defaults", flag, i.at(outputAt))); failure != nil {
		return Defaults{}, failure
	}
	return Defaults{i.u64(outputAt), i.u64(outputAt + 8), i.u64(outputAt + 16), i.u64(outputAt + 24), i.u64(outputAt + 32)}, nil
}

// JudgeClaim judges a claim by what a ledger knows of its key; its result is an outcome.
func JudgeClaim(kind uint32, at, now int64, leaseSeconds, retentionSeconds uint64) uint32 {
	i, failure := shared().take()
	if failure != nil {
		return OutcomeFailed
	}
	defer shared().put(i)
	if i.callNamed("overten_claim_judge", uint64(kind), uint64(at), uint64(now), leaseSeconds, retentionSeconds, i.at(outputAt)) != CodeOK {
		return OutcomeFailed
	}
	return i.u32(outputAt)
}

// shared is the instances without secrets, for what needs no verifier.
var shared = sync.OnceValue(func() *pool { return newPool(runtime.GOMAXPROCS(0), newInstance) })

func checkLimit(options Options) *Failure {
	if options.MaxBodyBytes <= math.MaxInt32 {
		return nil
	}
	return &Failure{Code: codeInvalidArgument, Position: -1, Offset: -1,
		Message: "the body limit must stay under 2 GiB in this build; lower it, or build with the tag overten_native"}
}

func (o Options) raw(room uint32) []byte {
	raw := make([]byte, room)
	binary.LittleEndian.PutUint32(raw[0:], room)
	binary.LittleEndian.PutUint32(raw[4:], o.flags())
	binary.LittleEndian.PutUint64(raw[8:], uint64(o.PastSeconds))
	binary.LittleEndian.PutUint64(raw[16:], uint64(o.FutureSeconds))
	binary.LittleEndian.PutUint64(raw[24:], o.MaxBodyBytes)
	return raw
}

func (o ReceiverOptions) raw() []byte {
	raw := o.Options.raw(receiverOptionsBytes)
	binary.LittleEndian.PutUint32(raw[4:], o.flags())
	binary.LittleEndian.PutUint64(raw[32:], o.LeaseSeconds)
	binary.LittleEndian.PutUint64(raw[40:], o.RetentionSeconds)
	binary.LittleEndian.PutUint32(raw[48:], o.Scope)
	binary.LittleEndian.PutUint32(raw[52:], o.MismatchStatus)
	return raw
}

// loadVerifier makes the instance's verifier.
func (i *instance) loadVerifier(secrets Secrets, options Options) *Failure {
	failure := i.construct("overten_verifier_new", secrets, options.raw(optionsBytes), nil)
	i.verifier = i.u32(outputAt)
	return failure
}

// construct calls one of the constructors that take secrets and, for a receiver, a path; it leaves what it made at outputAt.
func (i *instance) construct(constructor string, secrets Secrets, options []byte, path *ReceiverOptions) *Failure {
	parts, count := [][]byte{options, nil}, uint64(len(secrets.Lines))
	if secrets.ByLine {
		constructor += "_from_lines"
		parts = append(parts, secrets.Lines)
	} else {
		count = uint64(len(secrets.List))
		parts = append(parts, secretParts(secrets.List)...)
	}
	if path != nil {
		parts[1] = []byte(path.Path)
	}
	at, failure := i.hold(parts...)
	if failure != nil {
		return failure
	}
	i.writeSecrets(at[2], at[3:], secrets.List)
	arguments := []uint64{at[2], count}
	if path != nil {
		arguments = append(arguments, pathAt(at[1], path)...)
	}
	i.wipe(i.at(outputAt), 8)
	status := i.callNamed(constructor, append(arguments, at[0], i.at(outputAt), i.at(errorAt))...)
	i.wipe(uint64(i.input), int(i.inputBytes))
	return i.failure(status)
}

// secretParts are room for the rows of secrets, and what these point to: labels and values in turn.
func secretParts(secrets []Secret) [][]byte {
	parts := [][]byte{make([]byte, 16*len(secrets))}
	for _, secret := range secrets {
		parts = append(parts, []byte(secret.Label), secret.Value)
	}
	return parts
}

// writeSecrets fills in the rows, with what secretParts lists lying at these places.
func (i *instance) writeSecrets(rows uint64, at []uint64, secrets []Secret) {
	for n, secret := range secrets {
		row := i.memory()[rows+16*uint64(n):]
		if secret.HasLabel {
			binary.LittleEndian.PutUint32(row, uint32(at[2*n]))
		}
		binary.LittleEndian.PutUint32(row[4:], uint32(len(secret.Label)))
		binary.LittleEndian.PutUint32(row[8:], uint32(at[2*n+1]))
		binary.LittleEndian.PutUint32(row[12:], uint32(len(secret.Value)))
	}
}

// pathAt is a path as two arguments; none is NULL.
func pathAt(at uint64, options *ReceiverOptions) []uint64 {
	if !options.HasPath {
		return []uint64{0, 0}
	}
	return []uint64{at, uint64(len(options.Path))}
}

func (i *instance) secretInfos() []SecretInfo {
	if i.verifier == 0 { // a misconfigured receiver has none
		return nil
	}
	i.callNamed("overten_verifier_secret_count", uint64(i.verifier), i.at(outputAt))
	infos := make([]SecretInfo, i.u32(outputAt))
	for n := range infos {
		i.callNamed("overten_verifier_secret_label", uint64(i.verifier), uint64(n), i.at(outputAt))
		infos[n].Label = i.view(outputAt)
		i.callNamed("overten_verifier_secret_fingerprint", uint64(i.verifier), uint64(n), i.at(outputAt))
		infos[n].Fingerprint = i.view(outputAt)
	}
	return infos
}

// atMost cuts a body that is over the limit down to one byte over it, which gets the same verdict.
func atMost(body []byte, limit uint64) []byte {
	if uint64(len(body)) > limit {
		return body[:limit+1]
	}
	return body
}
