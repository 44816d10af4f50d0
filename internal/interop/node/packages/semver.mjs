import semver from "semver";
console.log(semver.satisfies("1.4.2", "^1.2"), semver.inc("1.2.3", "minor"), JSON.stringify(semver.sort(["2.0.0", "1.10.0", "1.9.0"])));
