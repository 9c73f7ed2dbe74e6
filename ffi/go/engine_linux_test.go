//go:build (amd64 || arm64) && !overten_native

package webhook_test

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

const refuseExecutableMemory = "OVERTEN_TEST_REFUSE_EXECUTABLE_MEMORY"

// As systemd's MemoryDenyWriteExecute= does, before anything else runs.
func init() {
	if os.Getenv(refuseExecutableMemory) == "" {
		return
	}
	const setMDWE, refuseExecGain = 65, 1 // PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN
	if _, _, err := syscall.RawSyscall6(syscall.SYS_PRCTL, setMDWE, refuseExecGain, 0, 0, 0, 0); err != 0 {
		panic("this kernel cannot refuse executable memory; Linux 6.3 can: " + err.Error())
	}
}

func TestWithoutExecutableMemoryTheCoreIsInterpretedAndSaysSo(t *testing.T) {
	command := exec.Command(os.Args[0], "-test.run=^TestHowTheCoreIsRunIsSaid$", "-test.v")
	command.Env = append(os.Environ(), refuseExecutableMemory+"=1")
	output, err := command.CombinedOutput()
	if err != nil || !strings.Contains(string(output), "WebAssembly, interpreted") {
		t.Errorf("%v: %s", err, output)
	}
}
