import { minimatch } from "minimatch";
console.log(minimatch("src/a/b.ts", "src/**/*.ts"), minimatch("a.js", "*.{ts,tsx}"));
