// "csv-parse/browser/esm/sync": the entry for Node needs Buffer. The host's module csv does the same.
import { parse } from "csv-parse/browser/esm/sync";
console.log(JSON.stringify(parse('a,b\n1,"x, y"\n', { columns: true })));
