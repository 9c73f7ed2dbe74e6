package webhook_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"example.com/overten/webhook"
	"example.com/overten/webhook/webhooktest"
)

// The blocks of README.md stand in this file as they are there, and run here; the whole program is TestQuickStart's.
func TestReadmeBlocksAreTheseExamples(t *testing.T) {
	readme, here := readFile(t, "README.md"), readFile(t, "example_test.go")
	unindented := strings.ReplaceAll(here, "\n\t", "\n")
	blocks := strings.Split(readme, "```go\n")[1:]
	if len(blocks) != 4 {
		t.Fatalf("%d blocks", len(blocks))
	}
	for _, block := range blocks[1:] {
		block, _, _ = strings.Cut(block, "```")
		if !strings.Contains(here, block) && !strings.Contains(unindented, block) {
			t.Errorf("not run as it is:\n%s", block)
		}
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func save(_ context.Context, runID, url string) error {
	fmt.Println("save", runID, url)
	return nil
}

func markFailed(_ context.Context, runID string) error {
	fmt.Println("mark as failed", runID)
	return nil
}

func setAside(_ context.Context, body []byte, reason error) error {
	fmt.Println("set aside", string(body), errors.Is(reason, webhook.ErrMalformedPayload))
	return nil
}

// A service that takes Overten's events in.
func Example() {
	secret := "whsec_" + rand.Text()
	_ = os.Setenv("OVERTEN_WEBHOOK_SECRETS", "subscription:"+secret)
	slog.SetDefault(slog.New(slog.DiscardHandler))

	handler, err := webhook.NewHandler(
		webhook.SecretsFromLines(os.Getenv("OVERTEN_WEBHOOK_SECRETS")),
		webhook.NewMemoryStore(100_000),
		func(ctx context.Context, event webhook.Event) error {
			switch event := event.(type) {
			case *webhook.RunCompleted:
				url, _ := event.DownloadURL()
				return save(ctx, event.RunID(), url)
			case *webhook.RunFailed:
				return markFailed(ctx, event.RunID())
			default: // an event type added since this version
				return nil
			}
		},
		func(ctx context.Context, delivery *webhook.Delivery, reason error) error {
			return setAside(ctx, delivery.Body(), reason) // authentic, but it cannot be read
		},
		webhook.WithMismatchRetry(), // until the first delivery verifies: then take this line out
	)
	if err != nil {
		log.Print(err) // the handler answers 503 meanwhile, so that nothing is lost
	}
	http.Handle("/webhooks/overten", handler)
	http.Handle("/webhooks/overten/{$}", handler)

	for _, body := range []string{
		`{"event":"run.completed","run_id":"run_01","download_url":"https://files.example/run_01.docx"}`,
		`{"event":"run.completed","run_id":"run_01","download_url":"https://files.example/run_01.docx"}`,
		`{"event":"run.failed","run_id":"run_02"}`,
		`{"event":"run.paused","run_id":"run_03"}`,
		`{"event":""}`,
	} {
		request := httptest.NewRequest("POST", "/webhooks/overten", strings.NewReader(body))
		signature, err := webhook.Sign(secret, time.Now(), []byte(body))
		if err != nil {
			fmt.Println(err)
			return
		}
		signature.SetOn(request.Header)
		recorder := httptest.NewRecorder()
		http.DefaultServeMux.ServeHTTP(recorder, request)
		fmt.Println(recorder.Code, recorder.Body)
	}
	// Output:
	// save run_01 https://files.example/run_01.docx
	// 200 {"status":"accepted"}
	// 200 {"status":"duplicate"}
	// mark as failed run_02
	// 200 {"status":"accepted"}
	// 200 {"status":"accepted"}
	// set aside {"event":""} true
	// 200 {"status":"quarantined"}
}

func explain(header http.Header, body []byte, received time.Time) error {
	report, err := webhook.Diagnose(header, body, received, webhook.SecretsFromLines(os.Getenv("OVERTEN_WEBHOOK_SECRETS")))
	if err != nil {
		return err
	}
	for _, cause := range report.Causes {
		fmt.Printf("%s: %s\n%s\n", cause.Code, cause.What, cause.Change)
	}
	return nil
}

// A captured delivery whose body was parsed and printed again.
func ExampleDiagnose() {
	_ = os.Setenv("OVERTEN_WEBHOOK_SECRETS", secretOne)
	body := []byte(`{"event": "run.completed", "run_id": "run_01", "data": {"ok": true}}`)
	if err := explain(goodHeader(), body, atSigning); err != nil {
		fmt.Println(err)
	}
	// Output:
	// json_spacing: The body was printed again with other white space.
	// Hand over the body's bytes as they came from the connection, before any parser, decoder or text type has touched them; never print a parsed body again to verify it.
}

// newHandler is the handler of the service whose test README.md shows.
func newHandler(secret string) http.Handler {
	handler, err := webhook.NewHandler(webhook.NewSecrets(secret), webhook.NewMemoryStore(10),
		func(context.Context, webhook.Event) error { return nil },
		func(context.Context, *webhook.Delivery, error) error { return nil },
		webhook.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		panic(err)
	}
	return handler
}

func newStore() webhook.Store { return webhook.NewMemoryStore(1000) }

func TestMyStore(t *testing.T) {
	webhooktest.TestStore(t, func(testing.TB) webhook.Store { return newStore() })
}

func TestCompletedRunIsTakenIn(t *testing.T) {
	secret := webhooktest.Secret(t)
	handler := newHandler(secret) // yours
	body := []byte(`{"event":"run.completed","run_id":"run_01"}`)
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, webhooktest.NewRequest(t, "/webhooks/overten", secret, time.Now(), body))
	if recorder.Code != http.StatusOK {
		t.Error(recorder.Code, recorder.Body)
	}
}
