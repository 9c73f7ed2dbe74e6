// Command bench measures this module, both ways its core is run, beside a receiver written by hand and the standard-webhooks library,
// and prints one Markdown section. Its two arguments are builds of itself, without and with the tag overten_native. They take turns, a
// short round each time that they are asked for one, and what counts is processor time: what else the machine does falls on all alike.
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"
)

const roundTime = 4 * time.Millisecond

func main() {
	do := serve
	if len(os.Args) == 3 {
		do = func() error { return report(os.Args[1], os.Args[2]) }
	}
	if err := do(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// serve answers each request (a size, a work and who does it) with the nanoseconds and the allocations that one round of it took.
func serve() error {
	known := make(map[int]contenders)
	requests := bufio.NewScanner(os.Stdin)
	for requests.Scan() {
		var size int
		var what contender
		if _, err := fmt.Sscan(requests.Text(), &size, &what.work, &what.name); err != nil {
			return err
		}
		if known[size] == nil {
			made, err := newContenders(size)
			if err != nil {
				return err
			}
			known[size] = made
		}
		nanoseconds, allocations, err := round(known[size][what])
		if err != nil {
			return err
		}
		fmt.Println(nanoseconds, allocations)
	}
	return requests.Err()
}

// round runs for about roundTime, and gives what one delivery took of it.
func round(run func() error) (nanoseconds float64, allocations uint64, err error) {
	started := time.Now()
	if err := run(); err != nil {
		return 0, 0, err
	}
	times := 1 + int(roundTime/max(time.Since(started), time.Microsecond))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	from := processorTime()
	for range times {
		if err := run(); err != nil {
			return 0, 0, err
		}
	}
	spent := processorTime() - from
	runtime.ReadMemStats(&after)
	return float64(spent) / float64(times), (after.Mallocs - before.Mallocs) / uint64(times), nil
}

// processorTime is what this process has used of the processors, its garbage collector included.
func processorTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
