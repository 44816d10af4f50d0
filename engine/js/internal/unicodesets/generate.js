// Writes tables.bin beside it: the code points of each set in names.txt, by Node's own tables. Run it with a Node of the Unicode
// version to have: node generate.js
const fs = require("fs");
const path = require("path");

const end = 0x110000;
const texts = Array.from({ length: end }, (_, c) => String.fromCodePoint(c));

// ranges are the first and one past the last code points of the ranges that a property has.
function ranges(property) {
  const re = new RegExp(`^\\p{${property}}$`, "u");
  const list = [];
  let inside = false;
  for (let c = 0; c <= end; c++) {
    const matches = c < end && re.test(texts[c]);
    if (matches !== inside) list.push(c);
    inside = matches;
  }
  return list;
}

const bytes = [];
function uvarint(n) {
  for (; n > 127; n = Math.floor(n / 128)) bytes.push((n % 128) + 128);
  bytes.push(n);
}

function write(list) {
  uvarint(list.length);
  let last = 0;
  for (const c of list) {
    uvarint(c - last);
    last = c;
  }
}

for (const line of fs.readFileSync(path.join(__dirname, "names.txt"), "utf8").trim().split("\n")) {
  const [kind, name] = line.split(" ");
  if (kind === "bin") write(ranges(name));
  if (kind === "gc") write(ranges(`gc=${name}`));
  if (kind === "sc") {
    const script = ranges(`sc=${name}`), extensions = ranges(`scx=${name}`);
    write(script);
    // An empty list is that of the script itself.
    write(String(script) === String(extensions) ? [] : extensions);
  }
}
fs.writeFileSync(path.join(__dirname, "tables.bin"), Uint8Array.from(bytes));
console.log(`Unicode ${process.versions.unicode}: ${bytes.length} bytes`);
