import Ajv from "ajv";
const validate = new Ajv({ allErrors: true }).compile({ type: "object", properties: { age: { type: "integer", minimum: 0 } }, required: ["name"] });
console.log(validate({ name: "Ada", age: 3 }), validate({ age: -1 }), JSON.stringify(validate.errors.map((e) => e.message)));
