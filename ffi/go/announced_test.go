package webhook_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/overten/webhook"
	"example.com/overten/webhook/webhooktest"
)

// Each of these is an authentic delivery that middleware has spoilt: a 4xx would lose it.
func TestRequestThatMiddlewareSpoiltIsSentAgain(t *testing.T) {
	anew := func(request *http.Request, body io.Reader) *http.Request {
		made := httptest.NewRequest(request.Method, request.URL.String(), body)
		made.Header = request.Header.Clone()
		return made
	}
	for name, spoil := range map[string]func(*http.Request) *http.Request{
		"read": func(request *http.Request) *http.Request { _, _ = io.Copy(io.Discard, request.Body); return request },
		"emptied": func(request *http.Request) *http.Request {
			request.Body, request.ContentLength = http.NoBody, 0
			return request
		},
		"anew without its body": func(request *http.Request) *http.Request { return anew(request, nil) },
		"anew with half of it":  func(request *http.Request) *http.Request { return anew(request, strings.NewReader(goodBody[:20])) },
		"anew with more":        func(request *http.Request) *http.Request { return anew(request, strings.NewReader(goodBody+"\n")) },
	} {
		received := func() *http.Request { // as a server hands it over
			request := webhooktest.NewRequest(t, "/", secretOne, atSigning, []byte(goodBody))
			request.Header.Set("Content-Length", "62")
			return spoil(request)
		}
		r := newReceiver(t, webhook.NewMemoryStore(10))
		if answer := r.answer(received()); answer != unavailable {
			t.Errorf("%s: %s", name, answer)
		}
		if _, err := r.Verifier().VerifyRequest(received(), atSigning); !errors.Is(err, webhook.ErrUnavailable) {
			t.Errorf("%s: VerifyRequest gives %v", name, err)
		}
		next := r.Verifier().Middleware(http.NotFoundHandler(), nil)
		if answer := answerOf(next, received()); answer != unavailable {
			t.Errorf("%s: the middleware answers %s", name, answer)
		}
	}
}

func TestForgedBodyOfTheAnnouncedLengthIsRefusedForGood(t *testing.T) {
	v := mustVerifier(t, webhook.NewSecrets(secretTwo))
	request := webhooktest.NewRequest(t, "/", secretOne, atSigning, []byte(goodBody))
	request.Header.Set("Content-Length", "62")
	if _, err := v.VerifyRequest(request, atSigning); !errors.Is(err, webhook.ErrSignatureMismatch) {
		t.Error(err)
	}
}
