// The official client, pointed at the server that the Go test runs.
import { Crisp } from "crisp-api";

// connect makes a client from CRISP_HOST (scheme and authority; the client adds /v1/ by itself). A tier of undefined
// keeps the client's own default.
export function connect({ tier, identifier = "sandbox", key = "sandbox" } = {}) {
  const crisp = new Crisp();
  crisp.setRestHost(process.env.CRISP_HOST);
  if (tier) {
    crisp.authenticateTier(tier, identifier, key);
  } else {
    crisp.authenticate(identifier, key);
  }
  return crisp;
}

// readInput parses the JSON that the test wrote to standard input.
export async function readInput() {
  let text = "";
  process.stdin.setEncoding("utf8");
  for await (const chunk of process.stdin) text += chunk;
  return JSON.parse(text);
}

// print hands one JSON line to the test.
export function print(line) {
  process.stdout.write(JSON.stringify(line) + "\n");
}

// methodOf finds a method of client.website, or of the resource before a dot.
export function methodOf(crisp, name) {
  const [method, resource = "website"] = name.split(".").reverse();
  if (typeof crisp[resource][method] !== "function") throw new Error(`client.${resource}.${method} is missing`);
  return crisp[resource][method];
}
