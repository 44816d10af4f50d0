import clsx from "clsx";
console.log(clsx("a", { b: true, c: false }, ["d", null]));
