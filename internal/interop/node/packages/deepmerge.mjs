import deepmerge from "deepmerge";
console.log(JSON.stringify(deepmerge({ a: { b: 1 }, l: [1] }, { a: { c: 2 }, l: [2] })));
