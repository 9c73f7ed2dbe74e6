package webhook

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"

	"example.com/overten/webhook/internal/engine"
)

// RawLog chooses of which requests a raw line is written.
type RawLog int

const (
	RawLogOff      RawLog = iota
	RawLogFailures        // of those that were not answered with 2xx
	RawLogAll
)

// WithRawLog adds a line with the request as it came, for debugging: some headers, the signature cut short, and the first 16 KiB
// of the body with its length and SHA-256; as base64 where it is not UTF-8. At most 30 lines a minute. Bodies may hold personal
// data: it is off unless set.
func WithRawLog(which RawLog) HandlerOption {
	return handlerOption(func(s *handlerSettings) {
		if which < RawLogOff || which > RawLogAll {
			s.refuse("the raw log must be webhook.RawLogOff, RawLogFailures or RawLogAll")
		}
		s.rawLog = which
	})
}

func (which RawLog) flag() uint32 {
	return map[RawLog]uint32{RawLogFailures: engine.RawLogFailures, RawLogAll: engine.RawLogAll}[which]
}

// rawRequest is what a raw line shows; nil where none is wanted.
type rawRequest struct {
	headers [][2]string
	body    []byte
}

func rawRequestOf(header http.Header) *rawRequest {
	raw := new(rawRequest)
	for name, values := range header {
		for _, value := range values {
			raw.headers = append(raw.headers, [2]string{name, value})
		}
	}
	return raw
}

// rawLine is the one that goes with the ending which the core is about to give at that moment, or empty.
func (r *reception) rawLine(atMS uint64) string {
	if r.raw == nil {
		return ""
	}
	return r.handler.receiver.RawLine(&r.state, r.raw.headers, r.raw.body, atMS)
}

// logRaw writes a raw line, its members as attributes in the same order. What the core has escaped is decoded, all of it, so that
// whoever reads the log has the body as it came; handlers know to escape what ends a line.
func (h *Handler) logRaw(ctx context.Context, line string) {
	defer func() { _ = recover() }() // as for any other line
	decoder := json.NewDecoder(strings.NewReader(line))
	decoder.UseNumber()
	_, _ = decoder.Token() // the brace
	h.logger().LogAttrs(ctx, slog.LevelWarn, logMessage+": raw", membersOf(decoder)...)
}

// membersOf reads the members of an object to its end, those of objects in it as groups.
func membersOf(decoder *json.Decoder) (attributes []slog.Attr) {
	for decoder.More() {
		name, _ := decoder.Token()
		value, err := decoder.Token()
		if err != nil {
			return attributes
		}
		attribute := slog.Attr{Key: name.(string)}
		switch value := value.(type) {
		case json.Delim:
			attribute.Value = slog.GroupValue(membersOf(decoder)...)
		case json.Number:
			number, _ := value.Int64()
			attribute.Value = slog.Int64Value(number)
		default:
			attribute.Value = slog.AnyValue(value)
		}
		attributes = append(attributes, attribute)
	}
	_, _ = decoder.Token() // the brace
	return attributes
}
