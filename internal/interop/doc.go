// Package interop holds tests only: it compares package crisp and its sandbox with Crisp's official client for node
// (npm crisp-api), the nearest thing to a reference that can run offline.
//
//   - The wire test lets both clients make every call that both have, against a recording server, and compares the
//     requests. Each difference has a reason in a table.
//   - The story tests let the official client drive the sandbox through every operation that it knows, and compare
//     what it hands to its caller with testdata/.
//   - The RTM tests connect our client with the Socket.IO servers of others: npm's, and one for Go.
//   - The events tests let the official client, python-socketio, npm's client of Engine.IO 3 and one for Go listen to the sandbox
//     over RTM, and the official client by web hooks, whose signatures it verifies.
//   - The dates test runs npm's libraries for dates in the script engine and in node.
//
// They need node 18 or later and the packages of node/package-lock.json (cd node && npm ci), and skip with a message
// without them, unless the environment variable CRISPHOST_TEST_REQUIRE lists "node": then they fail. Likewise
// "gosocketio" stands for the programs of the module gosocketio, which the tests build, and "python-socketio" for Debian's
// packages python3-socketio and python3-websocket.
package interop
