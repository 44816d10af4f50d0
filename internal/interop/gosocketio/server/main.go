// Command server serves events with a Socket.IO library for Go, as Crisp's RTM does, for the tests of our client. Its
// arguments are the port and the times of the heartbeat in milliseconds. Each line of standard input is a command, and
// each line of standard output something that happened, both in JSON; ../../node/socketio.mjs does the same.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zishang520/socket.io/servers/engine/v3/transports"
	"github.com/zishang520/socket.io/servers/socket/v3"
	"github.com/zishang520/socket.io/v3/pkg/types"
)

type object = map[string]any

var printing sync.Mutex

func say(value object) {
	printing.Lock()
	defer printing.Unlock()
	if err := json.NewEncoder(os.Stdout).Encode(value); err != nil {
		log.Fatal(err)
	}
}

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: server PORT INTERVAL TIMEOUT")
	}
	opts := socket.DefaultServerOptions()
	opts.SetPath("/w1/b1/")
	opts.SetTransports(types.NewSet[transports.TransportCtor](&transports.WebSocketBuilder{}))
	opts.SetPingInterval(milliseconds(os.Args[2]))
	opts.SetPingTimeout(milliseconds(os.Args[3]))

	var s state
	io := socket.NewServer(nil, opts)
	_ = io.On("connection", func(args ...any) { s.connected(args[0].(*socket.Socket)) })
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	go s.commands()
	say(object{"port": listener.Addr().(*net.TCPAddr).Port})
	log.Fatal(http.Serve(listener, io.ServeHandler(nil)))
}

func milliseconds(text string) time.Duration {
	n, err := strconv.Atoi(text)
	if err != nil {
		log.Fatal(err)
	}
	return time.Duration(n) * time.Millisecond
}

type state struct {
	socket     atomic.Pointer[socket.Socket] // the last that authenticated
	heartbeats atomic.Int64
}

func (s *state) connected(c *socket.Socket) {
	_ = c.Conn().On("heartbeat", func(...any) { s.heartbeats.Add(1) })
	_ = c.On("disconnect", func(args ...any) { say(object{"disconnect": fmt.Sprint(args...)}) })
	_ = c.On("authentication", func(args ...any) {
		given, _ := args[0].(object)
		if given["password"] != "good" {
			_ = c.Emit("unauthorized", object{"message": "invalid credentials"})
			return
		}
		s.socket.Store(c)
		_ = c.Emit("authenticated", true)
		delete(given, "password")
		say(object{"authentication": given})
	})
	_ = c.On("socket:bind", func(args ...any) {
		given, _ := args[0].(object)
		say(object{"bind": given["events"]})
	})
}

// commands carries out commands until standard input ends, and the program with it.
func (s *state) commands() {
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		var c struct {
			Command, Name string
			Count         int
		}
		if err := json.Unmarshal(in.Bytes(), &c); err != nil {
			log.Fatal(err)
		}
		var err error
		switch to := s.socket.Load(); c.Command {
		case "emit":
			for n := 0; n < c.Count && err == nil; n++ {
				err = to.Emit(c.Name, object{"website_id": "w1", "n": n})
			}
		case "binary":
			err = to.Emit(c.Name, object{"website_id": "w1", "file": []byte{1, 2, 3, 255}, "more": []any{[]byte("x")}})
		case "acknowledged":
			err = to.Emit(c.Name, object{"website_id": "w1", "n": 0}, func([]any, error) {})
		case "heartbeats":
			say(object{"heartbeats": s.heartbeats.Load()})
		default:
			log.Fatalf("unknown command %q", c.Command)
		}
		if err != nil {
			log.Fatal(err)
		}
	}
	os.Exit(0)
}
