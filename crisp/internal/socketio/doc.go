// Package socketio reads and writes the part of Engine.IO 3 and 4 and of Socket.IO 5 that Crisp's RTM uses, on both
// ends of a connection. It does no I/O.
//
// A WebSocket text frame is an Engine.IO packet: a byte that names its type, then its data. The data of a [Message] is
// a Socket.IO [Packet], and WebSocket binary frames are the attachments of the packet before them:
//
//	0{"sid":"BOWW","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}
//	40
//	42["message:send",{"content":"Hello?"}]
//	451-["file",{"_placeholder":true,"num":0}]
package socketio

// Types of Engine.IO packets, the first byte of a text frame.
const (
	Open    = '0'
	Close   = '1'
	Ping    = '2'
	Pong    = '3'
	Message = '4'
	Noop    = '6'
)

// Types of Socket.IO packets, the first byte of the data of a [Message].
const (
	Connect      = '0'
	Disconnect   = '1'
	Event        = '2'
	Ack          = '3'
	ConnectError = '4'
	BinaryEvent  = '5'
	BinaryAck    = '6'
)

// Events that Crisp's RTM gives a meaning of its own. Clients send those with a verb, the server the others.
const (
	EventAuthentication = "authentication"
	EventAuthenticated  = "authenticated"
	EventUnauthorized   = "unauthorized"
	EventBind           = "socket:bind"
	EventBindPush       = "socket:bind:push"
	EventBindPop        = "socket:bind:pop"
)

// MaxAttachments is how many attachments a packet may have, as in npm's socket.io-parser.
const MaxAttachments = 10
