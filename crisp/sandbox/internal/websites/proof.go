package websites

import (
	"crypto/subtle"
	"net/http"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
)

// Password is the password of the account.
const Password = "sandbox"

type ownerProof struct {
	Method string `json:"method"`
	Secret string `json:"secret"`
}

// verify checks the proof that deleting a website and inviting an operator ask for. Only the method password can
// succeed here; status and reason of a refusal are guesses.
func verify(method, secret string) error {
	if method != "password" || subtle.ConstantTimeCompare([]byte(secret), []byte(Password)) != 1 {
		return &api.Error{
			Status: http.StatusForbidden, Reason: "not_allowed",
			Message: "the verification failed: the sandbox takes the method password with the password " + Password,
		}
	}
	return nil
}
