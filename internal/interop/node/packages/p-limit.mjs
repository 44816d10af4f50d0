import pLimit from "p-limit";
const limit = pLimit(2);
let going = 0, most = 0;
const work = (n) => limit(async () => { most = Math.max(most, ++going); await new Promise((r) => setTimeout(r, 5)); going--; return n; });
console.log(JSON.stringify(await Promise.all([1, 2, 3, 4].map(work))), most);
