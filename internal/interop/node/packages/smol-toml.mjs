import { parse, stringify } from "smol-toml";
console.log(JSON.stringify(parse('a = 1\n[s]\nb = ["x"]\n')), stringify({ t: { k: "v" } }));
