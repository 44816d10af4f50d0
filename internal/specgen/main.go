// Command gen turns the description in crisp/spec/openapi into Go: the tables of package spec, and the types and services of package
// crisp; and into the page of events in docs. It is run by `go generate ./...` and checked by its own test.
package main

import (
	"flag"
	"fmt"
	"go/format"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

func main() {
	dir := flag.String("spec", ".", "directory of package spec")
	flag.Parse()
	if err := write(*dir); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func write(dir string) error {
	files, err := generate(filepath.Join(dir, "openapi"))
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := os.WriteFile(filepath.Join(dir, name), files[name], 0o666); err != nil {
			return err
		}
	}
	return nil
}

// generate returns the generated files by their path relative to package spec.
func generate(openapi string) (map[string][]byte, error) {
	desc, err := load(openapi)
	if err != nil {
		return nil, err
	}
	api, err := build(desc)
	if err != nil {
		return nil, err
	}
	sources := map[string]string{
		"operations_gen.go": operationTable(api),
		"events_gen.go":     eventTable(api),
		"schemas_gen.go":    schemaTable(api),
		"../types_gen.go":   newGoTypes(api).source(),
	}
	maps.Copy(sources, serviceFiles(api))
	files := make(map[string][]byte, len(sources))
	for name, source := range sources {
		formatted, err := format.Source([]byte(source))
		if err != nil {
			return nil, fmt.Errorf("%s does not parse: %w\n%s", name, err, source)
		}
		files[filepath.FromSlash(name)] = formatted
	}
	files[filepath.FromSlash("../../docs/events-reference.md")] = []byte(eventPage(api.events))
	return files, nil
}
