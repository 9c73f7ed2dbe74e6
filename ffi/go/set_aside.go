package webhook

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
	"unicode/utf8"
)

// SetAsideFunc keeps an authentic delivery that cannot be handled, durably, for a person to look at: its body, and why. The
// reason is [ErrMalformedPayload] where it cannot be read, else what an [EventFunc] returned by [Permanent].
//
// It returns nil once the delivery is safe; only then is it answered with 200, and never sent again. An error has Overten send
// it again. [SetAsideInFolder] and [SetAsideInLog] are two that are shipped.
type SetAsideFunc func(ctx context.Context, delivery *Delivery, reason error) error

// SetAsideInFolder keeps each delivery as a file of its own in a folder that exists: written whole or not at all, and synced.
// The file is named after the SHA-256 of the body, so that the same delivery is kept once: 64 hex digits and .json.
//
// It holds one JSON object: code (quarantined for what cannot be read, permanent_failure for what the handler failed at for
// good), detail, timestamp, secret (the label), and the body as body, or as body_base64 where it is not UTF-8.
//
// It is nil, which [NewHandler] refuses, where there is no such folder.
func SetAsideInFolder(folder string) SetAsideFunc {
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return nil
	}
	return func(_ context.Context, delivery *Delivery, reason error) error {
		key, err := delivery.BodyKey()
		if err != nil {
			return err
		}
		text, err := json.Marshal(keptOf(delivery, reason))
		if err != nil {
			return err
		}
		return writeWhole(folder, strings.TrimPrefix(string(key), "body=")+".json", append(text, '\n'))
	}
}

// SetAsideInLog keeps each delivery as one line at level error, with the fields that [SetAsideInFolder] writes: as durable as your
// log is. Where the line would not be written, since that level is off or the log's handler fails, the delivery is sent again.
//
// It is nil, which [NewHandler] refuses, without a logger.
func SetAsideInLog(logger *slog.Logger) SetAsideFunc {
	if logger == nil {
		return nil
	}
	return func(ctx context.Context, delivery *Delivery, reason error) error {
		handler := logger.Handler()
		if !handler.Enabled(ctx, slog.LevelError) {
			return errors.New("the log that deliveries are set aside in does not write level error: set its level to error or lower")
		}
		var here [1]uintptr
		runtime.Callers(1, here[:])
		line := slog.NewRecord(time.Now(), slog.LevelError, "overten webhook: set aside", here[0])
		kept := keptOf(delivery, reason)
		line.AddAttrs(slog.String("code", kept.Code), slog.String("detail", kept.Detail), slog.Int64("timestamp", kept.Timestamp), slog.String("secret", kept.Secret))
		if kept.Body != nil {
			line.AddAttrs(slog.String("body", *kept.Body))
		} else {
			line.AddAttrs(slog.String("body_base64", kept.BodyBase64))
		}
		return handler.Handle(ctx, line) // unlike the logger's methods it tells what went wrong
	}
}

// kept is what is kept of a delivery, the same in every language.
type kept struct {
	Code       string  `json:"code"`
	Detail     string  `json:"detail"`
	Timestamp  int64   `json:"timestamp"`
	Secret     string  `json:"secret"`
	Body       *string `json:"body,omitempty"`
	BodyBase64 string  `json:"body_base64,omitempty"`
}

func keptOf(delivery *Delivery, reason error) kept {
	kept := kept{Code: "permanent_failure", Detail: textOf(reason), Timestamp: delivery.Timestamp().Unix(), Secret: delivery.SecretLabel()}
	if errors.Is(reason, ErrMalformedPayload) {
		kept.Code = "quarantined"
	}
	if body := delivery.Body(); utf8.Valid(body) {
		text := string(body)
		kept.Body = &text
	} else {
		kept.BodyBase64 = base64.StdEncoding.EncodeToString(body)
	}
	return kept
}

// writeWhole makes a file that is there whole or not at all, and still there after the power failed.
func writeWhole(folder, name string, text []byte) (err error) {
	file, err := os.CreateTemp(folder, ".*.part")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name())
		}
	}()
	_, err = file.Write(text)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), filepath.Join(folder, name)); err != nil {
		return err
	}
	return syncFolder(folder)
}

// syncFolder makes a rename last. Windows has no such call, and needs none.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}
