//go:build !overten_native

package engine

import (
	"context"
	_ "embed"
	"fmt"
	"runtime"
	"strings"
	"sync"

	"github.com/tetratelabs/wazero"
)

//go:embed overten_webhook.wasm
var module []byte

// core is a module that was made ready.
type core struct {
	runtime wazero.Runtime
	module  wazero.CompiledModule
	err     error
}

func translate(module []byte) (result core) {
	result.runtime = wazero.NewRuntime(context.Background())
	result.module, result.err = result.runtime.CompileModule(context.Background(), module)
	return result
}

// translated is the module that receivers use, made ready once per process.
var translated = sync.OnceValue(func() core { return translate(module) })

// isInterpreted tells whether wazero translates to no machine code: it has no compiler for the processor (386, arm), or the
// system refuses executable memory. There is no other way to ask it than by what it calls a function.
var isInterpreted = sync.OnceValue(func() bool {
	i, failure := shared().take()
	if failure != nil {
		return false // and whoever needs the core is told why there is none
	}
	defer shared().put(i)
	return strings.Contains(fmt.Sprintf("%T", i.verify), "interpreter")
})

// Mode says in words which way the core is run here, and how fast that is.
func Mode() (words string, slow bool) {
	if isInterpreted() {
		return "WebAssembly, interpreted", true
	}
	return "WebAssembly, compiled", false
}

// atOnce is how many bodies of one verifier are hashed at the same time: one per processor. Interpreted, a body takes so long
// that forged ones must leave half of the processors to the rest of the program.
func atOnce() int {
	processors := runtime.GOMAXPROCS(0)
	if isInterpreted() {
		return max(1, processors/2)
	}
	return processors
}
