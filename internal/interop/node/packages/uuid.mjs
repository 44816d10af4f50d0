import { v4, v5, validate } from "uuid";
console.log(validate(v4()), v5("crisp", v5.URL));
