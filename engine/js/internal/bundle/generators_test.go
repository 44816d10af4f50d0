package bundle

import (
	"bytes"
	"testing"

	"github.com/evanw/esbuild/pkg/api"
)

// TestMendGenerators fails when a new version of esbuild writes its function in another way. Then look whether its faults are gone.
func TestMendGenerators(t *testing.T) {
	code := "async function* g() { try { yield 1 } finally { await 0 } }\nfor await (const x of g()) break;"
	options := (&bundle{}).options()
	written := api.Transform(code, api.TransformOptions{Target: options.Target, Supported: options.Supported})
	if !bytes.Contains(written.Code, generatorStart) {
		t.Fatalf("esbuild has another function for async generators:\n%s", written.Code)
	}
	mended, ok := mendGenerators(written.Code)
	if !ok {
		t.Fatalf("the faults are not found in\n%s", written.Code)
	}
	for _, fault := range generatorFaults {
		if bytes.Contains(mended, fault[0]) || !bytes.Contains(mended, fault[1]) {
			t.Errorf("%s\nis still in\n%s", fault[0], mended)
		}
	}
	if bytes.Count(mended, []byte("\n")) != bytes.Count(written.Code, []byte("\n")) {
		t.Error("the number of lines changed")
	}
}
