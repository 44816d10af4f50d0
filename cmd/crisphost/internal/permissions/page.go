package permissions

import (
	"cmp"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/crisphost/crisphost/engine"
)

const pageTop = `permissions
  The words that say what a script may do

  A script's header lists them behind @permissions. What it does not list is refused before anything is sent or
  written. A script without @permissions may do everything that takes no value: all but fetch, whose hosts have to be
  named.

    @permissions conversations:read people store:write fetch:api.example.com

Effects
  WORD:read   calls that read
  WORD:write  calls that change, send or delete something; reading is not part of it
  WORD        both
  *           every word without a value; *:read and *:write as above

Words
`

const pageEnd = `
Where they apply
  A script's header         @permissions is what the script may do. @env NAME is the same as env:NAME.
  run, eval, repl           Code may do what its header lists; eval and repl have none. The flags are checked as well:
    --allow WORDS           refuses what the words do not cover
    --deny WORDS            refuses what the words cover
    --read-only             refuses calls that change, send or delete something, whatever words allow them
    --allow-host, --env     add fetch:HOST and env:NAME to the header's words and to --allow
  serve, check              A header that asks for more than the configuration's [serve] table allows is an error:
    permissions, --permissions  what headers may list, and what scripts without @permissions may do, but for fetch
    allow_env, --env            the variables that headers may name
`

// Page returns the documentation of the words of a vocabulary.
func Page(v *engine.Vocabulary) string {
	var b strings.Builder
	b.WriteString(pageTop)
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, s := range v.Subjects() {
		word := s.Name
		if s.Value != "" {
			word += ":" + s.Value
		}
		fmt.Fprintf(w, "  %s\t%s\n", word, cmp.Or(s.Doc, "The module "+s.Name+"."))
	}
	_ = w.Flush()
	b.WriteString(pageEnd)
	return b.String()
}
