package repl

import (
	"strings"
	"testing"

	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/engine"
)

// TestItSurvivesOtherEntries looks at something else between the pages of a stream.
func TestItSurvivesOtherEntries(t *testing.T) {
	for language, entries := range map[engine.Language][]string{
		engine.JavaScript: {"crisp.conversations.each()", "_[19].session_id.slice(0, 8)", "1 + 1", "const q = 1", "nothing.there", "[{a: 1}, {a: 2}]", ".lua", "3 + 4", ".js", "it"},
		engine.Lua:        {"crisp.conversations.each()", "_[20].session_id:sub(1, 8)", "1 + 1", "local q = 1", "nothing.there", "{{a = 1}, {a = 2}}", ".js", "3 + 4", ".lua", "it"},
	} {
		text := play(t, language, entries...)
		contains(t, text, "20 · it shows more\n", "session_\n", "\n2\n", "2 rows\n", "7\n", "30 rows\n")
		lacks(t, text, "nothing more")
	}
	text := play(t, engine.JavaScript, "crisp.conversations.each()", "Array.from({length: 30}, (_, i) => ({i}))", "it", "it")
	contains(t, text, "20 · it shows more\n", "20 of 30 · it shows more\n", "30 rows\nnothing more to show\n")
}

// TestRowsOfStreams takes what was shown by its number.
func TestRowsOfStreams(t *testing.T) {
	for language, entries := range map[engine.Language][]string{
		engine.JavaScript: {
			"crisp.people.each({limit: 30}).map(p => 'name: ' + p.person.nickname)", "_[0] === _[0] && _[1].slice(0, 5)", "it",
			"const s = crisp.people.each()", "s", "s[19].people_id === crisp.people.list({limit: 20})[19].people_id", "s[20]", "s.length", "s.find(x => x)",
			"crisp.people.each({limit: 2}).filter(p => p.nothing)", "crisp.people.each({limit: 1}).map(() => undefined)", "6 * 7",
		},
		engine.Lua: {
			"crisp.people.each{limit = 30}:map(function(p) return 'name: ' .. p.person.nickname end)", "_[1] == _[1] and _[2]:sub(1, 5)", "it",
			"s = crisp.people.each()", "s", "s[20].people_id == crisp.people.list({limit = 20})[20].people_id", "s[21]", "#s", "s:find(print)",
			"crisp.people.each{limit = 2}:filter(function(p) return p.nothing end)", "crisp.people.each{limit = 1}:map(function() end)", "6 * 7",
		},
	} {
		text := play(t, language, entries...)
		contains(t, text, "name: Manon Benali\n", "20 · it shows more\n", "name:\n", "30 rows\n", "20 · it shows more\n", "true\n",
			"the stream has no item", "a stream", "length", "a stream", "find", "\n42\n")
	}
}

// TestStreamsOfEntriesStop presses Ctrl-C while the function of a stream runs, and goes on.
func TestStreamsOfEntriesStop(t *testing.T) {
	for language, entries := range map[engine.Language][]string{
		engine.JavaScript: {"crisp.people.each().map(p => { console.log('st' + 'arted'); while (true); })", "6 * 7"},
		engine.Lua:        {"crisp.people.each():map(function(p) print('st' .. 'arted') while true do end end)", "6 * 7"},
	} {
		x := newTrial(t, language, false, sandbox.Config{})
		go x.interruptWhen(t, func() bool { return strings.Contains(x.out.String(), "started\n") })
		contains(t, x.enter(t, entries...), "started\n", "stopped\n", "42\n")
	}
}
