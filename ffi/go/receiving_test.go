package webhook_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf16"

	"example.com/overten/webhook"
)

// TestReceivingScenarios sends every scenario to a Handler behind a real server, over a connection in memory and in a bubble
// whose clocks the scenario moves.
func TestReceivingScenarios(t *testing.T) {
	warmUp(t)
	run, left := 0, 0
	for _, s := range loadScenarios(t) {
		if s.cannotBeSaid() {
			left++
			continue
		}
		run++
		var differences []string // told outside the bubble, since a bubble that fails ends the test
		synctest.Test(t, func(*testing.T) { differences = s.differences() })
		for _, difference := range differences {
			t.Errorf("%s (%s): %s", s.ID, s.Note, difference)
		}
	}
	t.Logf("%d scenarios, %d cannot be said", run, left)
	if os.Getenv("OVERTEN_RECEIVING_VECTORS") == "" && (run != 460 || left != 21) {
		t.Errorf("%d scenarios were run and %d cannot be said", run, left)
	}
}

// Whatever is flipped in what a scenario expects is seen.
func TestFlippedScenarioFails(t *testing.T) {
	warmUp(t)
	all := loadScenarios(t)
	scenario := func() scenario {
		s := all[slices.IndexFunc(all, func(s scenario) bool { return s.ID == "accept/completed" })]
		s.Requests = slices.Clone(s.Requests)
		return s
	}
	for name, flip := range map[string]func(*expectation){
		"status":    func(e *expectation) { e.Status++ },
		"body":      func(e *expectation) { e.Body += " " },
		"header":    func(e *expectation) { e.Headers = map[string]string{"Allow": "POST"} },
		"steps":     func(e *expectation) { e.Steps = e.Steps[1:] },
		"key":       func(e *expectation) { e.Key += "2" },
		"handed on": func(e *expectation) { e.HandedOn = !e.HandedOn },
		"set aside": func(e *expectation) { e.SetAside = new(string) },
		"no line":   func(e *expectation) { e.Lines = nil },
		"line": func(e *expectation) {
			e.Lines = []json.RawMessage{bytes.Replace(e.Lines[0], []byte("info"), []byte("warn"), 1)}
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := scenario()
			if differences := s.differences(); len(differences) > 0 {
				t.Fatal(differences)
			}
			if flip(&s.Requests[0].Expect); len(s.differences()) == 0 {
				t.Errorf("nothing was seen of another %s", name)
			}
		})
	}
}

type scenario struct {
	ID            string
	Note          string
	ScriptedStore bool `json:"scripted_store"`
	Settings      struct {
		Secrets          []json.RawMessage
		Path             *string
		Scope            string
		Mismatch         int
		Tolerance        json.RawMessage
		MaxBodyBytes     *int   `json:"max_body_bytes"`
		LeaseSeconds     *int64 `json:"lease_seconds"`
		RetentionSeconds *int64 `json:"retention_seconds"`
	}
	Requests []scriptedRequest
}

type scriptedRequest struct {
	At             int64
	Method, Target string
	Headers        []map[string]string
	Body           *string
	BodyHex        *string `json:"body_hex"`
	BodySpaces     int     `json:"body_spaces"`
	Read           struct {
		BrokenOff *string `json:"broken_off"`
	}
	Claim, HandOn, SetAside, Commit, Release *scriptedOutcome `json:"-"`
	WaitedMS                                 int64            `json:"waited_ms"`
	HandlerMS                                int64            `json:"handler_ms"`
	Late                                     string
	Expect                                   expectation
}

type expectation struct {
	Status   int
	Headers  map[string]string
	Body     string
	Steps    []string
	Key      string
	HandedOn bool    `json:"handed_on"`
	SetAside *string `json:"set_aside"`
	Lines    []json.RawMessage
}

// scriptedOutcome is a word, or what failed and why.
type scriptedOutcome struct {
	word string
	err  error
}

func (o *scriptedOutcome) UnmarshalJSON(text []byte) error {
	if json.Unmarshal(text, &o.word) == nil {
		return nil
	}
	var failed struct {
		Failed        *string
		FailedForGood *string `json:"failed_for_good"`
	}
	err := json.Unmarshal(text, &failed)
	switch {
	case failed.Failed != nil:
		o.err = errors.New(*failed.Failed)
	case failed.FailedForGood != nil:
		o.err = webhook.Permanent(errors.New(*failed.FailedForGood))
	}
	return err
}

func (r *scriptedRequest) UnmarshalJSON(text []byte) error {
	type plain scriptedRequest
	outcomes := struct {
		*plain
		Claim    *scriptedOutcome
		HandOn   *scriptedOutcome `json:"hand_on"`
		SetAside *scriptedOutcome `json:"set_aside"`
		Commit   *scriptedOutcome
		Release  *scriptedOutcome
	}{plain: (*plain)(r)}
	err := json.Unmarshal(text, &outcomes)
	r.Claim, r.HandOn, r.SetAside, r.Commit, r.Release = outcomes.Claim, outcomes.HandOn, outcomes.SetAside, outcomes.Commit, outcomes.Release
	return err
}

func loadScenarios(t *testing.T) []scenario {
	t.Helper()
	var file struct {
		Format    string
		Count     int
		Scenarios []scenario
	}
	path := os.Getenv("OVERTEN_RECEIVING_VECTORS")
	if path == "" {
		path = filepath.Join("testdata", "vectors", "receiving.json")
	}
	loadJSON(t, path, &file)
	if file.Format != "overten-webhook-receiving/1" || file.Count != len(file.Scenarios) || file.Count == 0 {
		t.Fatalf("%d scenarios of the form %q where the file says %d", len(file.Scenarios), file.Format, file.Count)
	}
	return file.Scenarios
}

// cannotBeSaid tells of requests that no handler of Go's server gets to see.
func (s *scenario) cannotBeSaid() bool {
	return slices.ContainsFunc(s.Requests, scriptedRequest.cannotBeSaid)
}

func (r scriptedRequest) cannotBeSaid() bool {
	for _, pair := range r.pairs() {
		// One that is no plain number or stands twice is refused by the server; and a length of 0 with a body is one that nobody knows.
		if strings.EqualFold(pair[0], "Content-Length") && (!plainNumber.MatchString(pair[1]) || pair[1] == "0" && len(r.body()) > 0) {
			return true
		}
	}
	lengths := slices.DeleteFunc(r.pairs(), func(pair [2]string) bool { return !strings.EqualFold(pair[0], "Content-Length") })
	// A target that is no URL is refused by the server, and a fragment, which no client sends, is taken for a part of the path.
	_, err := url.ParseRequestURI(r.Target)
	return len(lengths) > 1 || err != nil || strings.ContainsAny(r.Target, " #") || cannotBeSent(vector{Headers: r.Headers})
}

var plainNumber = regexp.MustCompile(`^[ \t]*[0-9]{1,18}[ \t]*$`)

func (r *scriptedRequest) pairs() [][2]string { return vector{Headers: r.Headers}.pairs() }

func (r *scriptedRequest) body() []byte {
	return vector{Body: r.Body, BodyHex: r.BodyHex, BodySpaces: r.BodySpaces}.body()
}

// player is what a handler under a scenario is connected to, and what it saw.
type player struct {
	*scenario
	memory  *webhook.MemoryStore
	request *scriptedRequest
	waits   bool // before the monotonic clock is read next
	faults  []string

	mutex    sync.Mutex
	steps    []string
	key      string
	handedOn bool
	setAside *string
	lines    []string
}

// differences runs a scenario in the bubble that it is called in, and tells where it went otherwise than expected.
func (s *scenario) differences() []string {
	p := &player{scenario: s}
	p.memory = webhook.NewMemoryStoreAt(100, func() int64 { return p.request.At })
	p.request = &s.Requests[0]
	handler := p.handler()
	defer func() { _ = handler.Close() }()
	_, isSlow := webhook.EngineMode() // which has a line of its own
	if len(p.lines) != map[bool]int{false: 1, true: 2}[isSlow] {
		p.faults = append(p.faults, fmt.Sprintf("%d lines at the start", len(p.lines)))
	}
	server, connections := serveInMemory(p.around(handler))
	for n := range s.Requests {
		p.request = &s.Requests[n]
		p.steps, p.key, p.handedOn, p.setAside, p.lines = nil, "", false, nil, nil
		p.play(connections)
		if err := handler.Wait(context.Background()); err != nil {
			p.faults = append(p.faults, err.Error())
		}
		p.compare()
	}
	_ = server.Close()
	return p.faults
}

func (p *player) handler() *webhook.Handler {
	options := []webhook.HandlerOption{
		webhook.WithClock(func() time.Time { return time.Unix(p.request.At, 0) }),
		webhook.WithMonotonicClock(p.monotonic),
		webhook.WithLogger(slog.New(p)),
	}
	settings := p.Settings
	for _, option := range (vector{Tolerance: settings.Tolerance, MaxBodyBytes: settings.MaxBodyBytes}).options() {
		options = append(options, option)
	}
	if settings.Path != nil {
		options = append(options, webhook.WithPath(*settings.Path))
	}
	if settings.Scope == "task" {
		options = append(options, webhook.WithScope(webhook.TaskScope))
	}
	if settings.Mismatch == http.StatusServiceUnavailable {
		options = append(options, webhook.WithMismatchRetry())
	}
	if settings.LeaseSeconds != nil {
		options = append(options, webhook.WithLease(time.Duration(*settings.LeaseSeconds)*time.Second))
	}
	if settings.RetentionSeconds != nil {
		options = append(options, webhook.WithRetention(time.Duration(*settings.RetentionSeconds)*time.Second))
	}
	handler, _ := webhook.NewHandler(p.secrets(), p, p.handOn, p.keep, options...)
	return handler
}

func (p *player) secrets() webhook.Secrets {
	secrets := webhook.NewSecrets()
	for _, raw := range p.Settings.Secrets {
		var form struct {
			Label     *string
			Secret    *string
			SecretHex *string `json:"secret_hex"`
		}
		var text string
		if json.Unmarshal(raw, &text) == nil {
			form.Secret = &text
		} else if err := json.Unmarshal(raw, &form); err != nil {
			panic(err)
		}
		secret := string(hexOr{form.Secret, form.SecretHex}.bytes())
		if form.Label != nil {
			secrets = secrets.With(*form.Label, secret)
		} else {
			secrets = secrets.And(secret)
		}
	}
	return secrets
}

// monotonic is the bubble's clock; the scenario's wait lies between the store's answer and the next reading.
func (p *player) monotonic() time.Time {
	p.mutex.Lock()
	waits := p.waits
	p.waits = false
	p.mutex.Unlock()
	if waits {
		time.Sleep(time.Duration(p.request.WaitedMS) * time.Millisecond)
	}
	return time.Now()
}

// takes notes a step, which takes 11 s where it is late, or as long as the handler does, and gives what comes of it.
func (p *player) takes(step string, scripted *scriptedOutcome) scriptedOutcome {
	p.mutex.Lock()
	p.steps = append(p.steps, step)
	p.mutex.Unlock()
	switch {
	case step == "hand_on" && p.request.HandlerMS > 0:
		time.Sleep(time.Duration(p.request.HandlerMS) * time.Millisecond)
	case p.request.Late == step:
		time.Sleep(11 * time.Second)
	}
	if scripted == nil {
		return scriptedOutcome{word: "done"}
	}
	return *scripted
}

func (p *player) Claim(ctx context.Context, key webhook.IdempotencyKey, token string, lease time.Duration) (webhook.Claim, error) {
	outcome := p.takes("claim", p.request.Claim)
	p.key = string(key)
	if p.request.WaitedMS > 0 {
		p.mutex.Lock()
		p.waits = true
		p.mutex.Unlock()
	}
	if !p.ScriptedStore {
		if claim, err := p.memory.Claim(ctx, key, token, lease); string(claim) != outcome.word || err != nil {
			p.faults = append(p.faults, fmt.Sprintf("the memory store answers %s, %v", claim, err))
		}
	}
	return webhook.Claim(outcome.word), outcome.err
}

func (p *player) Commit(ctx context.Context, key webhook.IdempotencyKey, token string, retention time.Duration) error {
	outcome := p.takes("commit", p.request.Commit)
	if outcome.word == "claim_lost" {
		return webhook.ErrClaimLost
	}
	if outcome.err == nil && !p.ScriptedStore {
		return p.memory.Commit(ctx, key, token, retention)
	}
	return outcome.err
}

func (p *player) Release(ctx context.Context, key webhook.IdempotencyKey, token string) error {
	outcome := p.takes("release", p.request.Release)
	if outcome.err == nil && !p.ScriptedStore {
		return p.memory.Release(ctx, key, token)
	}
	return outcome.err
}

func (p *player) Durable() bool { return false }

func (p *player) handOn(context.Context, webhook.Event) error {
	p.handedOn = true
	return p.takes("hand_on", p.request.HandOn).err
}

func (p *player) keep(_ context.Context, _ *webhook.Delivery, reason error) error {
	why := "failed_for_good"
	if errors.Is(reason, webhook.ErrMalformedPayload) {
		why = "unreadable"
	}
	p.setAside = &why
	return p.takes("set_aside", p.request.SetAside).err
}

// Enabled and its like make it a slog.Handler, which keeps each record as the JSON line it was.
func (p *player) Enabled(context.Context, slog.Level) bool { return true }
func (p *player) WithAttrs([]slog.Attr) slog.Handler       { return p }
func (p *player) WithGroup(string) slog.Handler            { return p }
func (p *player) Handle(_ context.Context, r slog.Record) error {
	var line strings.Builder
	r.Attrs(func(attribute slog.Attr) bool {
		value, err := json.Marshal(attribute.Value.Any())
		if err != nil || hidden.Match(value) {
			p.faults = append(p.faults, fmt.Sprintf("%s: %v, %q", attribute.Key, err, value))
			return false
		}
		if attribute.Key == "elapsed_ms" {
			if _, isWhole := attribute.Value.Any().(int64); isWhole {
				return true
			}
		}
		fmt.Fprintf(&line, "%q:%s,", attribute.Key, value)
		if attribute.Key == "code" {
			fmt.Fprintf(&line, "%q:%q,", "level", strings.ToLower(r.Level.String()))
		}
		return true
	})
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.lines = append(p.lines, "{"+strings.TrimSuffix(line.String(), ",")+"}")
	return nil
}

// around stands where a host's own middleware would: it says of the body and its length what the scenario does.
func (p *player) around(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Content-Length")
		for _, pair := range p.request.pairs() {
			if strings.EqualFold(pair[0], "Content-Length") {
				r.Header.Add("Content-Length", pair[1])
				r.ContentLength, _ = strconv.ParseInt(strings.Trim(pair[1], " \t"), 10, 64)
			}
		}
		r.Body = &watched{ReadCloser: r.Body, player: p}
		handler.ServeHTTP(w, r)
	})
}

type watched struct {
	io.ReadCloser
	player *player
	isRead bool
}

func (w *watched) Read(to []byte) (int, error) {
	if !w.isRead {
		w.isRead = true
		w.player.steps = append(w.player.steps, "read_body")
	}
	if why := w.player.request.Read.BrokenOff; why != nil {
		return 0, errors.New(*why)
	}
	return w.ReadCloser.Read(to)
}

// play sends the request byte for byte, and compares the answer.
func (p *player) play(connections pipes) {
	here := connections.dial()
	defer here.Close()
	body := p.request.body()
	var head bytes.Buffer
	fmt.Fprintf(&head, "%s %s HTTP/1.1\r\nHost: hooks.example\r\nConnection: close\r\nContent-Length: %d\r\n", p.request.Method, p.request.Target, len(body))
	for _, pair := range p.request.pairs() {
		if !strings.EqualFold(pair[0], "Content-Length") && !strings.EqualFold(pair[0], "Host") {
			fmt.Fprintf(&head, "%s: %s\r\n", pair[0], pair[1])
		}
	}
	head.WriteString("\r\n")
	if p.request.Late == "read_body" {
		body = body[:len(body)-1]
	}
	go func() { _, _ = io.Copy(here, io.MultiReader(&head, bytes.NewReader(body))) }()
	answer, err := http.ReadResponse(bufio.NewReader(here), &http.Request{Method: p.request.Method})
	if err != nil {
		p.faults = append(p.faults, err.Error())
		return
	}
	text, err := io.ReadAll(answer.Body)
	want := p.request.Expect
	if err != nil || answer.StatusCode != want.Status || string(text) != want.Body {
		p.faults = append(p.faults, fmt.Sprintf("answered %d %s (%v), want %d %s", answer.StatusCode, text, err, want.Status, want.Body))
	}
	for _, name := range []string{"Content-Type", "Retry-After", "Allow"} {
		if got := answer.Header.Get(name); got != want.Headers[name] {
			p.faults = append(p.faults, fmt.Sprintf("%s is %q, want %q", name, got, want.Headers[name]))
		}
	}
}

func (p *player) compare() {
	want := p.request.Expect
	var lines []string
	for _, raw := range want.Lines {
		var line bytes.Buffer
		if err := json.Compact(&line, raw); err != nil {
			panic(err)
		}
		lines = append(lines, asGoWrites(line.Bytes()))
	}
	for name, pair := range map[string][2]any{
		"steps": {p.steps, want.Steps}, "key": {p.key, want.Key}, "handed on": {p.handedOn, want.HandedOn},
		"set aside": {orNone(p.setAside), orNone(want.SetAside)}, "lines": {strings.Join(p.lines, "\n"), strings.Join(lines, "\n")},
	} {
		if got, wanted := fmt.Sprint(pair[0]), fmt.Sprint(pair[1]); got != wanted {
			p.faults = append(p.faults, fmt.Sprintf("%s: %s\nwant %s", name, got, wanted))
		}
	}
}

// hidden is what slog's handlers do not escape, and what cannot be seen in a log all the same.
var hidden = regexp.MustCompile("[\u007f-\u009f\u00ad\u0600-\u0605\u061c\u06dd\u070f\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]")

func escaped(text string) (escapes string) {
	for _, unit := range utf16.Encode([]rune(text)) {
		escapes += fmt.Sprintf(`\u%04x`, unit)
	}
	return escapes
}

// asGoWrites is the JSON text with each value as json.Marshal writes it, and what hides in it escaped once more.
func asGoWrites(line []byte) string {
	var text strings.Builder
	decoder := json.NewDecoder(bytes.NewReader(line))
	_, _ = decoder.Token()
	for decoder.More() {
		name, _ := decoder.Token()
		var value json.RawMessage
		_ = decoder.Decode(&value)
		var plain any
		inner := json.NewDecoder(bytes.NewReader(value))
		inner.UseNumber()
		_ = inner.Decode(&plain)
		if text, is := plain.(string); is {
			plain = hidden.ReplaceAllStringFunc(text, escaped)
		}
		value, _ = json.Marshal(plain)
		fmt.Fprintf(&text, "%q:%s,", name, value)
	}
	return "{" + strings.TrimSuffix(text.String(), ",") + "}"
}

func orNone(text *string) string {
	if text == nil {
		return "nothing"
	}
	return *text
}
