package crisp

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/crisp/spec"
)

// listPage is a page of 50 conversations of about 132 kB, as the list of conversations answers them.
func listPage() []byte {
	var b strings.Builder
	b.WriteString(`{"error":false,"reason":"listed","data":[`)
	for i := range 50 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"session_id":"session_%08d-5df8-4c48-93d7-9d6a3b2a0f11","website_id":"11111111-1111-4111-8111-111111111111","people_id":"4b2a3c1d-0000-4000-8000-%012d","status":0,"state":"unresolved","is_verified":false,"is_blocked":false,"availability":"offline","active":{"now":false,"last":17749%08d},"last_message":"Bonjour, j'ai une question à propos de ma commande n° %d","mentions":[],"participants":[],"preview_message":{"type":"text","from":"user","excerpt":"Bonjour, j'ai une question","fingerprint":%d},"created_at":17700%08d,"updated_at":17749%08d,"unread":{"operator":0,"visitor":%d},"assigned":{"user_id":null},"meta":{"nickname":"Visitor %d","email":"visitor%d@example.com","phone":"+33 6 12 34 56 78","address":"","avatar":null,"ip":"203.0.113.%d","data":{%s},"segments":["customer","vip","fr"],"device":{"capabilities":["call"],"geolocation":{"country":"FR","region":"A8","city":"Paris","coordinates":{"latitude":48.8566,"longitude":2.3522}},"system":{"os":{"version":"14.4","name":"iOS"},"engine":{"name":"WebKit","version":"605.1"},"browser":{"major":"17","version":"17.4","name":"Safari"},"useragent":"Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1"},"timezone":-60,"locales":["fr-FR","fr","en"]}}}`,
			i, i, i, i, i, i, i, i%4, i, i, i, customData(i))
	}
	b.WriteString(`]}`)
	return []byte(b.String())
}

func customData(i int) string {
	var fields []string
	for n := range 16 {
		fields = append(fields, fmt.Sprintf(`"custom_field_%d":"a value of about forty characters, %d-%d"`, n, i, n))
	}
	return strings.Join(fields, ",")
}

// conversation is what a typed program reads: the fields of the list with their nested objects.
type conversation struct {
	SessionID   string `json:"session_id"`
	WebsiteID   string `json:"website_id"`
	PeopleID    string `json:"people_id"`
	State       string `json:"state"`
	IsVerified  bool   `json:"is_verified"`
	LastMessage string `json:"last_message"`
	CreatedAt   int64  `json:"created_at"`
	UpdatedAt   int64  `json:"updated_at"`
	Unread      struct {
		Operator int `json:"operator"`
		Visitor  int `json:"visitor"`
	} `json:"unread"`
	Active struct {
		Now  bool  `json:"now"`
		Last int64 `json:"last"`
	} `json:"active"`
	Meta struct {
		Nickname string            `json:"nickname"`
		Email    string            `json:"email"`
		Segments []string          `json:"segments"`
		Data     map[string]string `json:"data"`
		Device   struct {
			Locales     []string `json:"locales"`
			Geolocation struct {
				Country string `json:"country"`
				City    string `json:"city"`
			} `json:"geolocation"`
		} `json:"device"`
	} `json:"meta"`
}

var listConversationsOp = &spec.Operation{ID: "bench.list", Method: "GET", Path: "/website/{website_id}/conversations/{page_number}"}

func BenchmarkListCall(b *testing.B) {
	page := listPage()
	b.Logf("page of %d bytes", len(page))
	client := serve(b, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", fmt.Sprint(len(page)))
		w.Write(page)
	})
	req := &Request{Path: map[string]string{"website_id": "11111111-1111-4111-8111-111111111111", "page_number": "1"}}
	address := client.BaseURL() + "website/11111111-1111-4111-8111-111111111111/conversations/1"
	plain := &http.Client{Transport: NewTransport()}
	b.Cleanup(plain.CloseIdleConnections)

	b.Run("plain/raw", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			resp, err := plain.Get(address)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := io.ReadAll(resp.Body); err != nil {
				b.Fatal(err)
			}
			resp.Body.Close()
		}
	})
	b.Run("client/raw", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := client.Do(b.Context(), listConversationsOp, req); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("plain/typed", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			resp, err := plain.Get(address)
			if err != nil {
				b.Fatal(err)
			}
			var frame struct {
				Data []conversation `json:"data"`
			}
			if err := json.NewDecoder(resp.Body).Decode(&frame); err != nil || len(frame.Data) != 50 {
				b.Fatal(err)
			}
			resp.Body.Close()
		}
	})
	b.Run("client/typed", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			resp, err := client.Do(b.Context(), listConversationsOp, req)
			if err != nil {
				b.Fatal(err)
			}
			var list []conversation
			if err := resp.Decode(&list); err != nil || len(list) != 50 {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkEnvelope(b *testing.B) {
	page := listPage()
	b.Run("checked", func(b *testing.B) {
		b.SetBytes(int64(len(page)))
		for b.Loop() {
			if _, err := parseEnvelope(page); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("unchecked", func(b *testing.B) {
		for b.Loop() {
			if _, ok := usualEnvelope(page); !ok {
				b.Fatal("not found")
			}
		}
	})
}
