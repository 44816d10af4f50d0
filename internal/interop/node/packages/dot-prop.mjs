import { getProperty, setProperty } from "dot-prop";
console.log(getProperty({ a: { b: [1, 2] } }, "a.b[1]"), JSON.stringify(setProperty({}, "x.y", 1)));
