import Big from "big.js";
console.log(new Big("0.1").plus("0.2").toString(), new Big(2).div(3).toFixed(5), new Big("1e21").toString());
