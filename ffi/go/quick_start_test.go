//go:build unix

package webhook_test

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/overten/webhook/webhooktest"
)

// TestQuickStart follows the README from an empty folder: its program, its commands, a delivery, and its end.
func TestQuickStart(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program")
	}
	_, rest, _ := strings.Cut(readFile(t, "README.md"), "```go\n")
	program, rest, _ := strings.Cut(rest, "```")
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "main.go"), []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	commands := 0
	for line := range strings.Lines(rest) {
		line, isCommand := strings.CutPrefix(strings.TrimSpace(line), "go mod ")
		if !isCommand {
			continue
		}
		commands++
		inFolder(t, folder, append([]string{"mod"}, strings.Fields(strings.ReplaceAll(line, "/path/to/overten-webhook/ffi/go", here))...)...)
	}
	if commands != 3 {
		t.Fatalf("%d commands", commands)
	}
	inFolder(t, folder, "vet", ".")
	inFolder(t, folder, "build", "-o", "receiver", ".")
	carriesNoDiagnosis(t, filepath.Join(folder, "receiver"))

	secret := webhooktest.Secret(t)
	receiver := exec.Command(filepath.Join(folder, "receiver"))
	address := freeAddress(t)
	receiver.Dir, receiver.Env = folder, append(os.Environ(), "OVERTEN_WEBHOOK_SECRETS="+secret, "LISTEN="+address)
	var log bytes.Buffer
	receiver.Stderr = &log
	if err := receiver.Start(); err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string]int{`{"event":"run.completed","run_id":"run_01"}`: http.StatusOK, "no JSON": http.StatusOK} {
		if got := deliver(t, address, secret, []byte(body)); got != want {
			t.Errorf("%s: %d", body, got)
		}
	}
	if err := receiver.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := receiver.Wait(); err != nil || !strings.Contains(log.String(), "completed: run_01") || len(mustGlob(t, filepath.Join(folder, "set-aside", "*.json"))) != 1 {
		t.Errorf("%v: %s", err, log.String())
	}
}

// carriesNoDiagnosis looks for the diagnosis in a program that makes none: the linker leaves out what nothing can reach, so that a
// receiver cannot answer with it, and does not carry its WebAssembly either.
func carriesNoDiagnosis(t *testing.T, program string) {
	t.Helper()
	const inside = "A newline was added at the end of the body."
	if !strings.Contains(readFile(t, filepath.Join("internal", "engine", "overten_diagnose.wasm")), inside) {
		t.Fatal("the diagnosis has another text by now")
	}
	symbols, err := exec.Command("go", "tool", "nm", program).Output()
	if err != nil || !bytes.Contains(symbols, []byte("/webhook.NewHandler")) {
		t.Fatal("the symbols cannot be read: ", err)
	}
	if bytes.Contains(symbols, []byte("engine.Diagnose")) || strings.Contains(readFile(t, program), inside) {
		t.Error("a receiver carries the diagnosis")
	}
}

func inFolder(t *testing.T, folder string, arguments ...string) {
	t.Helper()
	command := exec.Command("go", arguments...)
	command.Dir, command.Env = folder, append(os.Environ(), "GOWORK=off")
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v: %s", strings.Join(arguments, " "), err, output)
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// deliver sends a delivery as soon as somebody listens.
func deliver(t *testing.T, address, secret string, body []byte) int {
	t.Helper()
	for begun := time.Now(); ; {
		request := webhooktest.NewRequest(t, fmt.Sprintf("http://%s/webhooks/overten", address), secret, time.Now(), body)
		request.RequestURI = ""
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			_ = response.Body.Close()
			return response.StatusCode
		}
		if time.Since(begun) > 30*time.Second {
			t.Fatal(err)
		}
	}
}
