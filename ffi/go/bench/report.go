package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
)

const rounds = 101

var sizes = []struct {
	title string
	bytes int
}{{"256 B", 256}, {"1 KiB", 1 << 10}, {"16 KiB", 16 << 10}, {"1 MiB", 1 << 20}}

// columns are who is measured, each with the build that runs it. All are compared with the first.
var columns = []struct {
	title, name string
	build       int
}{{"by hand", "recipe", 0}, {"standard-webhooks", "standard-webhooks", 0}, {"ours, WebAssembly", "ours", 0}, {"ours, native", "ours", 1}}

const ourWasm, ourNative = 2, 3

// cell is what the rounds of one column took at one work and size.
type cell struct {
	nanoseconds []float64
	allocations uint64
}

func (c cell) microseconds() float64 { return median(slices.Clone(c.nanoseconds)) / 1e3 }

// over is c's time over another's, round by round.
func (c cell) over(other cell) float64 {
	ratios := make([]float64, len(c.nanoseconds))
	for n := range ratios {
		ratios[n] = c.nanoseconds[n] / other.nanoseconds[n]
	}
	return median(ratios)
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

// report prints the section.
func report(programs ...string) error {
	var builds []*build
	for _, program := range programs {
		started, err := start(program)
		if err != nil {
			return err
		}
		builds = append(builds, started)
	}
	fmt.Printf(`## Go

Processor time of the process, its garbage collector's included, in µs a delivery (allocations), and how many times as long as by hand:
medians of %d rounds that all take in turns. By hand is what one writes over crypto/hmac and encoding/json of %s; standard-webhooks is
%s. The core runs as WebAssembly under wazero %s, or natively through cgo.
`, rounds, runtime.Version(), versionOf("github.com/standard-webhooks/standard-webhooks/libraries"), versionOf("github.com/tetratelabs/wazero"))
	if _, err := table(builds, "verify", "verify alone"); err != nil {
		return err
	}
	rows, err := table(builds, "event", "verify and event")
	if err != nil {
		return err
	}
	aims(rows[1]) // 1 KiB
	return nil
}

// versionOf is the version of a module that this program is built with.
func versionOf(path string) string {
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if module.Path == path {
			return module.Version
		}
	}
	return "of an unknown version"
}

// table measures one work at all sizes, and prints it.
func table(builds []*build, work, title string) (rows [][]cell, err error) {
	fmt.Printf("\n| %s |", title)
	for _, column := range columns {
		fmt.Printf(" %s |", column.title)
	}
	fmt.Print("\n| --- | --- | --- | --- | --- |\n")
	for _, size := range sizes {
		fmt.Fprintf(os.Stderr, "bench: Go, %s, %s\n", title, size.title)
		cells := make([]cell, len(columns))
		for range rounds {
			for n, column := range columns {
				if err := builds[column.build].round(size.bytes, work, column.name, &cells[n]); err != nil {
					return nil, err
				}
			}
		}
		fmt.Printf("| %s |", size.title)
		for _, c := range cells {
			fmt.Printf(" %.2f (%d) %.2f× |", c.microseconds(), c.allocations, c.over(cells[0]))
		}
		fmt.Println()
		rows = append(rows, cells)
	}
	return rows, nil
}

// aims says what of the aims is reached.
func aims(cells []cell) {
	native, wasm := cells[0].over(cells[ourNative]), cells[ourWasm].over(cells[0])
	fmt.Print("\n| aim | asked | reached |\n| --- | --- | --- |\n")
	fmt.Printf("| Go, verify and event, native, 1 KiB: speed over that by hand | ≥ 4× | %.2f× %s |\n", native, verdict(native >= 4))
	fmt.Printf("| Go, verify and event, WebAssembly, 1 KiB: time over that by hand | ≤ 1.0× | %.2f× %s |\n", wasm, verdict(wasm <= 1))
}

func verdict(isMet bool) string {
	if isMet {
		return "met"
	}
	return "missed"
}

// build is a build of this program that answers requests, until this one ends.
type build struct {
	requests io.Writer
	answers  *bufio.Reader
}

func start(program string) (*build, error) {
	command := exec.Command(program)
	command.Stderr = os.Stderr
	requests, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	answers, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return &build{requests, bufio.NewReader(answers)}, command.Start()
}

// round has the build take a round, and adds it to the cell.
func (b *build) round(size int, work, name string, to *cell) error {
	if _, err := fmt.Fprintln(b.requests, size, work, name); err != nil {
		return err
	}
	var nanoseconds float64
	if _, err := fmt.Fscanln(b.answers, &nanoseconds, &to.allocations); err != nil {
		return err
	}
	to.nanoseconds = append(to.nanoseconds, nanoseconds)
	return nil
}
