// Listens with the official client: over RTM, or by web hooks that it receives on a server of its own. Prints a line when
// it is ready, and one for each event that a listener was called with.
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { connect, print, readInput } from "./client.mjs";

const { tier, mode, events, secret, verify, stop } = await readInput();
const crisp = connect({ tier });
crisp.setRtmMode(mode);

// The first promise is settled by the connection, before anything came over it.
const bound = [];
const connecting = [];
for (const event of events) {
  try {
    connecting.push(crisp.on(event, (data) => {
      print({ event, data });
      if (event === stop) process.exit(0);
    }));
    bound.push(event);
  } catch (error) {
    print({ refused: event, message: error.message });
  }
}
await Promise.all(connecting);

// withoutBrackets verifies as the client does, but for the brackets around what is signed.
function withoutBrackets(body, timestamp, signature) {
  return createHmac("sha256", secret).update(`${timestamp};${JSON.stringify(body)}`).digest("hex") === signature;
}

if (mode === "webhooks") {
  const server = createServer(async (request, response) => {
    let text = "";
    request.setEncoding("utf8");
    for await (const chunk of request) text += chunk;
    const body = JSON.parse(text);
    const { "x-crisp-request-timestamp": timestamp, "x-crisp-signature": signature } = request.headers;
    const verified = verify === "without brackets"
      ? withoutBrackets(body, timestamp, signature)
      : crisp.verifyHook(secret, body, timestamp, signature);
    response.statusCode = 200;
    response.end();
    if (verified) {
      crisp.receiveHook(body);
    } else {
      print({ unverified: body.event });
      if (body.event === stop) process.exit(0);
    }
  });
  server.listen(0, "127.0.0.1", () => print({ ready: `http://127.0.0.1:${server.address().port}/`, bound }));
} else {
  crisp._socket.on("authenticated", () => print({ ready: "authenticated", bound }));
  // It waits for 5 to 10 seconds before it comes back, which is longer than a test may take.
  crisp._socket.io.reconnectionDelay(50).reconnectionDelayMax(50);
  crisp._socket.on("disconnect", (reason) => print({ disconnected: reason }));
}
