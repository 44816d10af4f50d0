package uuid

import "testing"

func TestNew(t *testing.T) {
	a, b := New(), New()
	if !Is(a) || a[14] != '4' || a == b {
		t.Errorf("%s, %s", a, b)
	}
}

func TestIs(t *testing.T) {
	for text, want := range map[string]bool{
		"8c842203-7ed8-4e29-a608-7cf78a7d2fcc":     true,
		"8C842203-7ED8-4E29-A608-7CF78A7D2FCC":     true,
		"8c842203-7ed8-4e29-a608-7cf78a7d2fc":      false,
		"8c842203-7ed8-4e29-a608-7cf78a7d2fccc":    false,
		"8c8422037-ed8-4e29-a608-7cf78a7d2fcc":     false,
		"8c842203-7ed8-4e29-a608-7cf78a7d2fcg":     false,
		"8c842203-7ed8-4e29-a608-7cf78a7d2f\u00e9": false,
		"-c842203-7ed8-4e29-a608-7cf78a7d2fcc":     false,
		"":                                         false,
	} {
		if got := Is(text); got != want {
			t.Errorf("Is(%q) = %v, want %v", text, got, want)
		}
	}
}
