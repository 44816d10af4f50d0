package hooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// Sign returns the value of the X-Crisp-Signature header: the HMAC-SHA256 of "[timestamp;body]", brackets included, in
// lower-case hex. timestamp is the value of the X-Crisp-Request-Timestamp header. Crisp's Node client verifies the body as
// JSON.stringify writes it, so a sender passes its body through [Stringify] first and sends the result.
func Sign(secret, timestamp string, body []byte) string {
	return hex.EncodeToString(sum(secret, timestamp, body))
}

// Verify reports whether signature is that of the body, as it is or as [Stringify] writes it: a proxy may have written the
// JSON anew. The comparison takes constant time. An empty secret verifies nothing.
func Verify(secret, timestamp, signature string, body []byte) bool {
	return verifyAny([]string{secret}, timestamp, signature, body)
}

// verifyAny reports whether the signature is made with one of the secrets. Each secret is tried, whichever fits, and the
// body is written anew at most once.
func verifyAny(secrets []string, timestamp, signature string, body []byte) bool {
	given, err := hex.DecodeString(signature)
	if err != nil || len(given) != sha256.Size {
		return false
	}
	if matchAny(secrets, timestamp, given, body) {
		return true
	}
	text, err := Stringify(body)
	return err == nil && string(text) != string(body) && matchAny(secrets, timestamp, given, text)
}

func matchAny(secrets []string, timestamp string, given, body []byte) bool {
	found := false
	for _, secret := range secrets {
		if secret != "" && hmac.Equal(given, sum(secret, timestamp, body)) {
			found = true
		}
	}
	return found
}

func sum(secret, timestamp string, body []byte) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("[" + timestamp + ";"))
	mac.Write(body)
	mac.Write([]byte("]"))
	return mac.Sum(nil)
}
