// Listens with version 2 of socket.io-client, which speaks Engine.IO 3, as the official client for Go does. Prints what
// rtm.mjs prints.
import io from "socket.io-client-2";
import { print, readInput } from "./client.mjs";

const { host, tier, key, events } = await readInput();
const answer = await fetch(`${host}/v1/${tier}/connect/endpoints`, {
  headers: { Authorization: `Basic ${btoa(`sandbox:${key}`)}`, "X-Crisp-Tier": tier },
});
const address = new URL((await answer.json()).data.socket.app);
const socket = io(address.origin, {
  path: address.pathname, transports: ["websocket"], reconnectionDelay: 50, reconnectionDelayMax: 50,
});
socket.on("connect", () => socket.emit("authentication", { username: "sandbox", password: key, tier, events }));
socket.on("authenticated", () => print({ ready: "authenticated", bound: events }));
socket.on("unauthorized", (data) => print({ unauthorized: data.message }));
socket.on("disconnect", (reason) => print({ disconnected: reason }));
for (const event of events) socket.on(event, (data) => print({ event, data }));
