import { load, dump } from "js-yaml";
console.log(JSON.stringify(load("a: [1, two]\nb:\n  c: true\n")), dump({ x: { y: [1, "2"] } }));
