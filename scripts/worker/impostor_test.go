//go:build unix

package worker_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// The kinds of frames that an impostor needs; package wire numbers them.
const (
	kindRun     = 1
	kindHello   = 5
	kindReady   = 6
	kindStarted = 7
	kindLine    = 8
	kindAPI     = 9
	kindStore   = 10
	kindEvents  = 11
	kindResult  = 14
)

// hoard keeps what an impostor takes.
var hoard [40][]byte

// impostor is a worker that behaves badly in one way.
func impostor(way string) int {
	host := os.NewFile(3, "host")
	send := func(kind byte, id uint64, head string) {
		packet := make([]byte, 17, 17+len(head))
		binary.BigEndian.PutUint32(packet, uint32(len(head)))
		packet[8] = kind
		binary.BigEndian.PutUint64(packet[9:], id)
		_, _ = host.Write(append(packet, head...))
	}
	// run waits for a script to run and returns the number of its frames.
	run := func() uint64 {
		for {
			var header [17]byte
			if _, err := io.ReadFull(host, header[:]); err != nil {
				os.Exit(0)
			}
			_, _ = io.CopyN(io.Discard, host, int64(binary.BigEndian.Uint32(header[:])))
			if header[8] == kindRun {
				return binary.BigEndian.Uint64(header[9:])
			}
		}
	}
	switch way {
	case "exits at once":
		fmt.Fprintln(os.Stderr, "no room for a worker")
		return 3
	case "speaks another protocol":
		send(kindHello, 0, `{"Protocol":99}`)
		_, _ = io.Copy(io.Discard, host)
		return 0
	case "begins with garbage":
		_, _ = host.WriteString("HTTP/1.1 400 Bad Request\r\n\r\n")
		_, _ = io.Copy(io.Discard, host)
		return 0
	}
	send(kindHello, 0, `{"Protocol":5}`)
	if way == "has no engine" {
		send(kindReady, 0, `{"Error":"the database is away"}`)
		return 1
	}
	send(kindReady, 0, `{}`)
	if way == "exits when it has started" {
		return 0
	}
	if way == "acts for the run before" {
		before := run()
		send(kindStarted, before, "")
		send(kindResult, before, `{"Clean":true}`)
		now := run()
		send(kindStarted, now, "")
		send(kindStore, before|7, `{"Verb":"set","Key":"k","Value":"MQ=="}`)
		send(kindLine, before, `{"Level":"print","Message":"from before"}`)
		send(kindLine, now, `{"Level":"print","Message":"from now"}`)
		send(kindResult, now, `{"Clean":true}`)
		time.Sleep(time.Hour)
	}
	number := run()
	if way == "exits before the script starts" {
		return 0
	}
	send(kindStarted, number, "")
	switch way {
	case "exits in the script":
		fmt.Fprintln(os.Stderr, "panic: something is wrong\n\ngoroutine 1 [running]:")
		return 2
	case "writes garbage":
		_, _ = host.Write(bytes.Repeat([]byte("garbage "), 100))
	case "promises much":
		_, _ = host.Write([]byte{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, kindResult, 0, 0, 0, 1, 0, 0, 0, 0})
	case "stops in the middle":
		_, _ = host.Write([]byte{0, 0, 1, 0, 0, 0, 0, 0, kindResult, 0, 0, 0, 1, 0, 0, 0, 0, '{'})
		return 0
	case "acts for a run to come":
		send(kindStore, number+1<<32, `{"Shared":true,"Verb":"get"}`)
	case "sends no JSON":
		send(kindResult, number, "result")
	case "sends what hosts send":
		send(kindRun, number, "{}")
	case "calls too much":
		for id := range uint64(200) {
			send(kindStore, number|id, `{"Shared":true,"Verb":"get"}`)
		}
	case "calls twice":
		send(kindStore, number|1, `{"Shared":true,"Verb":"get"}`)
		send(kindStore, number|1, `{"Shared":true,"Verb":"get"}`)
	case "lies":
		// The run's permission is people:read and store:read.
		base, other := os.Args[3], os.Args[4]
		calls := []string{
			`{"method":"GET","path":"` + other + `/v1/website/w/people/x"}`, // another server
			`{"method":"GET","path":"` + base + `website/w/people/profiles/1"}`,
			`{"method":"GET","path":"//` + other[len("http://"):] + `/website/w/people/x"}`,
			`{"method":"GET","path":"@other.example/website/w/people/profiles/1"}`,
			`{"method":"GET","path":"website/w/people/profiles/1","header":{"Authorization":["Basic b3RoZXI6a2V5"]}}`, // another key
			`{"method":"GET","path":"website/w/people/profiles/1","header":{"X-Crisp-Tier":["plugin"]}}`,              // another tier
			`{"method":"GET","path":"website/w/people/profiles/1","header":{"Host":["other.example"]}}`,               // another host
			`{"method":"POST","path":"website/w/people/profile"}`,                                                     // a write
			`{"method":"GET","path":"website/w/people/../conversations/1"}`,                                           // another group, by a detour
			`{"method":"GET","path":"website/w/people%2f..%2fconversations/1"}`,
			`{"method":"GET","path":"website/w/conversations/1"}`, // another group
			`{"method":"GET\r\nX: y","path":"website/w/people/profiles/1"}`,
			`{"operation":"website.conversations.list","params":{"website_id":"w","page_number":"1"}}`,
			`{"operation":"website.people.suggest.segments.list","params":{"website_id":"w","page_number":"1"},"method":"POST","path":"website/w/people/profile"}`,
			`{"operation":"website.people.suggest.segments.list","params":{"website_id":"w/conversations/1?","page_number":".."}}`,
			`{"operation":"website.people.no.such","params":{"website_id":"w"}}`,
		}
		for i, call := range calls {
			send(kindAPI, number|uint64(i+1), call)
		}
		send(kindStore, number|100, `{"Verb":"set","Key":"k","Value":"MQ==","Script":"victim"}`)
		send(kindStore, number|101, `{"Verb":"set","Shared":true,"Key":"k","Value":"MQ=="}`)
		send(kindStore, number|102, `{"Verb":"drop","Key":"k"}`)
		send(kindEvents, number|103, `{"Verb":"listen","Website":"w","Names":["message:send"]}`)
		send(kindEvents, number|104, `{"Verb":"next","Stream":1}`)
		send(kindEvents, number|105, `{"Verb":"drop","Stream":1}`)
		// All were answered before it ends.
		for range len(calls) + 6 {
			run := make([]byte, 17)
			if _, err := io.ReadFull(host, run); err != nil {
				return 1
			}
			_, _ = io.CopyN(io.Discard, host, int64(binary.BigEndian.Uint32(run))+int64(binary.BigEndian.Uint32(run[4:])))
		}
		send(kindResult, number, `{"Clean":true}`)
	case "takes memory":
		for block := range 40 {
			// Shared memory is none that RLIMIT_DATA bounds.
			data, err := unix.Mmap(-1, 0, 32<<20, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_ANON)
			if err != nil {
				return 1
			}
			for i := 0; i < len(data); i += 1024 {
				data[i] = 1
			}
			hoard[block] = data
		}
	case "never ends":
	case "closes the connection":
		_ = host.Close()
	}
	time.Sleep(time.Hour)
	runtime.KeepAlive(host)
	return 0
}
