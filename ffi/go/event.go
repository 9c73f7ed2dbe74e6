package webhook

import (
	"encoding/json"
	"fmt"
	"iter"
	"log/slog"

	"example.com/overten/webhook/internal/engine"
)

// Event is what an authentic delivery says: a [*RunCompleted], a [*RunFailed] or an [*Other], and nothing else, so that a type
// switch over the three is complete.
//
//	switch event := event.(type) {
//	case *webhook.RunCompleted:
//		url, ok := event.DownloadURL()
//	case *webhook.RunFailed:
//		detail, ok := event.ErrorDetail()
//	case *webhook.Other: // an event type added since this version
//		name := event.Name()
//	}
//
// A text or number that Overten left out, sent as null or as another type is absent: ok is false. Empty text is present.
// The member format is DocumentFormat here: the name Format belongs to package fmt. Events print as kind, run and task only.
type Event interface {
	// Name is the event's name as sent, such as run.completed.
	Name() string
	// RunID is the run that the task belongs to; never empty.
	RunID() string
	// TaskID is the task that ended.
	TaskID() (taskID string, ok bool)

	// The optional fields, made by "make generate":

	// AgentName is the agent that generated the document.
	AgentName() (agentName string, ok bool)
	// DocumentFormat is the document's format, such as excel.
	DocumentFormat() (format string, ok bool)
	// Status is the task's status, such as completed.
	Status() (status string, ok bool)
	// Summary is what was generated, in words.
	Summary() (summary string, ok bool)
	// DownloadURL is where the document can be downloaded. It may carry access rights: do not log it.
	DownloadURL() (downloadURL string, ok bool)
	// EditURL is where the document can be edited. It may carry access rights: do not log it.
	EditURL() (editURL string, ok bool)
	// Message is a sentence for a person.
	Message() (message string, ok bool)
	// CreditsUsed is the credits that the task used, as the nearest double.
	CreditsUsed() (creditsUsed float64, ok bool)
	// DurationMS is how long the task took, in whole milliseconds.
	DurationMS() (durationMS uint64, ok bool)

	// ErrorDetail is why the task failed.
	ErrorDetail() (detail ErrorDetail, ok bool)
	// Member is the JSON text of any top-level member, as sent.
	Member(name string) (text json.RawMessage, ok bool)
	// Members gives every top-level member in the order sent, a name that stands twice both times.
	Members() iter.Seq2[string, json.RawMessage]
	// IdempotencyKey is the key by which a receiver tells that it has handled this event before. Its errors are those of
	// [Delivery.Event], where the body was changed or the verifier closed since.
	IdempotencyKey(scope Scope) (IdempotencyKey, error)
	// Delivery is what the event was read from.
	Delivery() *Delivery

	sealed()
}

// RunCompleted is the event run.completed.
type RunCompleted struct{ event }

// RunFailed is the event run.failed.
type RunFailed struct{ event }

// Other is an event whose name this version does not know.
type Other struct{ event }

// ErrorDetail is why a task failed: a code, a message or both.
type ErrorDetail struct {
	Code, Message       string
	HasCode, HasMessage bool
}

// IdempotencyKey tells two deliveries of one event: equal keys, equal events. It is plain text of at most 386 bytes, safe in a
// header, a URL or a database.
type IdempotencyKey string

// Scope chooses what makes two deliveries one event.
type Scope uint32

const (
	// RunScope takes (run_id, event) for the key, as Overten advises.
	RunScope Scope = engine.KeyRun
	// TaskScope takes the task_id in too. A receiver that resumes runs needs it, since a resumed run ends once per task.
	TaskScope Scope = engine.KeyTask
)

// String is the setting's word, run or task.
func (s Scope) String() string {
	switch s {
	case RunScope:
		return "run"
	case TaskScope:
		return "task"
	default:
		return fmt.Sprintf("Scope(%d)", uint32(s))
	}
}

type event struct{ record record }

func (event) sealed() {}

func (e event) Name() string           { return e.record.textOf(nameField) }
func (e event) RunID() string          { return e.record.textOf(runIDField) }
func (e event) TaskID() (string, bool) { return e.record.field(taskIDField) }
func (e event) Delivery() *Delivery    { return e.record.delivery }

func (e event) ErrorDetail() (detail ErrorDetail, ok bool) {
	detail.Code, detail.HasCode = e.record.field(errorCodeField)
	detail.Message, detail.HasMessage = e.record.field(errorMessageField)
	return detail, detail.HasCode || detail.HasMessage
}

func (e event) Member(name string) (json.RawMessage, bool) {
	text, ok := e.record.member(name)
	if !ok {
		return nil, false
	}
	return json.RawMessage(text), true
}

func (e event) Members() iter.Seq2[string, json.RawMessage] {
	return func(yield func(string, json.RawMessage) bool) {
		for n := range int(e.record.u32(memberCountAt)) {
			slot := e.record.memberSlot(n)
			if !yield(e.record.textOf(slot), json.RawMessage(e.record.textOf(slot+1))) {
				return
			}
		}
	}
}

func (e event) IdempotencyKey(scope Scope) (IdempotencyKey, error) {
	place := runKeyField
	switch scope {
	case RunScope:
	case TaskScope:
		place = taskKeyField
	default:
		return "", newError(ErrInvalidArgument, nil, "the scope must be webhook.RunScope or webhook.TaskScope")
	}
	if key := e.record.key(place); key != "" {
		return key, nil
	}
	record, err := e.record.delivery.read(uint32(scope))
	if err != nil {
		return "", err
	}
	return record.key(place), nil
}

// Format prints what the event is about, whatever the verb: texts, links and unknown members stay out of logs.
func (e event) Format(state fmt.State, _ rune) {
	kind := "Other"
	switch e.record.u32(kindAt) {
	case engine.KindRunCompleted:
		kind = "RunCompleted"
	case engine.KindRunFailed:
		kind = "RunFailed"
	}
	task, _ := e.TaskID()
	fmt.Fprintf(state, "webhook.%s(%q, run %q, task %q)", kind, e.Name(), e.RunID(), task)
}

// LogValue is the event's name, run and task.
func (e event) LogValue() slog.Value {
	task, _ := e.TaskID()
	return slog.GroupValue(slog.String("event", e.Name()), slog.String("run_id", e.RunID()), slog.String("task_id", task))
}
