package main

import (
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	var out strings.Builder
	if err := run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	const want = `open.lua: ["invoice 2" "invoice 3"]
paid.ts: ["invoice 1 of the plan team"]
reminded: ["ann@acme.example: 135.5 EUR are open"]
refused: reader.lua:10:1: `
	if got := out.String(); !strings.HasPrefix(got, want) || !strings.Contains(got, "billing.remind") ||
		!strings.Contains(got, "billing:write") {
		t.Errorf("printed\n%s\nwant\n%s...", got, want)
	}
}
