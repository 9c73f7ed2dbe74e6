package webhook

import "example.com/overten/webhook/internal/engine"

// CodeCount and CoreWord let a test compare the words here with the core's.
var CodeCount = len(codeNumbers)

func CoreWord(number uint32) string { return coreStatuses()[number].Word }

// Live is how many instances or handles of the core are held.
var Live = engine.Live

// EngineName is wasm or native.
const EngineName = engine.Name
