package help

import (
	"slices"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/lua"
)

type cursor struct{}

func (*cursor) NextPage(n int) {}

// Methods of handles have pages, and are no calls.
func TestMethods(t *testing.T) {
	page := engine.Method("NextPage", engine.Doc("Goes to the next page.", "n: how many"))
	eng, err := engine.New(lua.Language, engine.WithModules(
		engine.NewModule("billing").Func("open", func() *cursor { return nil }).Type(&cursor{}, page)))
	if err != nil {
		t.Fatal(err)
	}
	x := NewIndex(eng.Modules())
	if got := x.Calls(); !slices.Equal(got, []string{"billing.open"}) {
		t.Errorf("got calls %q", got)
	}
	if got := x.Subjects(); !slices.Equal(got, []string{"billing.open", "billing.cursor.next_page"}) {
		t.Errorf("got subjects %q", got)
	}
	for _, name := range []string{"billing.cursor.next_page", "billing.cursor.nextPage()"} {
		if page, err := x.Find(name); err != nil || page.Summary != "Goes to the next page." || page.Params[0].Name != "n" {
			t.Errorf("%s: got %+v, %v", name, page, err)
		}
	}
	if list := (Writer{Language: engine.JavaScript, Columns: 80, Index: x}).Group("billing.cursor"); !strings.Contains(list, "billing.cursor.nextPage") {
		t.Errorf("got %q", list)
	}
}
