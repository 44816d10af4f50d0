//go:build unix

package bindings_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js"
	"github.com/crisphost/crisphost/engine/lua"
	"github.com/crisphost/crisphost/internal/sandboxtest"
	"github.com/crisphost/crisphost/internal/testcpu"
)

// BenchmarkList measures the processor time that a client spends on a list of 50 conversations and on reading three fields
// of each, in ratios to plain Go (net/http and encoding/json into structs). The variants take turns in one run, since
// machines drift; the server is a process of its own, so that its time does not count. It reports <variant>/go.
//
//	go test ./bindings -run '^$' -bench List -benchtime 20x
func BenchmarkList(b *testing.B) {
	for _, ways := range []int{1, 16} {
		b.Run(strconv.Itoa(ways)+"-way", func(b *testing.B) {
			url := startPageServer(b)
			variants := []struct {
				name string
				run  func(calls, ways int)
			}{
				{"go", plainGo(b, url)},
				{"client", typedClient(b, url)},
				{"js", scriptVariant(b, url, engine.JavaScript, jsTouch)},
				{"lua", scriptVariant(b, url, engine.Lua, luaTouch)},
			}
			const calls = 48
			for _, v := range variants {
				v.run(calls, ways) // connections and caches
			}
			spent := make([]time.Duration, len(variants))
			for b.Loop() {
				for i, v := range variants {
					before := testcpu.Used(b)
					v.run(calls, ways)
					spent[i] += testcpu.Used(b) - before
				}
			}
			for i, v := range variants[1:] {
				b.ReportMetric(float64(spent[i+1])/float64(spent[0]), v.name+"/go")
			}
			b.ReportMetric(float64(spent[0].Microseconds())/float64(b.N*calls), "go-µs/call")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkListNode sets the scripts beside the official client in Node.js: processor time of the whole process for 400 list
// calls, start included on Node's side as on ours.
func BenchmarkListNode(b *testing.B) {
	modules, err := filepath.Abs("../internal/interop/node/node_modules")
	if err != nil {
		b.Fatal(err)
	}
	node, err := exec.LookPath("node")
	if _, missing := os.Stat(filepath.Join(modules, "crisp-api")); err != nil || missing != nil {
		b.Skip("node or its official client is not installed: npm ci in internal/interop/node")
	}
	url := startPageServer(b)
	const calls = 400
	script := filepath.Join(b.TempDir(), "list.cjs")
	program := fmt.Sprintf(nodeTouch, filepath.Join(modules, "crisp-api"), strings.TrimSuffix(url, "/v1/"), calls)
	if err := os.WriteFile(script, []byte(program), 0o644); err != nil {
		b.Fatal(err)
	}
	jsRun := scriptVariant(b, url, engine.JavaScript, jsTouch)
	luaRun := scriptVariant(b, url, engine.Lua, luaTouch)
	var nodeTime, jsTime, luaTime time.Duration
	for b.Loop() {
		cmd := exec.Command(node, script)
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
		nodeTime += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		before := testcpu.Used(b)
		jsRun(calls, 1)
		jsTime += testcpu.Used(b) - before
		before = testcpu.Used(b)
		luaRun(calls, 1)
		luaTime += testcpu.Used(b) - before
	}
	b.ReportMetric(float64(jsTime)/float64(nodeTime), "js/node")
	b.ReportMetric(float64(luaTime)/float64(nodeTime), "lua/node")
	b.ReportMetric(0, "ns/op")
}

const nodeTouch = `
const { Crisp } = require(%q);
const client = new Crisp();
client.setRestHost(%q);
client.authenticateTier("plugin", "sandbox", "sandbox");
(async () => {
  let sum = 0;
  for (let i = 0; i < %d; i++) {
    for (const c of await client.website.listConversations("` + sandbox.WebsiteID + `", 1)) {
      sum += c.session_id.length + c.updated_at + c.meta.nickname.length;
    }
  }
  if (!(sum > 0)) process.exit(1);
})();
`

const jsTouch = `
let sum = 0;
const lanes = Array.from({ length: Number(args[1]) }, async () => {
  for (let i = 0; i < Number(args[0]) / Number(args[1]); i++) {
    for (const c of await crisp.conversations.list()) {
      sum += c.session_id.length + c.updated_at + c.meta.nickname.length;
    }
  }
});
await Promise.all(lanes);
if (!(sum > 0)) throw new Error("nothing was read");
`

const luaTouch = `
local sum = 0
local function lane()
  for i = 1, tonumber(args[1]) / tonumber(args[2]) do
    for _, c in ipairs(crisp.conversations.list()) do
      sum = sum + #c.session_id + c.updated_at + #c.meta.nickname
    end
  end
end
local lanes = {}
for i = 1, tonumber(args[2]) do lanes[i] = lane end
parallel(unpack(lanes))
if sum <= 0 then error("nothing was read") end
`

func scriptVariant(b *testing.B, url string, language engine.Language, code string) func(calls, ways int) {
	b.Helper()
	eng, err := engine.New(lua.Language, js.Language, bindings.Modules())
	if err != nil {
		b.Fatal(err)
	}
	program, err := eng.Compile(b.Context(), engine.Source{Name: "list", Code: []byte(code), Language: language})
	if err != nil {
		b.Fatal(err)
	}
	client := sandboxtest.Connect(b, url)
	return func(calls, ways int) {
		args := bindings.WithArgs([]string{strconv.Itoa(calls), strconv.Itoa(ways)})
		if _, err := eng.Run(context.Background(), program, bindings.WithConnection(client, sandbox.WebsiteID), args); err != nil {
			b.Fatal(err)
		}
	}
}

func typedClient(b *testing.B, url string) func(calls, ways int) {
	client := sandboxtest.Connect(b, url)
	return inLanes(b, func() (int, error) {
		list, err := client.Conversations.ListPage(context.Background(), sandbox.WebsiteID, 1, nil)
		sum := 0
		for _, c := range list {
			sum += len(c.SessionID) + int(c.UpdatedAt) + len(c.Meta.Nickname)
		}
		return sum, err
	})
}

// plainGo is what a careful Go program without this project would do.
func plainGo(b *testing.B, url string) func(calls, ways int) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 32
	client := &http.Client{Transport: transport}
	return inLanes(b, func() (int, error) {
		req, err := http.NewRequest(http.MethodGet, url+"website/"+sandbox.WebsiteID+"/conversations/1?per_page=50", nil)
		if err != nil {
			return 0, err
		}
		req.SetBasicAuth(sandbox.Identifier, sandbox.Key)
		req.Header.Set("X-Crisp-Tier", "website")
		res, err := client.Do(req)
		if err != nil {
			return 0, err
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			return 0, err
		}
		var envelope struct {
			Error  bool                 `json:"error"`
			Reason string               `json:"reason"`
			Data   []crisp.Conversation `json:"data"`
		}
		if err := json.Unmarshal(body, &envelope); err != nil {
			return 0, err
		}
		sum := 0
		for _, c := range envelope.Data {
			sum += len(c.SessionID) + int(c.UpdatedAt) + len(c.Meta.Nickname)
		}
		return sum, nil
	})
}

// inLanes runs a call so many times, in so many goroutines.
func inLanes(b *testing.B, call func() (int, error)) func(calls, ways int) {
	return func(calls, ways int) {
		var wg sync.WaitGroup
		for range ways {
			wg.Go(func() {
				for range calls / ways {
					if sum, err := call(); err != nil || sum <= 0 {
						b.Errorf("read %d, %v", sum, err)
					}
				}
			})
		}
		wg.Wait()
	}
}

const pageServerVariable = "CRISPHOST_BENCH_PAGE_SERVER"

// TestMain lets the test binary serve the benchmarks' page as a process of its own.
func TestMain(m *testing.M) {
	if os.Getenv(pageServerVariable) != "" {
		servePage()
		return
	}
	os.Exit(m.Run())
}

// startPageServer starts the server process, which ends with the benchmark.
func startPageServer(b *testing.B) string {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), pageServerVariable+"=1")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		stdin.Close()
		cmd.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(line)
}

// servePage answers every request with the first page of the sandbox's inbox, until standard input ends.
func servePage() {
	recorder := httptest.NewRecorder()
	req := httptest.NewRequest(http.MethodGet, "/v1/website/"+sandbox.WebsiteID+"/conversations/1?per_page=50", nil)
	req.SetBasicAuth(sandbox.Identifier, sandbox.Key)
	req.Header.Set("X-Crisp-Tier", "website")
	sandbox.New(sandbox.Config{Seed: 1}).ServeHTTP(recorder, req)
	page := recorder.Body.Bytes()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Printf("http://%s/v1/\n", listener.Addr())
	go http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(page)))
		w.Write(page)
	}))
	io.Copy(io.Discard, os.Stdin)
}
