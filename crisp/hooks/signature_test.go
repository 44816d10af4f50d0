package hooks_test

import (
	"strings"
	"testing"

	"github.com/crisphost/crisphost/crisp/hooks"
)

func TestVerify(t *testing.T) {
	const secret, timestamp, body = "a secret", "1796083200000", `{"event":"message:send","data":{"content":"<é>"}}`
	// openssl dgst -sha256 -hmac "a secret" over [1796083200000;...].
	const known = "5d5affc614f3dd1f7d1172813eba9b1717c1aec0b241e003b2b8a9e2cea7f64f"
	signature := hooks.Sign(secret, timestamp, []byte(body))
	if signature != known {
		t.Errorf("signature %s, openssl makes %s", signature, known)
	}
	bare := hooks.Sign(secret, timestamp, []byte(strings.ReplaceAll(body, ":", " : ")))
	for _, c := range []struct {
		name, secret, timestamp, signature, body string
		want                                     bool
	}{
		{"as signed", secret, timestamp, signature, body, true},
		{"upper case", secret, timestamp, strings.ToUpper(signature), body, true},
		{"written anew on the way", secret, timestamp, signature, strings.Replace(body, "<é>", ` \u003c\u00e9> `, 1), false},
		{"escaped on the way", secret, timestamp, signature, strings.Replace(body, "<é>", `\u003c\u00e9>`, 1), true},
		{"blanks added on the way", secret, timestamp, signature, strings.ReplaceAll(body, ":{", ": {") + "\n", true},
		{"signed with blanks", secret, timestamp, bare, strings.ReplaceAll(body, ":", " : "), true},
		{"another secret", "b", timestamp, signature, body, false},
		{"no secret", "", timestamp, hooks.Sign("", timestamp, []byte(body)), body, false},
		{"another time", secret, "1796083200001", signature, body, false},
		{"another body", secret, timestamp, signature, strings.Replace(body, "é", "e", 1), false},
		{"no signature", secret, timestamp, "", body, false},
		{"half a signature", secret, timestamp, signature[:32], body, false},
		{"not hex", secret, timestamp, "z" + signature[1:], body, false},
		{"body that is not JSON", secret, timestamp, hooks.Sign(secret, timestamp, []byte("{")), "{", true},
		{"other body that is not JSON", secret, timestamp, signature, "{", false},
	} {
		if got := hooks.Verify(c.secret, c.timestamp, c.signature, []byte(c.body)); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
}
