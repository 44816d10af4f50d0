import { EventEmitter } from "eventemitter3";
const e = new EventEmitter();
e.once("x", (v) => console.log("got", v));
console.log(e.emit("x", 1), e.emit("x", 2));
