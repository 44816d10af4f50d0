import { ulid, decodeTime } from "ulid";
console.log(ulid(1700000000000).length, decodeTime(ulid(1700000000000)), ulid(1).slice(0, 10));
