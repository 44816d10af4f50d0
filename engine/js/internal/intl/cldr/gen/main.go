// Gen writes the tables of package cldr from the JSON form of CLDR. It is run by hand when the version of CLDR changes, because it
// needs npm's packages:
//
//	mkdir /tmp/cldr && cd /tmp/cldr
//	npm install --legacy-peer-deps cldr-core@48.1.0 cldr-dates-full@48.1.0 cldr-numbers-full@48.1.0 cldr-misc-full@48.1.0 \
//		cldr-units-full@48.0.0 cldr-bcp47@48.2.0
//	cd .../engine/js/internal/intl/cldr && go run ./gen /tmp/cldr/node_modules
package main

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
)

// languages are those with tables. Scripts other than the language's usual one are left out, but for Chinese.
var languages = strings.Fields("ar bg ca cs da de el en es et fi fr he hi hr hu id it ja ko lt lv nb nl pl pt ro ru sk sl sv tr uk vi zh")

func main() {
	if len(os.Args) != 2 {
		slog.Error("usage: gen NODE_MODULES")
		os.Exit(2)
	}
	if err := run(source{os.Args[1], make(map[string]node)}); err != nil {
		slog.Error("generate tables", "err", err)
		os.Exit(1)
	}
}

func run(src source) error {
	common := src.common()
	for _, language := range languages {
		data, zones := newFile(), newFile()
		for _, locale := range src.locales(language) {
			_, region, _ := strings.Cut(locale, "-")
			parent := src.parent(locale)
			data.add(region, parent, src.data(locale))
			zones.add(region, parent, src.zoneNames(locale))
		}
		tables := slices.Collect(maps.Keys(data.Regions))
		tables = slices.DeleteFunc(tables, func(region string) bool { return region == "" })
		common.Locales[language] = src.tags(language, tables)
		if err := write(language, data); err != nil {
			return err
		}
		if err := write(language+".zones", zones); err != nil {
			return err
		}
	}
	return write("common", common)
}

// file has the form that package cldr reads: the language's table under the empty name, and what its regions change in their parents'.
type file struct {
	Regions map[string]any
	Parents map[string]string
	whole   map[string]any
}

func newFile() *file {
	return &file{Regions: make(map[string]any), Parents: make(map[string]string), whole: make(map[string]any)}
}

// add adds a region, or the language itself. Parents come first.
func (f *file) add(region, parent string, table any) {
	text, err := json.Marshal(table)
	if err != nil {
		panic(err)
	}
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		panic(err)
	}
	f.whole[region] = tree
	if region == "" {
		f.Regions[region] = tree
		return
	}
	if f.whole[parent] == nil {
		panic("no parent " + parent + " for " + region)
	}
	if parent != "" {
		f.Parents[region] = parent
	}
	f.Regions[region], _ = difference(f.whole[parent], tree)
}

// difference returns the members of b that differ from a. A string that b lacks is empty.
func difference(a, b any) (changes any, differ bool) {
	from, isObject := a.(map[string]any)
	to, areObjects := b.(map[string]any)
	if !isObject || !areObjects {
		return b, !reflect.DeepEqual(a, b)
	}
	object := make(map[string]any)
	for key, value := range to {
		if change, differ := difference(from[key], value); differ {
			object[key] = change
		}
	}
	for key, value := range from {
		if _, kept := to[key]; kept {
			continue
		}
		if _, isString := value.(string); !isString {
			panic("cannot write that a region lacks " + key)
		}
		object[key] = ""
	}
	return object, len(object) > 0
}

// write deflates a table. The encoder sorts, so that the same input gives the same file.
func write(name string, table any) error {
	text, err := json.Marshal(table)
	if err != nil {
		return err
	}
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	fmt.Printf("%-10s %7d %6d\n", name, len(text), packed.Len())
	return os.WriteFile(filepath.Join("data", name+".z"), packed.Bytes(), 0o644)
}
