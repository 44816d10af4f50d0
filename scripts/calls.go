package scripts

import (
	"strings"

	"github.com/crisphost/crisphost/engine"
)

// usedCall is a call of a host module that a script's text shows.
type usedCall struct {
	engine.Position
	// name is as the script has it, from the module on: "crisp.conversations.getMeta".
	name string
	// argument is the first argument, if that is a plain string, and given tells whether it is.
	argument string
	given    bool
}

// findCalls finds the calls of crisp, store and fetch in a script's text. It follows names that the script gives to parts of
// crisp, but runs nothing: what a script passes around or puts together is not found.
func findCalls(src []byte, lang engine.Language) []usedCall {
	s := &callScanner{tokens: tokenize(src, lang), lua: lang == engine.Lua, names: map[string]string{"crisp": "crisp"}}
	if !s.declares("store") {
		s.names["store"] = "store"
	}
	if !s.lua && !s.declares("fetch") {
		s.names["fetch"] = "fetch"
	}
	var calls []usedCall
	for i := 0; i < len(s.tokens); i++ {
		if call, end, ok := s.call(i); ok {
			calls = append(calls, call)
			i = end
		}
	}
	return calls
}

type callScanner struct {
	tokens []token
	lua    bool
	// names are the variables that stand for modules or parts of them.
	names map[string]string
}

// text is a token's text if it is no string.
func (s *callScanner) text(i int) string {
	if i < 0 || i >= len(s.tokens) || s.tokens[i].kind == tokenString {
		return ""
	}
	return s.tokens[i].text
}

// declares tells whether the script has a variable or function of its own with a name.
func (s *callScanner) declares(name string) bool {
	for i := range s.tokens {
		if s.text(i) != name {
			continue
		}
		switch s.text(i - 1) {
		case "local", "const", "let", "var", "function", "class":
			return true
		}
		if s.text(i+1) == "=" && s.text(i+2) != "=" && s.text(i-1) != "." {
			return true
		}
	}
	return false
}

// member reads ".name", "?.name", ":name" or "['name']" at a token, and tells where it ends.
func (s *callScanner) member(i int) (name string, end int, ok bool) {
	if s.text(i) == "?" && s.text(i+1) == "." {
		i++
	}
	switch s.text(i) {
	case ".", ":":
		if s.text(i) == ":" && !s.lua || i+1 >= len(s.tokens) || s.tokens[i+1].kind != tokenWord {
			return "", 0, false
		}
		return s.tokens[i+1].text, i + 2, true
	case "[":
		if i+2 < len(s.tokens) && s.tokens[i+1].kind == tokenString && s.text(i+2) == "]" {
			return s.tokens[i+1].text, i + 3, true
		}
	}
	return "", 0, false
}

// call reads a chain of members that starts at a token, and tells whether it ends in a call. The end is the last token that
// it read. A chain that gets a name of its own is kept.
func (s *callScanner) call(i int) (call usedCall, end int, ok bool) {
	first := s.tokens[i]
	if first.kind != tokenWord || s.text(i-1) == "." || s.text(i-1) == ":" && s.lua {
		return usedCall{}, 0, false
	}
	name, known := s.names[first.text]
	at := i + 1
	if required, next, isRequire := s.required(i); isRequire {
		name, known, at = required, true, next
	}
	if !known || s.text(i+1) == ":" && !s.lua {
		return usedCall{}, 0, false
	}
	for {
		part, next, isMember := s.member(at)
		if !isMember {
			break
		}
		name += "." + part
		at = next
		if name == "crisp.website" && s.text(at) == "(" {
			// A handle on another website has the same calls.
			name, at = "crisp", s.behindParenthesis(at)
		}
	}
	if s.text(at) == "?" && s.text(at+1) == "." {
		at += 2 // f?.()
	}
	call = usedCall{Position: first.at, name: name}
	switch {
	case s.text(at) == "(":
		if at+1 < len(s.tokens) && s.tokens[at+1].kind == tokenString {
			call.argument, call.given = s.tokens[at+1].text, true
		}
		return call, at, true
	case s.lua && at < len(s.tokens) && s.tokens[at].kind == tokenString:
		call.argument, call.given = s.tokens[at].text, true
		return call, at, true
	case s.lua && s.text(at) == "{":
		return call, at, true
	}
	if s.text(i-1) == "=" && i >= 2 && s.tokens[i-2].kind == tokenWord && s.text(i-3) != "." {
		s.names[s.tokens[i-2].text] = name
	}
	return usedCall{}, 0, false
}

// required reads require("crisp"), require "crisp" and import ... from "crisp". The latter gives a name to what it imports.
func (s *callScanner) required(i int) (name string, end int, ok bool) {
	isHost := func(j int) bool {
		return j < len(s.tokens) && s.tokens[j].kind == tokenString && (s.tokens[j].text == "crisp" || s.tokens[j].text == "store")
	}
	switch {
	case s.text(i) == "require" && s.text(i+1) == "(" && isHost(i+2):
		return s.tokens[i+2].text, i + 4, true
	case s.text(i) == "require" && isHost(i+1):
		return s.tokens[i+1].text, i + 2, true
	case s.text(i) == "from" && isHost(i+1) && i > 0 && s.tokens[i-1].kind == tokenWord:
		s.names[s.tokens[i-1].text] = s.tokens[i+1].text
	}
	return "", 0, false
}

// behindParenthesis is the token behind the parenthesis that opens at one.
func (s *callScanner) behindParenthesis(i int) int {
	depth := 0
	for ; i < len(s.tokens); i++ {
		switch s.text(i) {
		case "(":
			depth++
		case ")":
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return i
}

// hostOf is the host of a URL as permissions name it, with a port that is not the scheme's own, or empty.
func hostOf(url string) string {
	scheme, rest, found := strings.Cut(url, "://")
	if !found {
		return ""
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		rest = rest[i+1:]
	}
	own := map[string]string{"http": ":80", "https": ":443"}[strings.ToLower(scheme)]
	return strings.ToLower(strings.TrimSuffix(rest, own))
}
