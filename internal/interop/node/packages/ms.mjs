import ms from "ms";
console.log(ms("2 days"), ms(60000), ms(7200000, { long: true }));
