import _ from "lodash";
console.log(JSON.stringify(_.groupBy([1, 2, 3], (n) => n % 2)), _.startCase("foo bar"), JSON.stringify(_.chunk([1, 2, 3], 2)), _.get({ a: [{ b: 1 }] }, "a[0].b"));
