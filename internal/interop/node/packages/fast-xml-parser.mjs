import { XMLParser, XMLBuilder } from "fast-xml-parser";
const parsed = new XMLParser({ ignoreAttributes: false }).parse('<a x="1"><b>two</b><b>3</b></a>');
console.log(JSON.stringify(parsed), new XMLBuilder({}).build({ a: { b: ["two", 3] } }));
