package term

import (
	"bufio"
	"bytes"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/peterh/liner"

	"github.com/crisphost/crisphost/internal/plain"
)

// Pasted is the error that ReadLine returns when a block was pasted that does not fit into the line: one with line breaks, tabs or other
// control characters, or a very long one.
type Pasted struct {
	// Text is what was pasted, with \n as the line break. Head and Tail are what stood before and behind the cursor.
	Head, Text, Tail string
}

func (*Pasted) Error() string { return "a block was pasted" }

// What a terminal is told, and sends around what was pasted once it was told.
const (
	pastesOn   = "\x1b[?2004h"
	pastesOff  = "\x1b[?2004l"
	pasteStart = "\x1b[200~"
	pasteEnd   = "\x1b[201~"
)

const (
	// pasteMark stands in liner's line where a block was pasted. It is a noncharacter: no text has it.
	pasteMark = "\ufdd0"
	// maxInline is the size in bytes up to which a pasted text is typed into the line, as liner draws the line for each character.
	maxInline = 1024
	ctrlC     = 0x03
)

// keyReader stands between the keyboard and liner. It passes bytes one at a time, so that it knows what liner has read, and takes what
// is pasted out of them: liner would take a tab for the Tab key, and the first line break for the end of the entry.
type keyReader struct {
	from *bufio.Reader
	// read is how many bytes liner got since the line began.
	read int
	// opening is how much of pasteStart the last bytes were, and next is what liner gets before anything else.
	opening int
	next    []byte
	// block is what was pasted and not typed into the line, or nil.
	block *string
	// apart keeps all that is pasted out of the line.
	apart bool
}

// watchKeys puts a keyReader in front of a state's input. Liner has no other place for it; should a later version keep its input
// elsewhere, the answer is nil.
func watchKeys(state *liner.State) *keyReader {
	field := reflect.ValueOf(state).Elem().FieldByName("r")
	if !field.IsValid() || field.Type() != reflect.TypeFor[*bufio.Reader]() {
		return nil
	}
	input := (**bufio.Reader)(field.Addr().UnsafePointer())
	keys := &keyReader{from: *input}
	*input = bufio.NewReader(keys)
	return keys
}

// begin starts a line.
func (k *keyReader) begin(apart bool) {
	k.read, k.block, k.apart = 0, nil, apart
}

// Read implements io.Reader. Liner has seen all of pasteStart, which it knows nothing about, before the rest is collected: it takes
// the start of an unfinished sequence for the Esc key after a moment.
func (k *keyReader) Read(p []byte) (int, error) {
	for len(k.next) == 0 {
		if k.opening == len(pasteStart) {
			k.opening = 0
			text, err := k.collect()
			if err != nil {
				return 0, err
			}
			k.paste(text)
			continue
		}
		c, err := k.from.ReadByte()
		if err != nil {
			return 0, err
		}
		switch c {
		case pasteStart[k.opening]:
			k.opening++
		case pasteStart[0]:
			k.opening = 1
		default:
			k.opening = 0
		}
		k.next = append(k.next, c)
	}
	p[0], k.next = k.next[0], k.next[1:]
	k.read++
	return 1, nil
}

// collect reads up to the end of what is pasted. Ctrl-C, which no terminal pastes, gives up one whose end does not come.
func (k *keyReader) collect() (string, error) {
	var text []byte
	for {
		c, err := k.from.ReadByte()
		if err != nil {
			return "", err
		}
		text = append(text, c)
		switch {
		case c == ctrlC:
			return string(rune(ctrlC)), nil
		case c == '~' && bytes.HasSuffix(text, []byte(pasteEnd)):
			return string(text[:len(text)-len(pasteEnd)]), nil
		case len(text) > maxEntry:
			text = text[:0] // of a stream that is no entry nothing is kept
		}
	}
}

// lineBreaks are those that terminals send.
var lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// paste hands what was pasted to liner, or ends the line where it does not fit into one.
func (k *keyReader) paste(text string) {
	fits := func(c rune) bool {
		return c != utf8.RuneError && string(c) != lineBreak && string(c) != tabMark && !plain.IsUnsafe(c)
	}
	switch {
	case text == string(rune(ctrlC)):
		k.next = []byte(text)
	case !k.apart && len(text) <= maxInline && strings.IndexFunc(text, func(c rune) bool { return !fits(c) }) < 0:
		k.next = []byte(text)
	default:
		text = lineBreaks.Replace(strings.ToValidUTF8(text, "\ufffd"))
		k.block = &text
		k.next = []byte(pasteMark + "\r")
	}
}

// pasted returns the block that ended a line, or nil.
func (k *keyReader) pasted(line string) *Pasted {
	if k == nil || k.block == nil {
		return nil
	}
	p := &Pasted{Text: *k.block}
	k.block = nil
	if head, tail, ok := strings.Cut(line, pasteMark); ok { // else a search was going on, and the line is what it found
		p.Head, p.Tail = head, tail
	}
	return p
}
