package main

import (
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	var out strings.Builder
	if err := run(t.Context(), &out); err != nil || out.String() != "12 people\n" {
		t.Errorf("printed %q, %v", out.String(), err)
	}
}
