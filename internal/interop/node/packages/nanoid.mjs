import { nanoid, customAlphabet } from "nanoid";
console.log(nanoid().length, /^[ab]{5}$/.test(customAlphabet("ab", 5)()), nanoid() !== nanoid());
