// "csv-stringify/browser/esm/sync": the entry for Node needs Buffer. The host's module csv does the same.
import { stringify } from "csv-stringify/browser/esm/sync";
console.log(stringify([["a", "b"], [1, 'x, "y"']]));
