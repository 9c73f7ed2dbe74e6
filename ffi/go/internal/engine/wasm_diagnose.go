//go:build !overten_native

package engine

import (
	_ "embed"
	"sync"
)

// Only a program that calls Diagnose has this module in it, and only a process that does makes it ready: nothing that runs
// when the program starts may refer to it.
//
//go:embed overten_diagnose.wasm
var diagnoseModule []byte

var toDiagnose struct {
	sync.Once
	core core
}

// Diagnose says why a captured delivery does not verify, as JSON and in words.
func Diagnose(headers [][2]string, body []byte, now int64, secrets Secrets, others []Secret, options Options) (json, text string, failure *Failure) {
	if failure := checkLimit(options); failure != nil {
		return "", "", failure
	}
	toDiagnose.Do(func() { toDiagnose.core = translate(diagnoseModule) })
	i, failure := toDiagnose.core.instance()
	if failure != nil {
		return "", "", failure
	}
	defer i.close() // which wipes what is left of the secrets
	arguments, failure := i.holdCapture(headers, body, now, secrets, others, options)
	if failure != nil {
		return "", "", failure
	}
	function := "overten_diagnose"
	if secrets.ByLine {
		function = "overten_diagnose_from_lines"
	}
	if failure := i.failure(i.callNamed(function, append(arguments, i.at(outputAt), i.at(errorAt))...)); failure != nil {
		return "", "", failure
	}
	report := uint64(i.u32(outputAt))
	if failure := i.plainFailure(i.callNamed("overten_report_json", report, i.at(outputAt))); failure != nil {
		return "", "", failure
	}
	if failure := i.plainFailure(i.callNamed("overten_report_text", report, i.at(outputAt+8))); failure != nil {
		return "", "", failure
	}
	return i.view(outputAt), i.view(outputAt + 8), nil
}

// holdCapture copies all that is given into the input buffer, and returns it as arguments.
func (i *instance) holdCapture(headers [][2]string, body []byte, now int64, secrets Secrets, others []Secret, options Options) ([]uint64, *Failure) {
	parts := [][]byte{options.raw(optionsBytes), body, secrets.Lines, make([]byte, 16*len(headers))}
	for _, header := range headers {
		parts = append(parts, []byte(header[0]), []byte(header[1]))
	}
	secretsAt := len(parts)
	parts = append(parts, secretParts(secrets.List)...)
	othersAt := len(parts)
	parts = append(parts, secretParts(others)...)
	at, failure := i.hold(parts...)
	if failure != nil {
		return nil, failure
	}
	i.writeViews(at[3], at[4:secretsAt], parts[4:secretsAt])
	i.writeSecrets(at[secretsAt], at[secretsAt+1:], secrets.List)
	i.writeSecrets(at[othersAt], at[othersAt+1:], others)
	given, count := at[secretsAt], len(secrets.List)
	if secrets.ByLine {
		given, count = at[2], len(secrets.Lines)
	}
	return []uint64{at[3], uint64(len(headers)), at[1], uint64(len(body)), uint64(now), given, uint64(count), at[othersAt], uint64(len(others)), at[0]}, nil
}
