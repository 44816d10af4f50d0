// Drives the sandbox with the official client. Every step prints what the client handed to its caller; the Go test
// compares the lines with testdata/. The last line lists the methods that were called with success.
import { connect, print, readInput } from "./client.mjs";

const { story } = await readInput();
const driven = new Set();

// noting is a resource of the client whose methods are noted when they succeed.
function noting(resource, prefix) {
  return new Proxy(resource, {
    get: (target, name) => async (...args) => {
      const data = await target[name](...args);
      driven.add(prefix + name);
      return data;
    },
  });
}

const others = ["plugin", "bucket", "media"];

// website is client.website for a tier, and the other resources beside it.
function website(tier, credentials) {
  const crisp = connect({ tier, ...credentials });
  return { methods: noting(crisp.website, ""), ...Object.fromEntries(others.map((name) => [name, noting(crisp[name], `${name}.`)])), crisp };
}

// step prints one line and answers what the call resolved to. A rejection by the client is a result like any other;
// every other exception is a mistake in the story and ends the program.
async function step(title, call, show = (data) => data) {
  let data;
  try {
    data = await call();
  } catch (error) {
    if (typeof error?.code !== "number") throw error;
    // What the sandbox says beyond the API's word is for people to read, and not compared.
    const explained = error.data.message !== `Got response error: ${error.message}`;
    print({ step: title, error: { code: error.code, message: error.message, explained } });
    return undefined;
  }
  print({ step: title, data: show(data) });
  return data;
}

const { default: tell } = await import(`./stories/${story}.mjs`);
await tell({ website, step });
print({ driven: [...driven].sort() });
