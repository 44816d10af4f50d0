import Fuse from "fuse.js";
const fuse = new Fuse([{ name: "Refund request" }, { name: "Login problem" }], { keys: ["name"] });
console.log(JSON.stringify(fuse.search("refnd").map((r) => r.item.name)));
