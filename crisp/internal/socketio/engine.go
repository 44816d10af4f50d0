package socketio

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// OpenPacket is the data of the packet that a server opens a connection with.
type OpenPacket struct {
	SID string `json:"sid"`
	// Upgrades are the transports that the connection can change to. It must not be nil, which clients in JavaScript do
	// not expect.
	Upgrades []string `json:"upgrades"`
	// PingInterval and PingTimeout are in milliseconds.
	PingInterval int64 `json:"pingInterval"`
	PingTimeout  int64 `json:"pingTimeout"`
	// MaxPayload is the size in bytes of the largest message that the server takes. Engine.IO 3 does not announce it.
	MaxPayload int64 `json:"maxPayload,omitempty"`
}

// longestPing keeps sums of durations far from their overflow.
const longestPing = int64(24 * time.Hour / time.Millisecond)

// DecodeOpen reads the data of an [Open] packet. It fails when the packet is not one that a connection can go by.
func DecodeOpen(data []byte) (OpenPacket, error) {
	var p OpenPacket
	if err := json.Unmarshal(data, &p); err != nil {
		return p, fmt.Errorf("the open packet is not the JSON that it should be: %w", err)
	}
	switch {
	case p.SID == "":
		return p, errors.New("the open packet has no sid")
	case p.PingInterval <= 0 || p.PingTimeout <= 0 || p.PingInterval > longestPing || p.PingTimeout > longestPing:
		return p, fmt.Errorf("the open packet has no usable times: pingInterval %d, pingTimeout %d",
			p.PingInterval, p.PingTimeout)
	}
	return p, nil
}

// Append appends the whole frame: the type [Open] and the data.
func (p OpenPacket) Append(b []byte) []byte {
	if p.Upgrades == nil {
		p.Upgrades = []string{}
	}
	data, err := json.Marshal(p)
	if err != nil {
		panic(err) // strings and numbers always have a JSON form
	}
	return append(append(b, Open), data...)
}

// Silence is how long the other end may send nothing before it counts as dead.
func (p OpenPacket) Silence() time.Duration {
	return time.Duration(p.PingInterval+p.PingTimeout) * time.Millisecond
}

// WSURL returns the WebSocket address of the server at an address that discovery gave: of its host and path, without
// its query, as Crisp's own client does. It fails for an address that is not an absolute one of HTTP or WebSocket.
func WSURL(app string, eio int) (string, error) {
	u, err := url.Parse(app)
	if err != nil {
		return "", fmt.Errorf("the address %q cannot be read", app)
	}
	switch u.Scheme {
	case "http", "ws":
		u.Scheme = "ws"
	case "https", "wss":
		u.Scheme = "wss"
	default:
		return "", fmt.Errorf("the address %q is not one of http, https, ws or wss", app)
	}
	if u.Hostname() == "" {
		return "", fmt.Errorf("the address %q names no host", app)
	}
	path := strings.TrimRight(u.EscapedPath(), "/") + "/"
	query := "?EIO=" + strconv.Itoa(eio) + "&transport=websocket"
	return (&url.URL{Scheme: u.Scheme, Host: u.Host}).String() + path + query, nil
}
