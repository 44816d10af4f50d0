//go:build unix

package worker

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"sync"
)

// protocol is the version of what host and worker say to each other. They are the same binary, so that a difference means
// that somebody started a worker by hand.
const protocol = 4

// frameKind tells what a frame is.
type frameKind byte

// The frames. Those above the line go to the worker, those below come from it.
const (
	frameRun    frameKind = 1 + iota // a script to run
	frameStop                        // stop the script
	frameAnswer                      // the answer of a call
	frameWarm                        // do what a first run would have to do

	frameHello   // the process is a worker
	frameReady   // the worker has an engine
	frameStarted // the script is compiled and starts
	frameLine    // a line that the script printed or logged
	frameAPI     // a call of Crisp's API
	frameStore   // a call of the store
	frameGiveUp  // nobody waits for the answer any more
	frameAlive   // the worker still works
	frameResult  // the script has ended
	frameEnd     // one above the last
)

// The bounds of a frame. A call's body is at most an answer of the client and its envelope.
const (
	maxHead = 16 << 20
	maxBody = 65 << 20
)

// frameHeader is the length of head and body (4 bytes each, big endian), the kind, and the number of the run
// and its call, which joins a call and its answer (8 bytes).
const frameHeader = 4 + 4 + 1 + 8

// runShift is where a run's number begins in the numbers of its frames: below it are those of its calls. What a worker sends for
// an earlier run is thereby known.
const runShift = 32

// frame is a message: a head in JSON, and bytes that need no encoding.
type frame struct {
	kind frameKind
	id   uint64
	head []byte
	body []byte
}

// decode reads the head.
func (f *frame) decode(into any) error {
	if err := json.Unmarshal(f.head, into); err != nil {
		return fmt.Errorf("a message of kind %d is not what it should be: %w", f.kind, err)
	}
	return nil
}

// link is one end of the connection between host and worker. Any goroutine may send, one receives.
type link struct {
	conn net.Conn
	in   *bufio.Reader

	mu sync.Mutex // held while a frame is written
}

func newLink(conn net.Conn) *link {
	return &link{conn: conn, in: bufio.NewReaderSize(conn, 32<<10)}
}

// send writes a frame. A nil head is an empty one.
func (l *link) send(kind frameKind, id uint64, head any, body []byte) error {
	var encoded []byte
	if head != nil {
		var err error
		if encoded, err = json.Marshal(head); err != nil {
			return err
		}
	}
	if len(encoded) > maxHead || len(body) > maxBody {
		return &sizeError{size: len(encoded) + len(body)}
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

// receive reads a frame. io.EOF tells that the other side is gone.
func (l *link) receive() (*frame, error) {
	var header [frameHeader]byte
	if _, err := io.ReadFull(l.in, header[:]); err != nil {
		return nil, err
	}
	head, body := binary.BigEndian.Uint32(header[0:]), binary.BigEndian.Uint32(header[4:])
	f := &frame{kind: frameKind(header[8]), id: binary.BigEndian.Uint64(header[9:])}
	if f.kind == 0 || f.kind >= frameEnd || head > maxHead || body > maxBody {
		return nil, fmt.Errorf("%x is not the beginning of a message", header)
	}
	data, err := readBytes(l.in, int64(head)+int64(body))
	if err != nil {
		return nil, err
	}
	f.head, f.body = data[:head:head], data[head:]
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

// sizeError is a message that is too large to send.
type sizeError struct{ size int }

func (e *sizeError) Error() string {
	return fmt.Sprintf("%d MiB are more than a script may send at once", e.size>>20)
}
