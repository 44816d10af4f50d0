import { parse, stringify } from "yaml";
console.log(JSON.stringify(parse("a: [1, two]\nb: {c: true}\n")), stringify({ x: { y: [1, "2"] } }));
