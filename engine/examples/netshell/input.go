package main

import (
	"bytes"
	"io"
	"net"
)

// ctrlC is what a client sends to stop what runs. `nc` does not; a terminal in raw mode does.
const ctrlC = 0x03

// maxAhead bounds what a client may send while an entry runs, in reads.
const maxAhead = 1024

// input reads a client's connection all the time, so that Ctrl-C arrives while an entry runs.
type input struct {
	// shell is what the shell reads. It can tell what was typed ahead of a question.
	shell net.Conn
	// interrupt has a place for one Ctrl-C.
	interrupt chan struct{}
}

// newInput starts to read. It calls ended when the client has gone, or sends more than anybody types.
func newInput(client io.Reader, ended func()) *input {
	shell, typed := net.Pipe()
	in := &input{shell: shell, interrupt: make(chan struct{}, 1)}
	ahead := make(chan []byte, maxAhead)
	go func() {
		defer close(ahead)
		defer ended()
		for {
			data := make([]byte, 4096)
			n, err := client.Read(data)
			if err != nil {
				return
			}
			data = data[:n]
			if i := bytes.LastIndexByte(data, ctrlC); i >= 0 {
				data = data[i+1:]
				in.stop(ahead)
			}
			select {
			case ahead <- data:
			default:
				return
			}
		}
	}()
	go func() {
		defer typed.Close()
		for data := range ahead {
			if _, err := typed.Write(data); err != nil {
				return
			}
		}
	}()
	return in
}

// stop interrupts what runs, and drops what was typed before.
func (in *input) stop(ahead <-chan []byte) {
	for len(ahead) > 0 {
		select {
		case <-ahead:
		default:
		}
	}
	select {
	case in.interrupt <- struct{}{}:
	default: // pressed before
	}
}
