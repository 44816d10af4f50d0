package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// BenchmarkFirstPrompt sets the time until the shell's first prompt, the sandbox's start included, beside that of Node.js
// loading the official client. The goal is a ratio below 0.2.
//
//	go test ./cmd/crisphost -run '^$' -bench FirstPrompt -benchtime 20x
func BenchmarkFirstPrompt(b *testing.B) {
	modules, err := filepath.Abs("../../internal/interop/node/node_modules")
	if err != nil {
		b.Fatal(err)
	}
	node, err := exec.LookPath("node")
	if _, missing := os.Stat(filepath.Join(modules, "crisp-api")); err != nil || missing != nil {
		b.Skip("node or its official client is not installed: npm ci in internal/interop/node")
	}
	program := filepath.Join(b.TempDir(), "crisphost")
	if out, err := exec.CommandContext(b.Context(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	b.Setenv("CRISPHOST_CONFIG_DIR", b.TempDir())
	b.Setenv("TERM", "xterm")
	var ratios, ours []float64
	for b.Loop() {
		prompt := timeToPrompt(b, program)
		started := time.Now()
		if out, err := exec.CommandContext(b.Context(), node, "-e", "require(process.argv[1])", filepath.Join(modules, "crisp-api")).CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
		ratios = append(ratios, float64(prompt)/float64(time.Since(started)))
		ours = append(ours, float64(prompt.Microseconds())/1000)
	}
	slices.Sort(ratios)
	slices.Sort(ours)
	b.ReportMetric(ratios[len(ratios)/2], "prompt/node")
	b.ReportMetric(ours[len(ours)/2], "prompt-ms")
	b.ReportMetric(0, "ns/op")
}

func timeToPrompt(b *testing.B, program string) time.Duration {
	b.Helper()
	keyboard, screen := openTerminal(b)
	defer keyboard.Close()
	cmd := exec.CommandContext(b.Context(), program, "repl", "--sandbox")
	attach(cmd, screen)
	started := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	screen.Close()
	var shown []byte
	buffer := make([]byte, 4096)
	for !bytes.Contains(shown, []byte("js> ")) {
		n, err := keyboard.Read(buffer)
		if err != nil {
			b.Fatalf("%v: %s", err, shown)
		}
		shown = append(shown, buffer[:n]...)
	}
	took := time.Since(started)
	if _, err := keyboard.WriteString("\x04"); err != nil {
		b.Fatal(err)
	}
	for {
		if _, err := keyboard.Read(buffer); err != nil {
			break
		}
	}
	if err := cmd.Wait(); err != nil {
		b.Fatal(err)
	}
	return took
}
