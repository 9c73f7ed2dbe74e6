package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"strings"
	"testing"
	"time"

	"example.com/overten/webhook"
	"example.com/overten/webhook/webhooktest"
)

func TestHandlerSaysOnceWhatItHasLoaded(t *testing.T) {
	r := newReceiver(t, webhook.NewMemoryStore(10), webhook.WithPath("/webhooks/overten"))
	if lines := strings.Count(r.log.String(), "\n"); lines != 1 {
		t.Errorf("%d lines at the start", lines)
	}
	line := r.lastLine(t)
	secrets := fmt.Sprint(line["secrets"])
	if line["level"] != "INFO" || line["code"] != "ok" || secrets != "[map[fingerprint:027cf575 label:secret-0]]" || line["path"] != "/webhooks/overten" {
		t.Errorf("%v", line)
	}
	if r.Problem() != nil {
		t.Error(r.Problem())
	}
}

func TestMisconfiguredHandlerSaysWhatIsWrong(t *testing.T) {
	var log strings.Builder
	nothing := func(context.Context, webhook.Event) error { return nil }
	keep := func(context.Context, *webhook.Delivery, error) error { return nil }
	logger := webhook.WithLogger(slog.New(slog.NewTextHandler(&log, nil)))
	handler, err := webhook.NewHandler(webhook.NewSecrets(secretOne), webhook.NewMemoryStore(1), nothing, keep, logger, webhook.WithPath("/a/../b"))
	if !errors.Is(err, webhook.ErrInvalidArgument) || handler.Problem() != err || !strings.Contains(log.String(), "level=ERROR") {
		t.Errorf("%v, %v: %s", err, handler.Problem(), log.String())
	}
	if _, err := webhook.NewHandler(webhook.NewSecrets(secretOne), webhook.NewMemoryStore(1), nothing, keep, logger, webhook.WithMaxBodyBytes(0)); !errors.Is(err, webhook.ErrInvalidArgument) {
		t.Errorf("a limit of 0: %v", err)
	}
	if handler.Verifier() != nil || handler.LastMatched() != nil {
		t.Error("there is a verifier to judge by")
	}
}

func TestRotationIsOverWhenTheOldSecretMatchesNoMore(t *testing.T) {
	now := atSigning
	handler, err := webhook.NewHandler(webhook.NewSecrets().With("current", secretTwo).With("previous", secretOne), webhook.NewMemoryStore(10),
		func(context.Context, webhook.Event) error { return nil }, func(context.Context, *webhook.Delivery, error) error { return nil },
		webhook.WithClock(func() time.Time { return now }), webhook.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	r := &receiver{Handler: handler}
	expectMatches := func(want ...webhook.SecretMatch) {
		t.Helper()
		if got := handler.LastMatched(); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%v, want %v", got, want)
		}
	}
	expectMatches(webhook.SecretMatch{Label: "current"}, webhook.SecretMatch{Label: "previous"})
	expect(t, r.answer(webhooktest.NewRequest(t, "/", secretOne, now, []byte(goodBody))), accepted)
	expectMatches(webhook.SecretMatch{Label: "current"}, webhook.SecretMatch{Label: "previous", At: now})
	then := now
	now = now.Add(time.Hour) // a stale one shows that its secret is still in use, too
	expect(t, r.answer(webhooktest.NewRequest(t, "/", secretTwo, then, []byte(goodBody)))[:3], "503")
	expect(t, r.answer(webhooktest.NewRequest(t, "/", "whsec_of-somebody-else-entirely", then, []byte(goodBody)))[:3], "401")
	expectMatches(webhook.SecretMatch{Label: "current", At: now}, webhook.SecretMatch{Label: "previous", At: then})
}

// Every instance of the core knows of its own matches only.
func TestMatchesOfManyAtOnceAreNotForgotten(t *testing.T) {
	r := newReceiver(t, webhook.NewMemoryStore(1000), webhook.WithLogger(slog.New(slog.DiscardHandler)))
	done := make(chan bool)
	for n := range 20 {
		request := webhooktest.NewRequest(t, "/", secretOne, r.now, fmt.Appendf(nil, `{"event":"run.completed","run_id":"run_%d"}`, n))
		go func() { r.answer(request); done <- true }()
	}
	for range 20 {
		<-done
	}
	if matches := r.LastMatched(); !matches[0].At.Equal(atSigning) {
		t.Errorf("%v", matches)
	}
}

func TestZeroDeliveryIsAnErrorAndNoPanic(t *testing.T) {
	var zero webhook.Delivery
	if _, err := zero.Event(); !errors.Is(err, webhook.ErrInvalidArgument) {
		t.Error(err)
	}
	if _, err := zero.BodyKey(); !errors.Is(err, webhook.ErrInvalidArgument) {
		t.Error(err)
	}
	if text := fmt.Sprint(&zero, zero.Body(), zero.SecretLabel(), zero.SecretIndex(), zero.AgeSeconds(), zero.Timestamp().Unix()); text == "" {
		t.Error("nothing is printed")
	}
}

func TestZeroEventHoldsNothing(t *testing.T) {
	for _, event := range []webhook.Event{&webhook.RunCompleted{}, &webhook.RunFailed{}, &webhook.Other{}} {
		if _, ok := event.DownloadURL(); ok || event.Name() != "" || event.Delivery() != nil {
			t.Error(event)
		}
		if _, err := event.IdempotencyKey(webhook.RunScope); !errors.Is(err, webhook.ErrInvalidArgument) {
			t.Error(err)
		}
		if _, ok := event.Member("x"); ok {
			t.Error(fmt.Sprint(event))
		}
	}
}

// What satisfies error says that something went wrong.
func TestEveryCodeIsAnError(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "code.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	ast.Inspect(file, func(node ast.Node) bool {
		spec, is := node.(*ast.ValueSpec)
		if !is || fmt.Sprint(spec.Type) != "Code" {
			return true
		}
		if found++; !strings.HasPrefix(spec.Names[0].Name, "Err") {
			t.Errorf("%s satisfies error", spec.Names[0].Name)
		}
		return true
	})
	if found != webhook.CodeCount {
		t.Errorf("%d codes are declared, %d have a number", found, webhook.CodeCount)
	}
}
