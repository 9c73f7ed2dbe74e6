package engine

// The numbers of the ABI that this module needs; native_numbers.go compares them with the header.
const (
	CodeOK                = 0
	codeInvalidArgument   = 2
	CodeInternal          = 3
	CodeSignatureMismatch = 205
	CodeMalformedPayload  = 300

	EntryNothing   = 0
	EntryClaimed   = 1
	EntryCommitted = 2

	KindRunCompleted = 1
	KindRunFailed    = 2
	KindOther        = 3

	KeyRun  = 1
	KeyTask = 2
	KeyBody = 4

	pastUnchecked   = 1
	futureUnchecked = 2

	StepReadBody = 1
	StepClaim    = 2
	StepHandOn   = 3
	StepSetAside = 4
	StepCommit   = 5
	StepRelease  = 6
	StepAnswer   = 7

	OutcomeNew           = 5
	OutcomeDuplicate     = 8
	OutcomeInFlight      = 9
	OutcomeDone          = 10
	OutcomeClaimLost     = 11
	OutcomeFailed        = 12
	OutcomeFailedForGood = 13

	LevelInfo  = 1
	LevelWarn  = 2
	LevelError = 3

	RawLogFailures = 4
	RawLogAll      = 8

	lineBytes    = 20 << 10
	rawLineBytes = 128 << 10
)

// How long the ABI's structs are, on every platform.
const (
	optionsBytes         = 32
	receiverOptionsBytes = 56
	errorBytes           = 560
	receptionBytes       = 88
	stepBytes            = 32
	endingBytes          = 72
	keyBytes             = 400
)
