// Lists the methods of the official client's resources that correspond to the operations of package spec.
import { createRequire } from "node:module";
import { connect, methodOf, print } from "./client.mjs";

const require = createRequire(import.meta.url);
const crisp = connect();

// What the description leaves out so far: the bills of a plugin, and the proof that a request is its own.
const without = ["plugin.getPluginUsageBills", "plugin.reportPluginUsageToBill", "plugin.getPluginAttestProvenance"];

for (const [prefix, names] of Object.entries({
  "": ["Base", "Settings", "Availability", "Operator", "Conversation", "People", "Visitors", "Connect"].map((n) => `Website${n}`),
  "plugin.": ["PluginConnect", "PluginSubscription"],
  "bucket.": ["BucketURL"],
  "media.": ["MediaAnimation"],
})) {
  for (const name of names) {
    const path = require.resolve("crisp-api").replace(/crisp\.js$/, `resources/${name}.js`);
    for (const method of Object.getOwnPropertyNames(require(path).default.prototype)) {
      if (method === "constructor") continue;
      methodOf(crisp, prefix + method);
      if (!without.includes(prefix + method)) print(prefix + method);
    }
  }
}
