package webhook_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/overten/webhook"
	"example.com/overten/webhook/webhooktest"
)

func TestFolderKeepsEachDeliveryOnceAndWhole(t *testing.T) {
	folder := t.TempDir()
	r := newReceiver(t, webhook.NewMemoryStore(10))
	r.setAside = webhook.SetAsideInFolder(folder)
	r.handle = func(context.Context, webhook.Event) error { return webhook.Permanent(errors.New("no such customer")) }
	expect(t, r.post(t, `{"event":`), `200 {"status":"quarantined"}`)
	expect(t, r.post(t, "\xff"), `200 {"status":"quarantined"}`)
	expect(t, r.post(t, goodBody), accepted)
	if err := r.setAside(t.Context(), webhooktest.NewDelivery(t, []byte(goodBody)), errors.New("once more")); err != nil {
		t.Fatal(err)
	}
	found := map[string]map[string]any{}
	for _, path := range mustGlob(t, filepath.Join(folder, "*")) {
		kept := map[string]any{}
		if err := json.Unmarshal([]byte(readFile(t, path)), &kept); err != nil {
			t.Fatal(err)
		}
		if name := filepath.Base(path); len(name) != 64+len(".json") {
			t.Errorf("named %s", name)
		}
		found[kept["code"].(string)+" "+asText(kept["body"])] = kept
	}
	if len(found) != 3 || found[`quarantined {"event":`]["timestamp"] != float64(signedAt) || found["quarantined "]["secret"] != "secret-0" {
		t.Fatalf("%v", found)
	}
	if body := found["quarantined "]["body_base64"]; body != base64.StdEncoding.EncodeToString([]byte("\xff")) {
		t.Errorf("%v", body)
	}
	if detail := found["permanent_failure "+goodBody]["detail"]; detail != "once more" {
		t.Errorf("%v", detail)
	}
}

func asText(value any) string {
	text, _ := value.(string)
	return text
}

func mustGlob(t *testing.T, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func TestFolderThatCannotBeWrittenToIsAFailure(t *testing.T) {
	folder := t.TempDir()
	r := newReceiver(t, webhook.NewMemoryStore(10))
	gone := filepath.Join(folder, "gone")
	if err := os.Mkdir(gone, 0o700); err != nil {
		t.Fatal(err)
	}
	r.setAside = webhook.SetAsideInFolder(gone)
	if err := os.Remove(gone); err != nil {
		t.Fatal(err)
	}
	expect(t, r.post(t, `{"event":`), unavailable)
	if line := r.lastLine(t); !strings.Contains(line["detail"].(string), "could not be set aside") {
		t.Errorf("logged %v", line)
	}
	// The name is taken by a folder, so that the last step fails: nothing half is left.
	r.setAside = webhook.SetAsideInFolder(folder)
	expect(t, r.post(t, `{"event":`), `200 {"status":"quarantined"}`)
	taken := mustGlob(t, filepath.Join(folder, "*.json"))[0]
	if err := errors.Join(os.Remove(taken), os.Mkdir(taken, 0o755)); err != nil {
		t.Fatal(err)
	}
	r = newReceiver(t, webhook.NewMemoryStore(10))
	r.setAside = webhook.SetAsideInFolder(folder)
	expect(t, r.post(t, `{"event":`), unavailable)
	if left := mustGlob(t, filepath.Join(folder, ".*.part")); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

func TestLogKeepsADeliveryOrFails(t *testing.T) { // N-07
	var log bytes.Buffer
	r := newReceiver(t, webhook.NewMemoryStore(10))
	for name, handler := range map[string]slog.Handler{
		"switched off":  slog.DiscardHandler,
		"another level": slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelError + 1}),
		"a full disk":   slog.NewJSONHandler(fullDisk{}, nil),
	} {
		r.setAside = webhook.SetAsideInLog(slog.New(handler))
		if answer := r.post(t, `{"event":`); answer != unavailable {
			t.Errorf("%s: %s", name, answer)
		}
	}
	r.setAside = webhook.SetAsideInLog(slog.New(slog.NewJSONHandler(&log, nil)))
	expect(t, r.post(t, `{"event":`), `200 {"status":"quarantined"}`)
	line := map[string]any{}
	if err := json.Unmarshal(log.Bytes(), &line); err != nil || line["body"] != `{"event":` || line["code"] != "quarantined" || line["level"] != "ERROR" {
		t.Errorf("%v %v", line, err)
	}
}

func TestWhatCouldKeepNothingIsRefusedAtOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, setAside := range map[string]webhook.SetAsideFunc{
		"no name": webhook.SetAsideInFolder(""), "no folder": webhook.SetAsideInFolder(file + "s"), "a file": webhook.SetAsideInFolder(file),
		"no logger": webhook.SetAsideInLog(nil),
	} {
		_, err := webhook.NewHandler(webhook.NewSecrets(secretOne), webhook.NewMemoryStore(1),
			func(context.Context, webhook.Event) error { return nil }, setAside, webhook.WithLogger(slog.New(slog.DiscardHandler)))
		if !errors.Is(err, webhook.ErrInvalidArgument) || !strings.Contains(err.Error(), "sets deliveries aside") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }
