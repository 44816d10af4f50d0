// Lists the methods of the official client's resources that correspond to the operations of package spec.
import { createRequire } from "node:module";
import { connect, print } from "./client.mjs";

const require = createRequire(import.meta.url);
const website = connect().website;

for (const name of ["Base", "Settings", "Availability", "Operator", "Conversation", "People", "Visitors"]) {
  const path = require.resolve("crisp-api").replace(/crisp\.js$/, `resources/Website${name}.js`);
  for (const method of Object.getOwnPropertyNames(require(path).default.prototype)) {
    if (method === "constructor") continue;
    if (typeof website[method] !== "function") throw new Error(`client.website.${method} is missing`);
    print(method);
  }
}
