package main

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/crisphost/crisphost/crisp/spec"
)

const specDir = "../../crisp/spec"

// TestGeneratedFilesAreCurrent generates into memory and compares. It also finds generated files that nothing writes.
func TestGeneratedFilesAreCurrent(t *testing.T) {
	files, err := generate(filepath.Join(specDir, "openapi"))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		if got, err := os.ReadFile(filepath.Join(specDir, name)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not current (%v): run go generate ./...", name, err)
		}
	}
	for _, dir := range []string{".", ".."} {
		found, err := filepath.Glob(filepath.Join(specDir, dir, "*_gen.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			if name := filepath.Join(dir, filepath.Base(path)); files[name] == nil {
				t.Errorf("%s is left over", name)
			}
		}
	}
}

// TestTableIsTheDescription compares the compiled table with what the description says now.
func TestTableIsTheDescription(t *testing.T) {
	desc, err := load(filepath.Join(specDir, "openapi"))
	if err != nil {
		t.Fatal(err)
	}
	api, err := build(desc)
	if err != nil {
		t.Fatal(err)
	}
	all := spec.All()
	if len(all) != len(api.operations) {
		t.Fatalf("%d operations in the table, %d in the description", len(all), len(api.operations))
	}
	for i, op := range api.operations {
		if all[i].ID != op.ID || all[i].Call != op.Call || len(all[i].Params) != len(op.Params) || spec.Describe(all[i].Result) != spec.Describe(op.Result) {
			t.Errorf("%s differs", op.ID)
		}
	}
	if !reflect.DeepEqual(spec.Events(), api.events) {
		t.Error("the events differ")
	}
}

// TestEveryFactHasASource walks the raw files, so that it sees what the generator may not look at.
func TestEveryFactHasASource(t *testing.T) {
	var guesses, sources int
	files, err := filepath.Glob(filepath.Join(specDir, "openapi", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob(filepath.Join(specDir, "openapi", "schemas", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	events, err := filepath.Glob(filepath.Join(specDir, "openapi", "events", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range slices.Concat(files, more, events) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var root any
		if err := yaml.Unmarshal(text, &root); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		visit(path, root, func(where string, key string, value any) {
			switch key {
			case "x-crisp-guess":
				guesses++
				reasons, byFact := value.(map[string]any)
				if !byFact {
					reasons = map[string]any{"": value}
				}
				if len(reasons) == 0 {
					t.Errorf("%s: a guess without a reason", where)
				}
				for fact, reason := range reasons {
					if text, ok := reason.(string); !ok || len(strings.Fields(text)) < 3 {
						t.Errorf("%s: the guess %s has no reason: %v", where, fact, reason)
					}
				}
			case "x-crisp-source":
				sources++
			}
		})
	}
	if guesses < 100 || sources < 200 {
		t.Errorf("only %d guesses and %d sources were seen", guesses, sources)
	}
}

func visit(where string, node any, see func(where, key string, value any)) {
	switch node := node.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(node)) {
			see(where, key, node[key])
			visit(where+"/"+key, node[key], see)
		}
	case []any:
		for _, item := range node {
			visit(where, item, see)
		}
	}
}

// TestGuessedFactsAreMarked checks that what cannot be known is said to be a guess: the website tier beside user and
// plugin.
func TestGuessedFactsAreMarked(t *testing.T) {
	desc, err := load(filepath.Join(specDir, "openapi"))
	if err != nil {
		t.Fatal(err)
	}
	for _, doc := range desc.groups {
		for _, item := range doc.Paths.Map() {
			for _, op := range item.Operations() {
				guess, _ := op.Extensions["x-crisp-guess"].(map[string]any)
				tiers, _ := op.Extensions["x-crisp-tiers"].([]any)
				if slices.Contains(tiers, any("website")) && guess["tiers"] == nil {
					t.Errorf("%s: the website tier is not marked as a guess", op.OperationID)
				}
			}
		}
	}
}

const skeleton = `openapi: 3.1.0
info: {title: t, version: v1}
paths:
  /thing/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
    get:
      operationId: thing.get
      summary: Get a thing
      externalDocs: {url: "https://example.com/"}
      x-crisp-call: things.get
      x-crisp-tiers: [user]
      x-crisp-effect: read
      x-crisp-source: C
      responses: {"200": {description: Done}}
webhooks:
  "thing:changed":
    post:
      summary: A thing changed
      x-crisp-tiers: [plugin]
      x-crisp-class: state
      x-crisp-identity: [id]
      x-crisp-source: D
      requestBody:
        content:
          application/json:
            schema: {type: object, properties: {id: {type: string}}}
            example: {id: a}
`

// TestMistakesStopTheGenerator changes one thing in a description that is good.
func TestMistakesStopTheGenerator(t *testing.T) {
	tests := []struct{ name, old, new, want string }{
		{"nothing wrong", "", "", ""},
		{"not OpenAPI", "info: {title: t, version: v1}", "", "not valid OpenAPI"},
		{"path parameter not described", "/thing/{id}:", "/thing/{id}/{other}:", "not valid OpenAPI"},
		{"unknown effect", "x-crisp-effect: read", "x-crisp-effect: reed", "x-crisp-effect"},
		{"unknown tier", "[user]", "[usr]", `unknown tier "usr"`},
		{"no tiers", "x-crisp-tiers: [user]", "", "x-crisp-tiers is missing"},
		{"no source", "x-crisp-source: C", "", "x-crisp-source is missing"},
		{"unknown source", "x-crisp-source: C", "x-crisp-source: Q", `"Q", which is no source`},
		{"misspelt extension", "x-crisp-source: C", "x-crisp-source: C\n      x-crisp-page: number", "x-crisp-page is unknown"},
		{"guess without a reason", "x-crisp-source: C", "x-crisp-source: C\n      x-crisp-guess: {status: \"\"}", "no reason for status"},
		{"guess of no fact", "x-crisp-source: C", "x-crisp-source: C\n      x-crisp-guess: {colour: it looked blue}", "names colour"},
		{"no call", "x-crisp-call: things.get", "", "needs either"},
		{"alternate of nothing", "x-crisp-call: things.get", "x-crisp-alternate-of: thing.fetch", "which does not exist"},
		{"full stop", "Get a thing", "Get a thing.", "full stop"},
		{"required but not described", "schema: {type: string}", "schema: {type: object, required: [a]}", "requires a"},
		{"unknown class", "x-crisp-class: state", "x-crisp-class: states", "x-crisp-class is missing or unknown"},
		{"identity of no member", "x-crisp-identity: [id]", "x-crisp-identity: [id.name]", "names id.name, which the payload does not have"},
		{"no identity", "x-crisp-identity: [id]", "", "x-crisp-identity is missing"},
		{"event without a body", "application/json:\n            schema: {type: object", "text/plain:\n            schema: {type: object", "no post with a JSON body"},
		{"misspelt extension of an event", "x-crisp-source: D", "x-crisp-source: D\n      x-crisp-hooks: true", "x-crisp-hooks is unknown"},
		{"odd type", "schema: {type: string}", "schema: {type: [string, date]}", "not valid OpenAPI"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "thing.yaml")
			if !strings.Contains(skeleton, test.old) {
				t.Fatalf("the skeleton has no %q", test.old)
			}
			if err := os.WriteFile(path, []byte(strings.Replace(skeleton, test.old, test.new, 1)), 0o666); err != nil {
				t.Fatal(err)
			}
			desc, err := loadFiles([]string{path}, nil, []string{path})
			if err == nil {
				_, err = build(desc)
			}
			switch {
			case test.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// TestProductionDoesNotLinkOpenAPI: the OpenAPI library doubles the start of a program that links it.
func TestProductionDoesNotLinkOpenAPI(t *testing.T) {
	cmd := exec.Command("go", "list", "-deps", "./crisp", "./crisp/spec", "./crisp/sandbox", "./engine/...", "./bindings/...", "./cmd/...")
	cmd.Dir = filepath.Join(specDir, "..", "..")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	if !strings.Contains(string(out), "github.com/crisphost/crisphost/crisp/spec\n") {
		t.Fatalf("the list lacks package spec:\n%s", out)
	}
	if strings.Contains(string(out), "kin-openapi") {
		t.Error("a production package depends on kin-openapi, which only the generator and tests may")
	}
}
