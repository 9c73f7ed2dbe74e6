//go:build overten_native && cgo

package engine

// #include <overten_webhook.h>
import "C"

// Does not compile where a number of engine.go is not the header's.
var _ = [][0]struct{}{
	[CodeOK - C.OVERTEN_OK]struct{}{},
	[codeInvalidArgument - C.OVERTEN_INVALID_ARGUMENT]struct{}{},
	[codeInternal - C.OVERTEN_INTERNAL]struct{}{},
	[CodeMalformedPayload - C.OVERTEN_MALFORMED_PAYLOAD]struct{}{},
	[CodeDuplicate - C.OVERTEN_DUPLICATE]struct{}{},
	[CodeInFlight - C.OVERTEN_IN_FLIGHT]struct{}{},
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
}
