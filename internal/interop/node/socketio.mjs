// Serves events with npm's socket.io, as Crisp's RTM does, for the tests of our client. Arguments: the port and the times of the
// heartbeat in milliseconds. Each line of standard input is a command, and each line of standard output something that happened, both
// in JSON; testdata of the Go server beside it does the same.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { Server } from "socket.io";

const [port, pingInterval, pingTimeout] = process.argv.slice(2).map(Number);
const print = (value) => process.stdout.write(JSON.stringify(value) + "\n");

const http = createServer();
const io = new Server(http, { path: "/w1/b1/", transports: ["websocket"], pingInterval, pingTimeout });
let heartbeats = 0;
let socket;

io.on("connection", (connected) => {
  connected.conn.on("heartbeat", () => (heartbeats += 1));
  connected.on("disconnect", (reason) => print({ disconnect: reason }));
  connected.on("authentication", ({ tier, username, password, events }) => {
    if (password !== "good") {
      connected.emit("unauthorized", { message: "invalid credentials" });
      return;
    }
    socket = connected;
    connected.emit("authenticated", true);
    print({ authentication: { tier, username, events } });
  });
  connected.on("socket:bind", ({ events }) => print({ bind: events }));
});

const commands = {
  emit({ name, count }) {
    for (let n = 0; n < count; n += 1) socket.emit(name, { website_id: "w1", n });
  },
  binary({ name }) {
    socket.emit(name, { website_id: "w1", file: Buffer.from([1, 2, 3, 255]), more: [Buffer.from("x")] });
  },
  acknowledged({ name }) {
    socket.emit(name, { website_id: "w1", n: 0 }, () => {});
  },
  heartbeats: () => print({ heartbeats }),
};

createInterface({ input: process.stdin }).on("line", (line) => {
  const { command, ...rest } = JSON.parse(line);
  commands[command](rest);
});
process.stdin.on("close", () => process.exit());

http.listen(port, "127.0.0.1", () => print({ port: http.address().port }));
