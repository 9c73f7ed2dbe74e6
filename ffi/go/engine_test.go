package webhook_test

import (
	"fmt"
	"strings"
	"testing"

	"example.com/overten/webhook"
)

// Runs interpreted too: in a process without executable memory, and built for 386.
func TestHowTheCoreIsRunIsSaid(t *testing.T) {
	mode, slow := webhook.EngineMode()
	t.Log(mode)
	r := newReceiver(t, webhook.NewMemoryStore(10))
	if text := fmt.Sprint(r.Verifier()); !strings.Contains(text, "("+mode+", secret-0 ") {
		t.Error(text)
	}
	lines := strings.Count(r.log.String(), "\n")
	isWarned := strings.Contains(r.log.String(), `"level":"WARN"`) && strings.Contains(r.log.String(), mode)
	if slow != isWarned || lines != map[bool]int{false: 1, true: 2}[slow] {
		t.Errorf("%s: %s", mode, r.log.String())
	}
	expect(t, r.post(t, goodBody), accepted)
}
