//go:build overten_native && cgo

package engine

// #include <overten_webhook.h>
import "C"

import (
	"runtime"
	"unsafe"
)

// Diagnose says why a captured delivery does not verify, as JSON and in words.
func Diagnose(headers [][2]string, body []byte, now int64, secrets Secrets, others []Secret, options Options) (json, text string, failure *Failure) {
	var (
		pinner   runtime.Pinner
		settings = settingsOf(options)
		report   *C.overten_report
		err      C.overten_error
		status   C.overten_status
	)
	defer pinner.Unpin()
	rows := rowsOf(&pinner, headers)
	list, free := cSecrets(secrets.List)
	defer free()
	other, freeOther := cSecrets(others)
	defer freeOther()
	if secrets.ByLine {
		status = C.overten_diagnose_from_lines(unsafe.SliceData(rows), C.size_t(len(rows)), unsafe.Pointer(unsafe.SliceData(body)), C.size_t(len(body)),
			C.int64_t(now), bytesOf(secrets.Lines), C.size_t(len(secrets.Lines)), other, C.size_t(len(others)), &settings, &report, &err)
	} else {
		status = C.overten_diagnose(unsafe.SliceData(rows), C.size_t(len(rows)), unsafe.Pointer(unsafe.SliceData(body)), C.size_t(len(body)),
			C.int64_t(now), list, C.size_t(len(secrets.List)), other, C.size_t(len(others)), &settings, &report, &err)
	}
	if failure := failureOf(status, &err); failure != nil {
		return "", "", failure
	}
	defer C.overten_report_free(report)
	var jsonView, textView C.overten_view
	C.overten_report_json(report, &jsonView)
	C.overten_report_text(report, &textView)
	return C.GoStringN(jsonView.data, C.int(jsonView.len)), C.GoStringN(textView.data, C.int(textView.len)), nil
}
