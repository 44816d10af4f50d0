import { parsePhoneNumber, isValidPhoneNumber } from "libphonenumber-js";
const n = parsePhoneNumber("030 123456", "DE");
console.log(n.number, n.formatInternational(), isValidPhoneNumber("12", "DE"));
