import superjson from "superjson";
const text = superjson.stringify({ at: new Date(0), set: new Set([1]), none: undefined });
console.log(text, superjson.parse(text).at.getTime());
