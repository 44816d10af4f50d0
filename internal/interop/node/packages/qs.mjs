import qs from "qs";
console.log(qs.stringify({ a: [1, 2], b: { c: "x y" } }, { encodeValuesOnly: true }), JSON.stringify(qs.parse("a[]=1&a[]=2&b[c]=d")));
