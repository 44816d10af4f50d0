// Package uuid recognizes and makes identifiers such as those that Crisp gives to websites, people and operators.
package uuid

import (
	"crypto/rand"
	"fmt"
)

// New returns a random UUID (version 4).
func New() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

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
