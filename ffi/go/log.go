package webhook

import (
	"context"
	"encoding/json"
	"log/slog"
	"regexp"
	"strings"

	"example.com/overten/webhook/internal/engine"
)

const logMessage = "overten webhook"

func (h *Handler) logger() *slog.Logger {
	if h.settings.logger != nil {
		return h.settings.logger
	}
	return slog.Default()
}

// slowDetail is a warning of how this machine runs the core, which the core cannot know.
const slowDetail = "there is no compiler for this processor, or no executable memory is allowed (MemoryDenyWriteExecute= of systemd): " +
	"a body costs 100 times as much, a forged one of 1 MiB about a second; build with the tag overten_native, or lower WithMaxBodyBytes"

// logStart writes the one line of a start, and another where the core is slow here.
func (h *Handler) logStart() {
	ctx := context.Background()
	level, line := h.receiver.StartLine()
	h.log(ctx, level, line)
	if mode, slow := engine.Mode(); slow {
		h.logger().WarnContext(ctx, logMessage, "engine", mode, "detail", slowDetail)
	}
}

var coreEscapes = regexp.MustCompile(`\\\\|\\u00[01]|\\u`)

// log writes a line of the core's: its level as the record's, its other fields as attributes, in the same order.
func (h *Handler) log(ctx context.Context, level uint32, line string) {
	defer func() { _ = recover() }() // a logger that panics must not end the process: the delivery is answered all the same
	levels := map[uint32]slog.Level{engine.LevelInfo: slog.LevelInfo, engine.LevelWarn: slog.LevelWarn, engine.LevelError: slog.LevelError}
	if logger := h.logger(); logger.Enabled(ctx, levels[level]) {
		logger.LogAttrs(ctx, levels[level], logMessage, attributesOf(line)...)
	}
}

// logBroken says that the core itself stopped, and so has no line for it.
func (h *Handler) logBroken(ctx context.Context, failure *engine.Failure) {
	defer func() { _ = recover() }()
	err := errorOf(failure)
	h.logger().ErrorContext(ctx, logMessage, "code", string(err.Code), "detail", err.Message)
}

// attributesOf takes a JSON object apart; a whole number stays one. What the core has escaped because it hides in a line, such as
// a change of direction, stays escaped, since handlers write it as it is; they know to escape what ends a line.
func attributesOf(line string) (attributes []slog.Attr) {
	line = coreEscapes.ReplaceAllStringFunc(line, func(escape string) string {
		if escape == `\u` {
			return `\\u`
		}
		return escape
	})
	decoder := json.NewDecoder(strings.NewReader(line))
	decoder.UseNumber()
	_, _ = decoder.Token() // the brace
	for decoder.More() {
		name, _ := decoder.Token()
		var value any
		if err := decoder.Decode(&value); err != nil {
			return append(attributes, slog.String("line", line))
		}
		if number, is := value.(json.Number); is {
			value, _ = number.Int64()
		}
		if name != "level" {
			attributes = append(attributes, slog.Any(name.(string), value))
		}
	}
	return attributes
}
