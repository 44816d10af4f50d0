package scripts_test

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/scripttest"
	"github.com/crisphost/crisphost/scripts"
	"github.com/go-json-experiment/json/jsontext"
)

var update = flag.Bool("update", false, "write the expected output of the examples from what the Lua ones print")

// exampleArgs are the arguments of the examples that need or show some.
var exampleArgs = map[string][]string{
	"resolve-stale":        {"3"},
	"sync-people":          {"customers.csv"},
	"export-conversations": {"export.jsonl", "2026-02-01"},
}

// examplePreparations put into the inbox what the demo data does not have.
var examplePreparations = map[string]func(*testing.T, *scripttest.Host){
	"find-duplicates": func(t *testing.T, host *scripttest.Host) {
		for _, email := range []string{"ada@engines.example", "countess@home.example", "ada@other.example"} {
			profile := &crisp.ProfileNew{Email: email, Person: crisp.Person{Nickname: new("Ada Lovelace")}}
			if !strings.Contains(email, "other") {
				profile.Company = &crisp.Company{Name: new("Engines")}
			}
			if _, err := host.Client.People.Create(t.Context(), sandbox.WebsiteID, profile); err != nil {
				t.Fatal(err)
			}
		}
	},
}

const customers = `email,name,company,plan
ada@engines.example,Ada Lovelace,Analytical Engines,pro
not an email,Nobody,,
grace@navy.example,Grace Hopper,,free
ada@engines.example,Ada King,,enterprise
`

// TestExamples runs each example in all its languages: they print the same, have the same effect on the same inbox, and
// begin with a header that can be read.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob("examples/*.*")
	if err != nil {
		t.Fatal(err)
	}
	variants := map[string][]string{}
	for _, file := range files {
		if len(readHeader(t, file).On) > 0 {
			continue // TestEventExamples runs it
		}
		name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
		variants[name] = append(variants[name], file)
	}
	if len(variants) < 8 {
		t.Errorf("%d examples", len(variants))
	}
	for _, name := range slices.Sorted(maps.Keys(variants)) {
		slices.SortFunc(variants[name], func(a, b string) int { // Lua first: -update takes its output
			return strings.Compare(strings.Replace(a, ".lua", ".", 1), strings.Replace(b, ".lua", ".", 1))
		})
		if len(variants[name]) < 2 {
			t.Errorf("%s has one language only", name)
		}
		for _, file := range variants[name] {
			t.Run(filepath.Base(file), func(t *testing.T) {
				checkHeader(t, file)
				host := scripttest.NewHost(t, spec.TierWebsite, sandbox.Config{Seed: 1})
				if prepare := examplePreparations[name]; prepare != nil {
					prepare(t, host)
				}
				if err := os.WriteFile(filepath.Join(host.Directory, "customers.csv"), []byte(customers), 0o644); err != nil {
					t.Fatal(err)
				}
				got, err := host.Run(t, file, bindings.WithArgs(exampleArgs[name]))
				if err != nil {
					t.Fatalf("%v\nprinted until then:\n%s", err, got)
				}
				if exported, err := os.ReadFile(filepath.Join(host.Directory, "export.jsonl")); err == nil {
					got += summary(t, exported)
				}
				expected := filepath.Join("testdata", "examples", name+".txt")
				if *update && filepath.Ext(file) == ".lua" {
					if err := os.WriteFile(expected, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(expected)
				if err != nil {
					t.Fatal(err)
				}
				if got != string(want) {
					t.Errorf("printed\n%s\nwant\n%s", got, want)
				}
			})
		}
	}
}

func checkHeader(t *testing.T, file string) {
	t.Helper()
	if header := readHeader(t, file); header.Description == "" || header.Timeout == 0 {
		t.Errorf("the header lacks a description or a timeout: %+v", header)
	}
}

func readHeader(t *testing.T, file string) scripts.Header {
	t.Helper()
	code, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	language, err := engine.LanguageOf(file)
	if err != nil {
		t.Fatal(err)
	}
	header, err := scripts.ReadHeader(code, language)
	if err != nil {
		t.Fatal(err)
	}
	return header
}

// summary stands for an exported file: both languages write the same bytes.
func summary(t *testing.T, exported []byte) string {
	t.Helper()
	var sorted []byte // JavaScript keeps the order of members
	for line := range bytes.Lines(exported) {
		value := jsontext.Value(bytes.TrimSpace(line))
		if err := value.Canonicalize(); err != nil {
			t.Errorf("a line is not JSON: %.100s", line)
		}
		sorted = append(append(sorted, value...), '\n')
	}
	return fmt.Sprintf("export.jsonl: %d lines, SHA-256 %x\n", bytes.Count(exported, []byte("\n")), sha256.Sum256(sorted))
}
