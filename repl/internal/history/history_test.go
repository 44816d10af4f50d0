package history

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func reopened(t *testing.T, path string) []string {
	t.Helper()
	h, err := Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return h.entries
}

func TestHistory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "history")
	h, err := Open(path, []string{"the-key"})
	if err != nil {
		t.Fatal(err)
	}
	entries := []string{"1 + 1", "two\nlines", `back\slash \n \\`, "日本\r\n", "long " + strings.Repeat("x", 5000), "tab\there"}
	for _, entry := range append(entries, "tab\there", "x = 'the-key'", "bad \xff", strings.Repeat("y", maxRemembered+1)) {
		if err := h.Add(entry); err != nil {
			t.Fatal(err)
		}
	}
	if got := reopened(t, path); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", entries) {
		t.Errorf("got %q", got)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	if n := len(h.entries); n != len(entries)+3 {
		t.Errorf("%d entries in memory", n)
	}
}

func TestHistoryIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	var b strings.Builder
	for i := range maxHistory + maxHistory/5 {
		fmt.Fprintf(&b, "entry %d\n", i)
	}
	b.WriteString("\n\xff\n")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	entries := reopened(t, path)
	if len(entries) != maxHistory || entries[0] != fmt.Sprintf("entry %d", maxHistory/5) {
		t.Errorf("%d entries from %q", len(entries), entries[0])
	}
	data, err := os.ReadFile(path)
	if err != nil || strings.Count(string(data), "\n") != maxHistory {
		t.Errorf("%d lines in the file, %v", strings.Count(string(data), "\n"), err)
	}
}

func TestHistoriesOfTwoShells(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	one, _ := Open(path, nil)
	two, _ := Open(path, nil)
	for i := range 3 {
		if err := one.Add(fmt.Sprint("one ", i)); err != nil {
			t.Fatal(err)
		}
		if err := two.Add(fmt.Sprint("two ", i)); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(reopened(t, path), ","); got != "one 0,two 0,one 1,two 1,one 2,two 2" {
		t.Error(got)
	}
}

func TestSecrets(t *testing.T) {
	s := secrets{known: []string{"0f0f-key"}}
	for _, text := range []string{
		"x = '0f0f-key'",
		"crisp.websites.delete(id, {verify: {method: 'password', secret: 'hunter2'}})",
		"crisp.websites.delete(id, v)",
		"verify = {method = \"password\", secret = \"hunter2\"}",
		"const password = 'hunter2'", "let pw = {passwd: `x`}", "apiKey = 'abc'", "headers['Authorization'] = 'x'", `{"token": "abc"}`, "local api_key = [[abc]]",
		"fetch(u, {headers: {h: 'Basic c2FuZGJveDpzYW5kYm94'}})", "'Bearer abcdefgh12345'",
		"'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.x'", "'sk_live_abcdefghijkl'", "'ghp_abcdefghijklmnop'",
		"k = '" + strings.Repeat("0a1b", 16) + "'", "k = 'abcdEFGH0123abcdEFGH0123abcdEFGH0123abcdEFGH0123'",
		"export CRISP_KEY=abc",
		`let pw = "hunter2"`, "local pass = 'x'", "const key = 'abc'", "{key: `abc`}", `login("me","s3cr3tpass")`, "const p = 'password=hunter2'", "fetch('https://x.example/?token=abc')",
	} {
		if !s.in(text) {
			t.Errorf("not recognised: %s", text)
		}
	}
	for _, text := range []string{
		"crisp.conversations.get('session_2faee2e6-0fd9-4857-b7a1-d8ce1786f0e3')", "crisp.website_id", ".website 8c842203-7ed8-4e29-a608-7cf78a7d2fcc",
		"crisp.conversations.list({filter_unread: true})", "const author = crisp.people.get(id)", "crisp.visitors.tokens.get(id)", "store.get('key')", "rows.map(r => r.key)", "for (const key of Object.keys(o)) print(key)", "token == nil", "x = 'a text of many words that goes on for a long while'",
	} {
		if s.in(text) {
			t.Errorf("taken for a secret: %s", text)
		}
	}
}
