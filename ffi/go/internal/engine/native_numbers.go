//go:build overten_native && cgo

package engine

// #include <overten_webhook.h>
import "C"

// Does not compile where a number of numbers.go is not the header's.
var _ = [][0]struct{}{
	[CodeOK - C.OVERTEN_OK]struct{}{},
	[codeInvalidArgument - C.OVERTEN_INVALID_ARGUMENT]struct{}{},
	[CodeInternal - C.OVERTEN_INTERNAL]struct{}{},
	[CodeSignatureMismatch - C.OVERTEN_SIGNATURE_MISMATCH]struct{}{},
	[CodeMalformedPayload - C.OVERTEN_MALFORMED_PAYLOAD]struct{}{},
	[EntryNothing - C.OVERTEN_LEDGER_NOTHING]struct{}{},
	[EntryClaimed - C.OVERTEN_LEDGER_CLAIMED]struct{}{},
	[EntryCommitted - C.OVERTEN_LEDGER_COMMITTED]struct{}{},
	[KindRunCompleted - C.OVERTEN_KIND_RUN_COMPLETED]struct{}{},
	[KindRunFailed - C.OVERTEN_KIND_RUN_FAILED]struct{}{},
	[KindOther - C.OVERTEN_KIND_OTHER]struct{}{},
	[KeyRun - C.OVERTEN_KEY_RUN]struct{}{},
	[KeyTask - C.OVERTEN_KEY_TASK]struct{}{},
	[KeyBody - C.OVERTEN_KEY_BODY]struct{}{},
	[pastUnchecked - C.OVERTEN_PAST_UNCHECKED]struct{}{},
	[futureUnchecked - C.OVERTEN_FUTURE_UNCHECKED]struct{}{},
	[StepReadBody - C.OVERTEN_STEP_READ_BODY]struct{}{},
	[StepClaim - C.OVERTEN_STEP_CLAIM]struct{}{},
	[StepHandOn - C.OVERTEN_STEP_HAND_ON]struct{}{},
	[StepSetAside - C.OVERTEN_STEP_SET_ASIDE]struct{}{},
	[StepCommit - C.OVERTEN_STEP_COMMIT]struct{}{},
	[StepRelease - C.OVERTEN_STEP_RELEASE]struct{}{},
	[StepAnswer - C.OVERTEN_STEP_ANSWER]struct{}{},
	[OutcomeNew - C.OVERTEN_OUTCOME_NEW]struct{}{},
	[OutcomeDuplicate - C.OVERTEN_OUTCOME_DUPLICATE]struct{}{},
	[OutcomeInFlight - C.OVERTEN_OUTCOME_IN_FLIGHT]struct{}{},
	[OutcomeDone - C.OVERTEN_OUTCOME_DONE]struct{}{},
	[OutcomeClaimLost - C.OVERTEN_OUTCOME_CLAIM_LOST]struct{}{},
	[OutcomeFailed - C.OVERTEN_OUTCOME_FAILED]struct{}{},
	[OutcomeFailedForGood - C.OVERTEN_OUTCOME_FAILED_FOR_GOOD]struct{}{},
	[LevelInfo - C.OVERTEN_LEVEL_INFO]struct{}{},
	[LevelWarn - C.OVERTEN_LEVEL_WARN]struct{}{},
	[LevelError - C.OVERTEN_LEVEL_ERROR]struct{}{},
	[lineBytes - C.OVERTEN_LINE_BYTES]struct{}{},
	[RawLogFailures - C.OVERTEN_RAW_LOG_FAILURES]struct{}{},
	[RawLogAll - C.OVERTEN_RAW_LOG_ALL]struct{}{},
	[rawLineBytes - C.OVERTEN_RAW_LINE_BYTES]struct{}{},
	[optionsBytes - C.sizeof_overten_options]struct{}{},
	[receiverOptionsBytes - C.sizeof_overten_receiver_options]struct{}{},
	[errorBytes - C.sizeof_overten_error]struct{}{},
	[receptionBytes - C.sizeof_overten_reception]struct{}{},
	[stepBytes - C.sizeof_overten_step]struct{}{},
	[endingBytes - C.sizeof_overten_ending]struct{}{},
	[keyBytes - C.sizeof_overten_key]struct{}{},
}
