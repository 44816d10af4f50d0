// Package wire is the protocol between a pool and its workers: the messages, the frames that carry them, and the bounds
// that both sides keep to.
package wire

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
)

// Protocol is the version of what host and worker say to each other. They are the same binary, so that a difference means
// that somebody started a worker by hand.
const Protocol = 5

// EnvWorker is the variable that marks the process of a worker.
const EnvWorker = "CRISPHOST_WORKER"

// LinkFD is the descriptor of a worker's end of the connection.
const LinkFD = 3

// FrameKind tells what a frame is.
type FrameKind byte

// The frames. Those above the line go to the worker, those below come from it.
const (
	FrameRun    FrameKind = 1 + iota // a script to run
	FrameStop                        // stop the script
	FrameAnswer                      // the answer of a call
	FrameWarm                        // do what a first run would have to do

	FrameHello   // the process is a worker
	FrameReady   // the worker has an engine
	FrameStarted // the script is compiled and starts
	FrameLine    // a line that the script printed or logged
	FrameAPI     // a call of Crisp's API
	FrameStore   // a call of the store
	FrameEvents  // a call about events
	FrameGiveUp  // nobody waits for the answer any more
	FrameAlive   // the worker still works
	FrameResult  // the script has ended
	frameEnd     // one above the last
)

// The bounds of a frame. A call's body is at most an answer of the client and its envelope.
const (
	maxHead = 16 << 20
	maxBody = 65 << 20
	// maxLineFrame is more than MaxLine and MaxFields take in JSON.
	maxLineFrame = 1 << 20
)

// frameHeader is the length of head and body (4 bytes each, big endian), the kind, and the number of the run
// and its call, which joins a call and its answer (8 bytes).
const frameHeader = 4 + 4 + 1 + 8

// RunShift is where a run's number begins in the numbers of its frames: below it are those of its calls. What a worker sends for
// an earlier run is thereby known.
const RunShift = 32

// Frame is a message: a head in JSON, and bytes that need no encoding. ID is the number of its run and call.
type Frame struct {
	Kind FrameKind
	ID   uint64
	Head []byte
	Body []byte
}

// Decode reads the head.
func (f *Frame) Decode(into any) error {
	if err := json.Unmarshal(f.Head, into); err != nil {
		return fmt.Errorf("a message of kind %d is not what it should be: %w", f.Kind, err)
	}
	return nil
}

// Link is one end of the connection between host and worker. Any goroutine may send, one receives.
type Link struct {
	conn net.Conn
	in   *bufio.Reader

	mu sync.Mutex // held while a frame is written
}

// NewLink returns the link over a connection.
func NewLink(conn net.Conn) *Link {
	return &Link{conn: conn, in: bufio.NewReaderSize(conn, 32<<10)}
}

// Send writes a frame. A nil head is an empty one. It fails with a *SizeError if the frame is too large.
func (l *Link) Send(kind FrameKind, id uint64, head any, body []byte) error {
	var encoded []byte
	if head != nil {
		var err error
		if encoded, err = json.Marshal(head); err != nil {
			return err
		}
	}
	if len(encoded) > maxHead || len(body) > maxBody {
		return &SizeError{size: len(encoded) + len(body)}
	}
	packet := make([]byte, frameHeader, frameHeader+len(encoded))
	binary.BigEndian.PutUint32(packet[0:], uint32(len(encoded)))
	binary.BigEndian.PutUint32(packet[4:], uint32(len(body)))
	packet[8] = byte(kind)
	binary.BigEndian.PutUint64(packet[9:], id)
	packet = append(packet, encoded...)
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(body) == 0 {
		_, err := l.conn.Write(packet)
		return err
	}
	buffers := net.Buffers{packet, body}
	_, err := buffers.WriteTo(l.conn)
	return err
}

// ErrSkipped is the error for which Receive passes over the content of a frame.
var ErrSkipped = errors.New("the message is not read")

// Receive reads a frame. io.EOF tells that the other side is gone. Room, if set, is asked before the content is read; when its error is
// ErrSkipped the frame comes without content, which is passed over, and with that error.
func (l *Link) Receive(room func(kind FrameKind, id uint64, size int64) error) (*Frame, error) {
	var header [frameHeader]byte
	if _, err := io.ReadFull(l.in, header[:]); err != nil {
		return nil, err
	}
	head, body := binary.BigEndian.Uint32(header[0:]), binary.BigEndian.Uint32(header[4:])
	f := &Frame{Kind: FrameKind(header[8]), ID: binary.BigEndian.Uint64(header[9:])}
	if f.Kind == 0 || f.Kind >= frameEnd || head > maxHead || body > maxBody || f.Kind == FrameLine && head+body > maxLineFrame {
		return nil, fmt.Errorf("%x is not the beginning of a message", header)
	}
	if room != nil {
		err := room(f.Kind, f.ID, int64(head)+int64(body))
		if errors.Is(err, ErrSkipped) {
			if _, failed := io.CopyN(io.Discard, l.in, int64(head)+int64(body)); failed != nil {
				return nil, midway(failed)
			}
		}
		if err != nil {
			return f, err
		}
	}
	data, err := readBytes(l.in, int64(head)+int64(body))
	if err != nil {
		return nil, err
	}
	f.Head, f.Body = data[:head:head], data[head:]
	return f, nil
}

// readBytes takes memory as the bytes come, not as a length promises.
func readBytes(r io.Reader, n int64) ([]byte, error) {
	const trusted = 1 << 20
	if n <= trusted {
		data := make([]byte, n)
		_, err := io.ReadFull(r, data)
		return data, midway(err)
	}
	data, err := io.ReadAll(io.LimitReader(r, n))
	if err == nil && int64(len(data)) < n {
		err = io.ErrUnexpectedEOF
	}
	return data, err
}

func midway(err error) error {
	if err == io.EOF { //nolint:errorlint // io.ReadFull returns it as it is
		return io.ErrUnexpectedEOF
	}
	return err
}

// SizeError is a message that is too large to send.
type SizeError struct{ size int }

func (e *SizeError) Error() string {
	return fmt.Sprintf("%d MiB are more than a script may send at once", e.size>>20)
}
