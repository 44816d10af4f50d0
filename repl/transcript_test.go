package repl

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/crisp/rtm"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/engine"
)

var update = flag.Bool("update", false, "write what the shell shows into TUTORIAL.md")

var transcriptPattern = regexp.MustCompile("(?s)```(js|lua)-session\n(.*?)```")

// TestTutorial enters what stands in TUTORIAL.md and compares what the shell shows. The blocks of a language are one session.
func TestTutorial(t *testing.T) {
	text, err := os.ReadFile("TUTORIAL.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := transcriptPattern.FindAllStringSubmatch(string(text), -1)
	played := map[string][]string{}
	for _, language := range []engine.Language{engine.JavaScript, engine.Lua} {
		var keys []string
		for _, block := range blocks {
			if block[1] == string(language) {
				keys = append(append(keys, typedIn(block[2])...), blockEnd)
			}
		}
		if len(keys) == 0 {
			t.Errorf("no session in %s", language)
		}
		played[string(language)] = playBlocks(t, language, keys)
	}
	got := transcriptPattern.ReplaceAllStringFunc(string(text), func(block string) string {
		name, _, _ := strings.Cut(strings.TrimPrefix(block, "```"), "-session")
		if len(played[name]) == 0 {
			return block
		}
		shown := played[name][0]
		played[name] = played[name][1:]
		return "```" + name + "-session\n" + shown + "```"
	})
	if *update {
		if err := os.WriteFile("TUTORIAL.md", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != string(text) {
		t.Errorf("the tutorial shows something else than the shell; run go test ./repl -run TestTutorial -update and look at the difference\n%s", difference(string(text), got))
	}
}

// blockEnd stands between the blocks of a session. It is typed and shows nothing.
const blockEnd = "  "

// typedIn are the lines behind the prompts of a transcript.
func typedIn(transcript string) []string {
	var lines []string
	for line := range strings.Lines(transcript) {
		line = strings.TrimSuffix(line, "\n")
		for _, prompt := range [...]string{"js> ", "lua> ", "... "} {
			if typed, ok := strings.CutPrefix(strings.TrimLeft(line, " "), prompt); ok {
				lines = append(lines, typed)
				break
			}
		}
	}
	return lines
}

// playBlocks returns what each block looks like.
func playBlocks(t *testing.T, language engine.Language, keys []string) []string {
	x := newTrial(t, language, false, sandbox.Config{})
	// A terminal without room for the website's name keeps the prompts short, and the tables are those of a wider one.
	x.cfg.Terminal.Width = func() int { return 100 }
	x.reader.echo = x.screen
	events, err := rtm.New(x.cfg.Client, rtm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer events.Close()
	x.cfg.Events = events
	screen := x.enter(t, keys...)
	prompt := regexp.MustCompile(`(?m)^Fernleaf sandbox (js|lua)> `)
	more := regexp.MustCompile(`(?m)^ +\.\.\. `)
	screen = prompt.ReplaceAllString(screen, "$1> ")
	screen = more.ReplaceAllStringFunc(screen, func(string) string { return strings.Repeat(" ", max(0, len(language)-2)) + "... " })
	end := regexp.MustCompile(`(?m)^(js|lua)> ` + blockEnd + `\n`)
	blocks := end.Split(screen, -1)
	return blocks[:len(blocks)-1]
}

// difference shows the first lines that are not alike.
func difference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("line %d\nis     %s\nshould %s", i+1, a[i], b[i])
		}
	}
	return "one is longer than the other"
}
