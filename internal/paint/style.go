// Package paint colours, escapes and lays out text for a terminal.
package paint

// Style paints text. The zero value leaves it as it is.
type Style struct{ Color bool }

// The SGR codes of what the shell shows. They are of the 16 colours that every terminal's theme defines.
const (
	Bold    = "1"
	Dim     = "2"
	Name    = "34"
	String  = "32"
	Number  = "36"
	Literal = "35"
	Time    = "33"
	Error   = "1;31"
	Hint    = "36"
	Live    = "1;37;41"
	Sandbox = "1;30;42"
)

// Paint returns text in the colour of an SGR code. An empty text or code leaves it as it is.
func (s Style) Paint(code, text string) string {
	if !s.Color || text == "" || code == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}
