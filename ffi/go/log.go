package webhook

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"
)

// result is what came of a request, for the answer and the log line.
type result struct {
	code          Code
	delivery      *Delivery
	event         Event
	bodyBytes     int
	err           error
	failedForGood bool
}

func (r *result) fail(cause error, message string) {
	r.code, r.err = ErrUnavailable, newError(ErrUnavailable, cause, "%s", message)
}

// log writes the line of which every receiver has the same fields; those that are not known are left out.
func (h *Handler) log(ctx context.Context, result result, elapsed time.Duration) {
	logger := h.settings.logger
	if logger == nil {
		logger = slog.Default()
	}
	line := []slog.Attr{slog.String("code", string(result.code))}
	if result.event != nil {
		line = append(line, slog.String("event", result.event.Name()), slog.String("run_id", result.event.RunID()))
		if task, ok := result.event.TaskID(); ok {
			line = append(line, slog.String("task_id", task))
		}
	}
	var reason *Error
	isError := errors.As(result.err, &reason)
	switch {
	case result.delivery != nil:
		line = append(line, slog.String("secret", result.delivery.SecretLabel()), slog.Int64("age_seconds", result.delivery.AgeSeconds()))
	case isError && (reason.Code == ErrTimestampTooOld || reason.Code == ErrTimestampInFuture):
		line = append(line, slog.Int64("age_seconds", reason.AgeSeconds))
	}
	line = append(line, slog.Int("body_bytes", result.bodyBytes), slog.Float64("elapsed_ms", float64(elapsed.Microseconds())/1000))
	switch {
	case result.code == ErrBodyTooLarge:
		line = append(line, slog.String("detail", result.err.Error()+" (the setting is webhook.WithMaxBodyBytes)"))
	case result.err != nil:
		line = append(line, slog.String("detail", result.err.Error()))
	}
	logger.LogAttrs(ctx, h.levelOf(result), "overten webhook", line...)
}

// levelOf is error where somebody has to do something: a 413 is final, and so may be what nobody mends.
func (h *Handler) levelOf(result result) slog.Level {
	switch status := h.answers[result.code].Status; {
	case result.code == ErrInFlight:
		return slog.LevelInfo
	case status >= http.StatusInternalServerError, result.code == ErrBodyTooLarge, result.failedForGood:
		return slog.LevelError
	case status >= http.StatusBadRequest, result.code == CodeQuarantined:
		return slog.LevelWarn
	default:
		return slog.LevelInfo
	}
}
