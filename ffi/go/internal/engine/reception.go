package engine

// ReceiverOptions are a receiver's settings.
type ReceiverOptions struct {
	Options
	// Path is the one path that is the receiver's; HasPath is false where the host has routed already.
	Path                           string
	HasPath                        bool
	LeaseSeconds, RetentionSeconds uint64
	Scope, MismatchStatus          uint32
	RawLog                         uint32 // 0, RawLogFailures or RawLogAll
}

func (o ReceiverOptions) flags() uint32 { return o.Options.flags() | o.RawLog }

// Reception is one request on its way, between two steps: plain bytes without a pointer.
type Reception [11]uint64

// Step is what is to be done next.
type Step struct {
	Kind          uint32
	FailedForGood bool
	AnswerByMS    uint64 // math.MaxUint64 where the sender waits for nothing
	MaxBodyBytes  uint64
	LeaseSeconds  uint64
}

// Named is what an event is known by in the log.
type Named struct {
	Event, RunID, TaskID string
	HasEvent, HasTask    bool
}

// Ending is what to answer, and the line to log: none where Line is empty.
type Ending struct {
	Code    uint32
	Level   uint32
	Answer  Answer
	Line    string
	RawLine string // what RawLine gave right before
}
