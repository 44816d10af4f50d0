import * as R from "ramda";
console.log(R.pipe(R.filter((n) => n % 2), R.map(R.multiply(3)), R.sum)([1, 2, 3]), JSON.stringify(R.groupBy(R.length, ["a", "bb", "c"])), JSON.stringify(R.assocPath(["a", "b"], 1, {})));
