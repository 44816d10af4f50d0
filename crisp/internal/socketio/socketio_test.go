package socketio

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

type raw = json.RawMessage

func TestDecode(t *testing.T) {
	for _, c := range []struct {
		text string
		want Packet
	}{
		{`0`, Packet{Type: Connect, ID: NoID}},
		{`0{}`, Packet{Type: Connect, ID: NoID, Data: raw(`{}`)}},
		{`0{"sid":"XMG2"}`, Packet{Type: Connect, ID: NoID, Data: raw(`{"sid":"XMG2"}`)}},
		{`0/crisp,`, Packet{Type: Connect, Namespace: "/crisp", ID: NoID}},
		{`0/crisp`, Packet{Type: Connect, Namespace: "/crisp", ID: NoID}},
		{`0/crisp,{"sid":"a"}`, Packet{Type: Connect, Namespace: "/crisp", ID: NoID, Data: raw(`{"sid":"a"}`)}},
		{`1`, Packet{Type: Disconnect, ID: NoID}},
		{`1/crisp,`, Packet{Type: Disconnect, Namespace: "/crisp", ID: NoID}},
		{`4/zzz,{"message":"Invalid namespace"}`, Packet{Type: ConnectError, Namespace: "/zzz", ID: NoID,
			Data: raw(`{"message":"Invalid namespace"}`)}},
		{`4/zzz,"Invalid namespace"`, Packet{Type: ConnectError, Namespace: "/zzz", ID: NoID,
			Data: raw(`"Invalid namespace"`)}},
		{`2["authenticated",true]`, Packet{Type: Event, ID: NoID, Data: raw(`["authenticated",true]`)}},
		{`2/crisp,12["a",{"b":[1]}]`, Packet{Type: Event, Namespace: "/crisp", ID: 12, Data: raw(`["a",{"b":[1]}]`)}},
		{`20["a"]`, Packet{Type: Event, ID: 0, Data: raw(`["a"]`)}},
		{`2["a","\ud800",{"x":1,"x":2}]`, Packet{Type: Event, ID: NoID, Data: raw(`["a","\ud800",{"x":1,"x":2}]`)}},
		{`30[]`, Packet{Type: Ack, ID: 0, Data: raw(`[]`)}},
		{`51-["bin",{"file":{"_placeholder":true,"num":0}}]`, Packet{Type: BinaryEvent, ID: NoID, Attachments: 1,
			Data: raw(`["bin",{"file":{"_placeholder":true,"num":0}}]`)}},
		{`510-/a,7["bin"]`, Packet{Type: BinaryEvent, Namespace: "/a", ID: 7, Attachments: 10, Data: raw(`["bin"]`)}},
		{`61-3[{"_placeholder":true,"num":0}]`, Packet{Type: BinaryAck, ID: 3, Attachments: 1,
			Data: raw(`[{"_placeholder":true,"num":0}]`)}},
	} {
		got, err := Decode([]byte(c.text))
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if got.Namespace == "/" {
			got.Namespace = ""
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %+v, want %+v", c.text, got, c.want)
		}
		again, err := Decode(got.Append(nil))
		if again.Namespace == "/" {
			again.Namespace = ""
		}
		if err != nil || !reflect.DeepEqual(again, c.want) {
			t.Errorf("%s is written as %s: %v", c.text, got.Append(nil), err)
		}
	}
	if p, err := Decode([]byte("0/crisp?token=1,")); err != nil || p.Namespace != "/crisp" {
		t.Errorf("the query of an old client: got %+v, %v", p, err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	for text, want := range map[string]string{
		``:                               "empty",
		`7["a"]`:                         "unknown packet type",
		`x`:                              "unknown packet type",
		`2`:                              "not an array",
		`2{"a":1}`:                       "not an array",
		`2[]`:                            "no name",
		`2[1]`:                           "no name",
		`2[null]`:                        "no name",
		`2["a"`:                          "not JSON",
		`2["a"]x`:                        "not JSON",
		`2["a",]`:                        "not JSON",
		"2[\"a\xff\"]":                   "not UTF-8",
		`299999999999999999999["a"]`:     "too large",
		`2/crisp["a"]`:                   "not an array", // the namespace has no end
		`50-["a"]`:                       "no number of attachments",
		`5["a"]`:                         "no number of attachments",
		`51["a"]`:                        "no number of attachments",
		`5-1["a"]`:                       "no number of attachments",
		`511-["a"]`:                      "11 attachments",
		`599999999999999999999999-["a"]`: "no number of attachments",
		`0[]`:                            "not an object",
		`0"a"`:                           "not an object",
		`1{}`:                            "has data",
		`4[]`:                            "neither an object nor a string",
		`3[]`:                            "no id",
		`31{}`:                           "not an array",
		`2` + strings.Repeat("[", 1e6):   "not JSON",
	} {
		_, err := Decode([]byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: got %v, want an error about %q", text, err, want)
		}
	}
}

func TestArgs(t *testing.T) {
	p, err := Decode([]byte(`2[ "a\"b" , {"x": 1} ,null,"s" ]`))
	if err != nil {
		t.Fatal(err)
	}
	name, args, err := p.Args()
	if err != nil || name != `a"b` || fmt.Sprintf("%s", args) != `[{"x": 1} null "s"]` {
		t.Errorf("got %q %s, %v", name, args, err)
	}
	// Appending to an argument must not write into the next one.
	_ = append(args[0], "XXXX"...)
	if string(args[1]) != "null" {
		t.Errorf("the second argument has become %s", args[1])
	}
}

func TestNewEvent(t *testing.T) {
	frame := NewEvent("a\"\u2028\xff", raw(`{"b":1}`), raw(`2`)).Frame()
	if want := "42[\"a\\\"\u2028\uFFFD\",{\"b\":1},2]"; string(frame) != want {
		t.Errorf("got %s, want %s", frame, want)
	}
	name, args, err := NewEvent("alone").Args()
	if name != "alone" || len(args) != 0 || err != nil {
		t.Errorf("got %q %s, %v", name, args, err)
	}
}

func TestInline(t *testing.T) {
	three := [][]byte{{1, 2, 3, 0xff}, {}, []byte("x")}
	for _, c := range []struct{ data, want string }{
		{`["bin",{"file":{"_placeholder":true,"num":0},"n":1}]`, `["bin",{"file":"AQID/w==","n":1}]`},
		{`["bin",{"_placeholder":true,"num":1},[{ "num" : 2, "_placeholder" : true }]]`, `["bin","",["eA=="]]`},
		{`["bin",{"num":0,"file":{"_placeholder":false,"num":0}}]`,
			`["bin",{"num":0,"file":{"_placeholder":false,"num":0}}]`},
		{`["bin",{"_placeholder":true,"num":3}]`, ``},
		{`["bin",{"_placeholder":true,"num":-1}]`, ``},
	} {
		p, err := Decode([]byte("53-" + c.data))
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.Inline(three)
		if c.want == "" && err != nil {
			continue
		}
		if err != nil || string(got.Data) != c.want || got.Type != Event || got.Attachments != 0 {
			t.Errorf("%s: got %+v, %v, want %s", c.data, got, err, c.want)
		}
	}
	if _, err := (Packet{Type: BinaryEvent, Attachments: 2, Data: raw(`["a"]`)}).Inline(three); err == nil {
		t.Error("three attachments pass for two")
	}
	deep := `["a",` + strings.Repeat(`{"a":`, 5000) + `{"_placeholder":true,"num":0}` + strings.Repeat(`}`, 5000) + `]`
	p, err := Decode([]byte("51-" + deep))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := p.Inline(three[:1]); err != nil || !bytes.Contains(got.Data, []byte(`"AQID/w=="`)) {
		t.Errorf("deep inside: %v", err)
	}
}

func TestOpen(t *testing.T) {
	frame := OpenPacket{SID: "BOWW", PingInterval: 25000, PingTimeout: 20000, MaxPayload: 1000000}.Append(nil)
	want := `0{"sid":"BOWW","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`
	if string(frame) != want {
		t.Errorf("got %s, want %s", frame, want)
	}
	p, err := DecodeOpen(frame[1:])
	if err != nil || p.Silence() != 45*time.Second {
		t.Errorf("got %+v, %v", p, err)
	}
	for _, bad := range []string{
		``, `{}`, `[]`, `{"sid":"a"}`, `{"sid":"a","pingInterval":1e3,"pingTimeout":-1}`,
		`{"sid":"a","pingInterval":9007199254740992,"pingTimeout":1}`,
		`{"sid":"","pingInterval":1,"pingTimeout":1}`, `{"sid":"a","pingInterval":"1","pingTimeout":1}`,
	} {
		if p, err := DecodeOpen([]byte(bad)); err == nil {
			t.Errorf("%s passes as %+v", bad, p)
		}
	}
}

func TestWSURL(t *testing.T) {
	for app, want := range map[string]string{
		"http://127.0.0.1:80/w1/b1/":      "ws://127.0.0.1:80/w1/b1/?EIO=4&transport=websocket",
		"https://app.example/w1/b1":       "wss://app.example/w1/b1/?EIO=4&transport=websocket",
		"https://app.example":             "wss://app.example/?EIO=4&transport=websocket",
		"wss://app.example/a%2Fb//?x=1#y": "wss://app.example/a%2Fb/?EIO=4&transport=websocket",
		"ws://[::1]:8/":                   "ws://[::1]:8/?EIO=4&transport=websocket",
		"":                                "",
		"/w1/b1/":                         "",
		"//host/w1":                       "",
		"ftp://host/":                     "",
		"http://:80/":                     "",
		"http://%zz/":                     "",
		"app.example/w1":                  "",
	} {
		got, err := WSURL(app, 4)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%s: got %q, %v, want %q", app, got, err, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, text := range []string{
		`0{"sid":"a"}`, `0/crisp,`, `2["a",{"b":1}]`, `2/n,13["a"]`, `30[]`, `4{"message":"m"}`, `1`,
		`52-["a",{"_placeholder":true,"num":1}]`, `61-1[]`,
		`2["a"`, `50-[]`, "2[\"\xff\"]", `2["\ud800"]`, `0/a?b=1,{}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := Decode(text)
		if err != nil {
			return
		}
		again, err := Decode(p.Append(nil))
		if err != nil || !reflect.DeepEqual(p, again) {
			t.Fatalf("%q is read as %+v and again as %+v, %v", text, p, again, err)
		}
		if p.Data != nil && !json.Valid(p.Data) {
			t.Fatalf("%q has data that is not JSON: %q", text, p.Data)
		}
		if p.Type == Event || p.Type == BinaryEvent {
			_, args, err := p.Args()
			if err != nil {
				t.Fatal(err)
			}
			for _, arg := range args {
				if !json.Valid(arg) {
					t.Fatalf("%q has the argument %q", text, arg)
				}
			}
		}
		if p.Attachments > 0 {
			if in, err := p.Inline(make([][]byte, p.Attachments)); err == nil && !json.Valid(in.Data) {
				t.Fatalf("%q with attachments is %q", text, in.Data)
			}
		}
	})
}
