// Command client listens to events with a Socket.IO library for Go, for the tests of the sandbox. Its arguments are the
// address of the socket, as discovery gives it, the tier, identifier and key, and the names of the events. It prints
// what happens, one JSON object on each line, until its standard input ends.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/url"
	"os"
	"sync"

	"github.com/zishang520/socket.io/clients/engine/v3/transports"
	"github.com/zishang520/socket.io/clients/socket/v3"
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
	if len(os.Args) < 5 {
		log.Fatal("usage: client ADDRESS TIER IDENTIFIER KEY EVENT...")
	}
	address, err := url.Parse(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	opts := socket.DefaultOptions()
	opts.SetPath(address.Path) // in the address itself it would be a namespace
	opts.SetTransports(types.NewSet(transports.WebSocket))
	opts.SetReconnectionDelay(100)
	opts.SetReconnectionDelayMax(200)
	c, err := socket.Connect("http://"+address.Host, opts)
	if err != nil {
		log.Fatal(err)
	}
	events := os.Args[5:]
	on := func(name string, f func(args ...any)) {
		if err := c.On(types.EventName(name), f); err != nil {
			log.Fatal(err)
		}
	}
	on("connect", func(...any) {
		err := c.Emit("authentication", object{
			"tier": os.Args[2], "username": os.Args[3], "password": os.Args[4], "events": events,
		})
		if err != nil {
			log.Fatal(err)
		}
	})
	on("connect_error", func(args ...any) { say(object{"connect_error": fmt.Sprint(args...)}) })
	on("disconnect", func(args ...any) { say(object{"disconnect": fmt.Sprint(args...)}) })
	on("authenticated", func(args ...any) { say(object{"authenticated": args}) })
	on("unauthorized", func(args ...any) { say(object{"unauthorized": args}) })
	for _, name := range events {
		on(name, func(args ...any) { say(object{"event": name, "data": args[0]}) })
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	c.Disconnect()
}
