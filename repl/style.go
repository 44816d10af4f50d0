package repl

// style paints text. The zero value leaves it as it is.
type style struct{ color bool }

// The SGR codes of what the shell shows. They are of the 16 colours that every terminal's theme defines.
const (
	sgrBold    = "1"
	sgrDim     = "2"
	sgrName    = "34"
	sgrString  = "32"
	sgrNumber  = "36"
	sgrLiteral = "35"
	sgrTime    = "33"
	sgrError   = "1;31"
	sgrHint    = "36"
	sgrLive    = "1;37;41"
	sgrSandbox = "1;30;42"
)

func (s style) paint(code, text string) string {
	if !s.color || text == "" || code == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}
