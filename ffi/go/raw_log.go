package webhook

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"unicode/utf8"

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

const (
	shownBodyBytes = 16 << 10
	shownHeader    = 256
	shownSignature = 15 // who reads the log must not be able to send it again
	rawLinesMinute = 30
)

// shownHeaders are those that are no one's but Overten's and the server's: proxies add some that are not for a log.
var shownHeaders = []string{
	SignatureHeader, TimestampHeader, EventHeader, "Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding", "User-Agent",
}

// rawLines counts the raw lines of a minute.
type rawLines struct {
	mutex  sync.Mutex
	minute uint64
	count  int
}

func (l *rawLines) hasRoom(minute uint64) bool {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if minute != l.minute {
		l.minute, l.count = minute, 0
	}
	l.count++
	return l.count <= rawLinesMinute
}

// logRaw writes the raw line of a request that was answered so, where one is wanted.
func (h *Handler) logRaw(ctx context.Context, header http.Header, body []byte, ending engine.Ending) {
	isWanted := h.settings.rawLog == RawLogAll || h.settings.rawLog == RawLogFailures && ending.Answer.Status >= 300
	if !isWanted || !h.rawLines.hasRoom(h.settings.milliseconds()/60_000) {
		return
	}
	word := string(ErrInternal)
	if status, failure := engine.StatusOf(ending.Code); failure == nil {
		word = status.Word
	}
	var headers []any
	for _, name := range shownHeaders {
		if values := header.Values(name); len(values) > 0 {
			most := shownHeader
			if name == SignatureHeader {
				most = shownSignature
			}
			headers = append(headers, slog.String(name, cut(strings.ToValidUTF8(strings.Join(values, ", "), "?"), most)))
		}
	}
	defer func() { _ = recover() }() // as for any other line
	attributes := []slog.Attr{slog.String("raw", word), slog.Group("headers", headers...)}
	if body != nil {
		attributes = append(attributes, rawBody(body)...)
	}
	h.logger().LogAttrs(ctx, slog.LevelWarn, logMessage+": raw", attributes...)
}

func rawBody(body []byte) []slog.Attr {
	sum := sha256.Sum256(body)
	attributes := []slog.Attr{slog.Int("body_bytes", len(body)), slog.String("body_sha256", hex.EncodeToString(sum[:]))}
	shown := body[:min(len(body), shownBodyBytes)]
	if utf8.Valid(body) {
		for len(shown) < len(body) && !utf8.RuneStart(body[len(shown)]) { // no character is cut in two
			shown = shown[:len(shown)-1]
		}
		attributes = append(attributes, slog.String("body", string(shown)))
	} else {
		attributes = append(attributes, slog.String("body_base64", base64.StdEncoding.EncodeToString(shown)))
	}
	if len(shown) < len(body) {
		attributes = append(attributes, slog.Int("cut_at", len(shown)))
	}
	return attributes
}

// cut leaves so many characters.
func cut(text string, most int) string {
	count := 0
	for at := range text {
		if count++; count > most {
			return text[:at] + "…"
		}
	}
	return text
}
