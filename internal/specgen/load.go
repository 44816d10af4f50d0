package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// groupFiles are the files that hold operations, in the order in which the table lists them.
var groupFiles = []string{
	"websites.yaml", "operators.yaml", "conversations.yaml", "messages.yaml", "live.yaml", "people.yaml", "visitors.yaml",
	"plugins.yaml", "files.yaml",
}

// description is the loaded source of everything generated.
type description struct {
	groups []*openapi3.T
	events []*openapi3.T
	// schemas are the named shapes of all files, as written, without what a reference adds to them.
	schemas map[string]*openapi3.SchemaRef
}

// load reads the description in a directory.
func load(dir string) (*description, error) {
	var groups []string
	for _, name := range groupFiles {
		groups = append(groups, filepath.Join(dir, name))
	}
	shapes, err := filepath.Glob(filepath.Join(dir, "schemas", "*.yaml"))
	if err != nil {
		return nil, err
	}
	events, err := filepath.Glob(filepath.Join(dir, "events", "*.yaml"))
	if err != nil {
		return nil, err
	}
	return loadFiles(groups, append(shapes, filepath.Join(dir, "common.yaml")), events)
}

// loadFiles reads files with operations, with shapes and with events, and checks each against the OpenAPI specification.
func loadFiles(groups, shapes, events []string) (*description, error) {
	loader := openapi3.NewLoader()
	loader.IsExternalRefsAllowed = true
	loader.IncludeOrigin = true

	desc := &description{schemas: map[string]*openapi3.SchemaRef{}}
	for _, path := range groups {
		doc, err := loadFile(loader, path)
		if err != nil {
			return nil, err
		}
		desc.groups = append(desc.groups, doc)
	}
	for i, path := range slices.Concat(shapes, events) {
		doc, err := loadFile(loader, path)
		if err != nil {
			return nil, err
		}
		if i >= len(shapes) {
			desc.events = append(desc.events, doc)
		}
		if doc.Components == nil {
			continue
		}
		for name, schema := range doc.Components.Schemas {
			if desc.schemas[name] != nil {
				return nil, fmt.Errorf("%s: a schema named %s stands in another file already", path, name)
			}
			desc.schemas[name] = schema
		}
	}
	return desc, nil
}

func loadFile(loader *openapi3.Loader, path string) (*openapi3.T, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	doc, err := loader.LoadFromFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("%s is not valid OpenAPI: %w", path, err)
	}
	return doc, nil
}

// refName is the last part of a reference.
func refName(ref string) string {
	return ref[strings.LastIndexByte(ref, '/')+1:]
}
