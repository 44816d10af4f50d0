import JSON5 from "json5";
console.log(JSON.stringify(JSON5.parse("{a: 'x', /* c */ b: [1, 2,],}")), JSON5.stringify({ a: 1 }));
