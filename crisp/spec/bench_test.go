package spec_test

import (
	"testing"

	"github.com/crisphost/crisphost/crisp/spec"
)

func BenchmarkMatch(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		spec.Match("GET", "/website/11111111-1111-4111-8111-111111111111/conversations/1")
	}
}

func BenchmarkByCall(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		spec.ByCall("conversations.messages.send")
	}
}

func BenchmarkValidateMessage(b *testing.B) {
	b.ReportAllocs()
	s := spec.ByCall("conversations.messages.send").Body
	message := map[string]any{"type": "text", "from": "operator", "origin": "chat", "content": "Hello", "fingerprint": int64(12)}
	for b.Loop() {
		if err := s.Validate(message); err != nil {
			b.Fatal(err)
		}
	}
}
