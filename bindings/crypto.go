package bindings

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"strings"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/uuid"
)

func cryptoModule() *engine.Module {
	text := engine.Param{Name: "text", Type: "string", Required: true}
	encoding := engine.Param{Name: "options.encoding", Type: `"hex" | "base64"`, Doc: "of the result, hex by default"}
	return free(&engine.Module{
		Name: "crypto",
		Doc:  "Identifiers, digests and encodings.",
		Functions: []engine.Function{
			{
				Name: "uuid", Sync: true, Result: "string",
				Doc: "Makes a random UUID (version 4).",
				Call: func(_ context.Context, args []any) (any, error) {
					a := newArguments("crypto.uuid", args)
					a.max(0)
					return uuid.New(), a.err
				},
			},
			{
				Name: "sha256", Sync: true, Result: "string",
				Doc:    "Hashes text with SHA-256.",
				Params: []engine.Param{text, encoding},
				Call: func(_ context.Context, args []any) (any, error) {
					a := newArguments("crypto.sha256", args)
					text := a.text(0, "text")
					a.table(1)
					encode := digestEncoding(a)
					if err := a.done(); err != nil {
						return nil, err
					}
					sum := sha256.Sum256([]byte(text))
					return encode(sum[:]), nil
				},
			},
			{
				Name: "hmac", Sync: true, Result: "string",
				Doc: "Signs text with a secret (HMAC), with SHA-256 unless told otherwise.",
				Params: []engine.Param{
					{Name: "secret", Type: "string", Required: true}, text,
					{Name: "options.hash", Type: `"sha256" | "sha512" | "sha1"`}, encoding,
				},
				Call: func(_ context.Context, args []any) (any, error) {
					a := newArguments("crypto.hmac", args)
					secret, text := a.text(0, "secret"), a.text(1, "text")
					a.table(2)
					algorithms := map[string]func() hash.Hash{"sha256": sha256.New, "sha512": sha512.New, "sha1": sha1.New}
					algorithm := algorithms[a.optionText("hash", "sha256", "sha256", "sha512", "sha1")]
					encode := digestEncoding(a)
					if err := a.done(); err != nil {
						return nil, err
					}
					mac := hmac.New(algorithm, []byte(secret))
					mac.Write([]byte(text))
					return encode(mac.Sum(nil)), nil
				},
			},
		},
		Modules: []*engine.Module{{
			Name: "base64",
			Doc:  "Base64 (RFC 4648).",
			Functions: []engine.Function{
				{
					Name: "encode", Sync: true, Result: "string", Doc: "Encodes text.",
					Params: []engine.Param{text, {Name: "options.url", Type: "boolean", Doc: "the alphabet for URLs, without padding"}},
					Call: func(_ context.Context, args []any) (any, error) {
						a := newArguments("crypto.base64.encode", args)
						text, encoding := a.text(0, "text"), base64Encoding(a)
						if err := a.done(); err != nil {
							return nil, err
						}
						return encoding.EncodeToString([]byte(text)), nil
					},
				},
				{
					Name: "decode", Sync: true, Result: "string",
					Doc: "Decodes text. The padding may be missing.",
					Params: []engine.Param{
						text,
						{Name: "options.url", Type: "boolean", Doc: "the alphabet for URLs"},
						bytesOption,
					},
					Call: func(_ context.Context, args []any) (any, error) {
						a := newArguments("crypto.base64.decode", args)
						text, encoding, asBytes := a.text(0, "text"), base64Encoding(a), a.optionBool("bytes", false)
						if err := a.done(); err != nil {
							return nil, err
						}
						decoded, err := encoding.WithPadding(base64.NoPadding).DecodeString(strings.TrimRight(text, "= \t\r\n"))
						if err != nil {
							return nil, argumentError("crypto.base64.decode", "text", "is not base64: "+err.Error(), "")
						}
						return textOrBytes(decoded, asBytes), nil
					},
				},
			},
		}},
	})
}

// bytesOption is for what may be no text: strings of JavaScript cannot hold it.
var bytesOption = engine.Param{
	Name: "options.bytes", Type: "boolean",
	Doc: "answer bytes, which JavaScript gets as a Uint8Array; as text it gets what is not UTF-8 as U+FFFD. Lua's strings hold both",
}

func textOrBytes(data []byte, asBytes bool) any {
	if asBytes {
		return data
	}
	return string(data)
}

func digestEncoding(a *arguments) func([]byte) string {
	if a.optionText("encoding", "hex", "hex", "base64") == "base64" {
		return base64.StdEncoding.EncodeToString
	}
	return hex.EncodeToString
}

func base64Encoding(a *arguments) *base64.Encoding {
	a.table(1)
	if a.optionBool("url", false) {
		return base64.RawURLEncoding
	}
	return base64.StdEncoding
}
