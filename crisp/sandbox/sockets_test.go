package sandbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/internal/sandboxtest"
)

func TestSocketHearsWhatHappens(t *testing.T) {
	both(t, func(t *testing.T, eio int) {
		server := sandboxtest.Start(t, sandbox.Config{})
		a := &api{t: t, base: strings.TrimSuffix(server.URL(), "/"), tier: "user"}
		session := a.conversation()
		p := dial(t, server, eio)
		p.login(eio, "user", `,"events":["message:received","session:set_state"]`)
		a.ok("POST", "/conversation/"+session+"/message", `{"type":"text","from":"operator","origin":"chat","content":"<Hello> & \u2028"}`, nil)
		a.ok("PATCH", "/conversation/"+session+"/state", `{"state":"resolved"}`, nil)
		got := p.next()
		if !strings.HasPrefix(got, `42["message:received",{"website_id":"`) || !strings.Contains(got, "\"content\":\"<Hello> & \u2028\"") {
			t.Errorf("frame %s", got)
		}
		p.expect(`42["session:set_state",`)
	})
}

// TestSocketIsStrict has what npm's server ends a connection for.
func TestSocketIsStrict(t *testing.T) {
	server := sandboxtest.Start(t, sandbox.Config{Sockets: sandbox.Sockets{MaxPayload: 1000}})
	for _, c := range []struct {
		name   string
		eio    int
		frames []string
	}{
		{"an event pipelined behind the wish to join", 4, []string{"42[\"authentication\",{}]"}},
		{"joining twice", 4, []string{"40", "40"}},
		{"a ping of a client of version 4", 4, []string{"40", "2"}},
		{"joining the main namespace in version 3", 3, []string{"40"}},
		{"a pong in version 3", 3, []string{"3"}},
		{"an event of another namespace", 4, []string{"40", `42/zzz,["a"]`}},
		{"no JSON", 4, []string{"40", `42["a"`}},
		{"an unknown type", 4, []string{"9"}},
		{"an empty frame", 4, []string{""}},
		{"too many attachments", 4, []string{"40", `4511-["a"]`}},
		{"a packet in place of an attachment", 4, []string{"40", `451-["a",{"_placeholder":true,"num":0}]`, `42["a"]`}},
		{"leaving", 4, []string{"40", "41"}},
		{"closing", 4, []string{"40", "1"}},
		{"a large frame", 4, []string{"40", `42["a","` + strings.Repeat("x", 1000) + `"]`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := dial(t, server, c.eio)
			p.expect("0{")
			for _, frame := range c.frames {
				p.write(frame)
			}
			p.ended(c.name)
		})
	}
	// It is well after all of that.
	dial(t, server, 4).login(4, "user", "")
}

func TestSocketOtherNamespace(t *testing.T) {
	both(t, func(t *testing.T, eio int) {
		p := dial(t, sandboxtest.Start(t, sandbox.Config{}), eio)
		p.expect("0{")
		if eio == 3 {
			p.expect("40")
		}
		p.write("40/zzz,")
		p.expect(`44/zzz,{"message":"Invalid namespace"}`)
	})
}

func TestSocketRefusesCredentials(t *testing.T) {
	server := sandboxtest.Start(t, sandbox.Config{})
	for name, message := range map[string]string{
		"a wrong key":     `{"tier":"plugin","username":"sandbox","password":"wrong","events":["message:send"]}`,
		"an unknown tier": `{"tier":"admin","username":"sandbox","password":"sandbox"}`,
		"no object":       `"sandbox"`,
		"wrong types":     `{"tier":"user","username":"sandbox","password":"sandbox","events":{}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // the connection stays for a second
			p := dial(t, server, 4)
			p.expect("0{")
			p.write("40")
			p.expect("40")
			p.write(`42["authentication",` + message + `]`)
			p.expect(`42["unauthorized",{"message":`)
			p.ended(name)
		})
	}
}

// TestSocketFilters checks that a socket hears what it is bound to and nothing else.
func TestSocketFilters(t *testing.T) {
	server := sandboxtest.Start(t, sandbox.Config{})
	a := &api{t: t, base: strings.TrimSuffix(server.URL(), "/"), tier: "user"}
	var other struct {
		WebsiteID string `json:"website_id"`
	}
	a.ok("POST", "/website", `{"name":"Moss","domain":"moss.example"}`, &other)
	n := 0
	emit := func(website, event string) string {
		t.Helper()
		n++
		text := fmt.Sprintf(`{"website_id":%q,"n":%d}`, website, n)
		if err := server.Emit(website, event, json.RawMessage(text)); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf(`42[%q,%s]`, event, text)
	}
	// The witness hears a last event, when all before it are queued for their sockets.
	witness := dial(t, server, 4)
	witness.login(4, "user", `,"events":["session:set_avatar"]`)
	const own, foreign = sandbox.WebsiteID, "foreign"
	const events = `,"events":["session:set_email","session:removed"]`
	for _, c := range []struct {
		tier, members, before string
		want                  []string
	}{
		{"user", events, "", []string{own + " session:set_email", foreign + " session:set_email"}},
		{"website", events, "", []string{own + " session:set_email"}},
		{"plugin", events, "", []string{own + " session:set_email"}},
		{"user", events + `,"rooms":["` + other.WebsiteID + `"]`, "", []string{foreign + " session:set_email"}},
		{"plugin", events + `,"rooms":["` + other.WebsiteID + `"]`, "", nil},
		{"user", ``, "", nil},
		{"website", `,"events":["spam:message","session:set_nickname"]`, "", []string{own + " session:set_nickname"}},
		{"user", `,"events":["spam:message"]`, "", []string{own + " spam:message", foreign + " spam:message"}},
		{"website", events, `["socket:bind",{}]`, []string{own + " session:set_email"}},
		{"website", events, `["socket:bind",{"events":["session:set_nickname"]}]`, []string{own + " session:set_nickname"}},
		{"website", events, `["socket:bind:push",{"events":["session:set_nickname"]}]`,
			[]string{own + " session:set_email", own + " session:set_nickname"}},
		{"website", events, `["socket:bind:pop",{"events":["session:set_email"]}]`, nil},
	} {
		t.Run(c.tier+c.members+c.before, func(t *testing.T) {
			p := dial(t, server, 4)
			p.login(4, c.tier, c.members)
			if c.before != "" {
				p.write(`421` + c.before)
				p.expect(`431[]`)
			}
			var want []string
			for _, website := range []string{own, foreign} {
				for _, event := range []string{"session:set_email", "session:set_nickname", "spam:message"} {
					id := website
					if website == foreign {
						id = other.WebsiteID
					}
					frame := emit(id, event)
					if slices.Contains(c.want, website+" "+event) {
						want = append(want, frame)
					}
				}
			}
			witness.expect(emit(own, "session:set_avatar"))
			// Whatever was queued comes between these answers. They go before events, so that on a busy machine several
			// may come until an event has its turn.
			var got []string
			for i := 0; i < 3 || i < 1000 && len(got) < len(want); i++ {
				p.write(fmt.Sprintf(`42%d["any"]`, 10+i))
				for {
					frame := p.next()
					if frame == fmt.Sprintf(`43%d[]`, 10+i) {
						break
					}
					got = append(got, frame)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("heard %q, want %q", got, want)
			}
		})
	}
}

// TestSocketOfPlugin installs the plugin on a second website and removes it from the first one: a socket hears of a new
// website's events after it has bound itself again, and nothing more of the one that removed the plugin.
func TestSocketOfPlugin(t *testing.T) {
	server := sandboxtest.Start(t, sandbox.Config{})
	a := &api{t: t, base: strings.TrimSuffix(server.URL(), "/"), tier: "user"}
	var other struct {
		WebsiteID string `json:"website_id"`
	}
	a.ok("POST", "/website", `{"name":"Moss","domain":"moss.example"}`, &other)
	emit := func(website, text string) {
		t.Helper()
		if err := server.Emit(website, "session:set_email", json.RawMessage(`{"email":"`+text+`"}`)); err != nil {
			t.Fatal(err)
		}
	}
	p := dial(t, server, 4)
	p.login(4, "plugin", `,"events":["session:set_email","plugin:subscription:updated","plugin:event","plugin:channel","plugin:settings:saved"]`)
	a.ok("POST", "/plugins/subscription/"+other.WebsiteID, `{"plugin_id":"`+sandbox.PluginID+`"}`, nil)
	p.expect(`42["plugin:subscription:updated",{"website_id":"` + other.WebsiteID + `","plugin_id":"` + sandbox.PluginID + `","bound":true`)
	p.write(`421["socket:bind",{}]`)
	p.expect("431[]")
	emit(other.WebsiteID, "new")
	p.expect(`42["session:set_email",{"email":"new"}]`)

	own := "/plugins/subscription/" + sandbox.WebsiteID + "/" + sandbox.PluginID
	a.ok("PATCH", own+"/settings", `{"greeting":"Hello"}`, nil)
	p.expect(`42["plugin:settings:saved",{"website_id":"` + sandbox.WebsiteID + `","plugin_id":"` + sandbox.PluginID + `","settings":{"greeting":"Hello"}}]`)
	a.ok("POST", own+"/event", `{"name":"order:paid","data":{"total":12.50}}`, nil)
	p.expect(`42["plugin:event",{"website_id":"` + sandbox.WebsiteID + `","plugin_id":"` + sandbox.PluginID + `","urn":"urn:fernleaf:sandbox:0","name":"order:paid","data":{"total":12.5}}]`)
	a.ok("POST", own+"/channel", `{"namespace":"sync","payload":{}}`, nil)
	p.expect(`42["plugin:channel",{`)
	a.ok("DELETE", own, "", nil)
	p.expect(`42["plugin:subscription:updated",{"website_id":"` + sandbox.WebsiteID + `","plugin_id":"` + sandbox.PluginID + `","bound":false`)
	emit(sandbox.WebsiteID, "gone")
	emit(other.WebsiteID, "there")
	p.expect(`42["session:set_email",{"email":"there"}]`)
	a.as("plugin").refused("GET", "/website/"+sandbox.WebsiteID, "", 404, "not_subscribed")
	a.as("plugin").ok("GET", "/website/"+other.WebsiteID, "", nil)
}

// TestSocketBindBeforeAuthentication has what Node's client sends when it reconnects: a bind that waited is flushed first.
func TestSocketBindBeforeAuthentication(t *testing.T) {
	server := sandboxtest.Start(t, sandbox.Config{})
	p := dial(t, server, 4)
	p.expect("0{")
	p.write("40")
	p.expect("40")
	p.write(`42["socket:bind",{"events":["session:removed"]}]`)
	p.authenticate("plugin", `,"events":["session:set_email"]`)
	p.expect(`42["authenticated",true]`)
	if err := server.Emit(sandbox.WebsiteID, "session:set_email", json.RawMessage(`{}`)); err != nil {
		t.Fatal(err)
	}
	p.expect(`42["session:set_email",{}]`)
}

// TestSocketHeartbeat lets clients be silent, and one of each version be alive.
func TestSocketHeartbeat(t *testing.T) {
	both(t, func(t *testing.T, eio int) {
		server := sandboxtest.Start(t, sandbox.Config{Sockets: sandbox.Sockets{
			PingInterval: 50 * time.Millisecond, PingTimeout: time.Minute,
		}})
		alive := dial(t, server, eio)
		alive.login(eio, "user", "")
		for range 5 {
			if eio == 4 {
				alive.expect("2")
				alive.write("3")
			} else {
				alive.write("2probe")
				alive.expect("3probe")
			}
		}
		server = sandboxtest.Start(t, sandbox.Config{Sockets: sandbox.Sockets{
			PingInterval: 50 * time.Millisecond, PingTimeout: 50 * time.Millisecond,
		}})
		silent := dial(t, server, eio)
		silent.login(eio, "user", "")
		silent.ended("a silent client")
	})
}

func TestSocketWithoutAuthentication(t *testing.T) {
	server := sandboxtest.Start(t, sandbox.Config{Sockets: sandbox.Sockets{AuthTimeout: 50 * time.Millisecond}})
	p := dial(t, server, 4)
	p.write("40")
	p.ended("a client that does not authenticate")
}

// TestSocketBurst sends more than fits into the buffers of the connection to a client that reads only later, with a
// heartbeat that would not come through behind them.
func TestSocketBurst(t *testing.T) {
	server := sandboxtest.Start(t, sandbox.Config{})
	p := dial(t, server, 4)
	p.login(4, "user", `,"events":["session:set_email"]`)
	const events = 50_000
	for i := range events {
		if err := server.Emit(sandbox.WebsiteID, "session:set_email", json.RawMessage(fmt.Sprintf(`{"n":%d}`, i))); err != nil {
			t.Fatal(err)
		}
	}
	for i := range events {
		p.expect(fmt.Sprintf(`42["session:set_email",{"n":%d}]`, i))
	}
}

// TestSocketTooSlow drops the socket of a client that reads nothing when its queue is full, and no other one.
func TestSocketTooSlow(t *testing.T) {
	lines, log := newLog()
	server := sandboxtest.Start(t, sandbox.Config{Sockets: sandbox.Sockets{Queue: 100}, Log: log})
	const bound = `,"events":["session:set_email","session:set_phone"]`
	slow, quick := dial(t, server, 4), dial(t, server, 4)
	slow.login(4, "user", bound)
	quick.login(4, "user", bound)
	large := json.RawMessage(`{"email":"` + strings.Repeat("x", 100_000) + `"}`)
	for range 400 { // 40 MB, more than the kernel keeps for a connection
		if err := server.Emit(sandbox.WebsiteID, "session:set_email", large); err != nil {
			t.Fatal(err)
		}
		quick.expect(`42["session:set_email"`)
	}
	slow.ended("a client that does not read")
	lines.has(t, "reads too slowly")
	if err := server.Emit(sandbox.WebsiteID, "session:set_phone", json.RawMessage(`{}`)); err != nil {
		t.Fatal(err)
	}
	quick.expect(`42["session:set_phone",{}]`)
}

func TestSocketEndsWithTheServer(t *testing.T) {
	server, err := sandbox.Start(context.WithoutCancel(t.Context()), "", sandbox.Config{})
	if err != nil {
		t.Fatal(err)
	}
	p := dial(t, server, 4)
	p.login(4, "user", "")
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	p.ended("a client of a server that ended")
}

// TestSocketRequests has the requests that npm's server refuses.
func TestSocketRequests(t *testing.T) {
	server := sandboxtest.Start(t, sandbox.Config{})
	app := discover(t, server)
	for _, c := range []struct {
		method, query, origin string
		status                int
		body                  string
	}{
		{"GET", "?EIO=4&transport=polling", "", 400, `{"code":0,"message":"Transport unknown"}`},
		{"GET", "?EIO=4&transport=websocket&sid=a", "", 400, `{"code":1,"message":"Session ID unknown"}`},
		{"POST", "?EIO=4&transport=websocket", "", 400, `{"code":2,"message":"Bad handshake method"}`},
		{"GET", "?EIO=4&transport=websocket", "", 400, `{"code":3,"message":"Bad request"}`},
		{"GET", "?EIO=4&transport=websocket", "https://evil.example", 403, ""},
	} {
		req, err := http.NewRequestWithContext(t.Context(), c.method, app+c.query, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if c.origin != "" {
			for name, value := range map[string]string{
				"Origin": c.origin, "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
				"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
			} {
				req.Header.Set(name, value)
			}
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil || res.StatusCode != c.status || c.body != "" && strings.TrimSpace(string(body)) != c.body {
			t.Errorf("%s %s: %d %s, %v", c.method, c.query, res.StatusCode, body, err)
		}
	}
}
