import { colord } from "colord";
console.log(colord("#ff8000").toHslString(), colord("red").lighten(0.2).toHex());
