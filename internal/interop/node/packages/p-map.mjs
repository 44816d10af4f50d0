import pMap from "p-map";
console.log(JSON.stringify(await pMap([1, 2, 3], async (n) => n * 2, { concurrency: 2 })));
