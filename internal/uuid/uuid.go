// Package uuid recognizes the identifiers that Crisp gives to websites, people and operators.
package uuid

// Is reports whether a text is a UUID in its usual form, such as 8c842203-7ed8-4e29-a608-7cf78a7d2fcc, in small or capital letters.
func Is(text string) bool {
	if len(text) != 36 {
		return false
	}
	for i := range len(text) {
		c := text[i]
		dash := i == 8 || i == 13 || i == 18 || i == 23
		hex := c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
		if dash != (c == '-') || !dash && !hex {
			return false
		}
	}
	return true
}
