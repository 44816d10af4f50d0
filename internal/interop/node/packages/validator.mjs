import validator from "validator";
console.log(validator.isEmail("a@b.example"), validator.isEmail("a@"), validator.isURL("https://x.example/y"), validator.escape("<b>"), validator.isMobilePhone("+491701234567", "de-DE"));
