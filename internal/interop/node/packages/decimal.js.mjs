import Decimal from "decimal.js";
console.log(new Decimal(2).sqrt().toString(), Decimal.pow(2, 100).toFixed());
