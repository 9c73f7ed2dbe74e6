//go:build !race

package webhook

const RaceEnabled = false
