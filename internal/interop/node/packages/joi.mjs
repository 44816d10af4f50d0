import Joi from "joi";
const schema = Joi.object({ name: Joi.string().min(2).required(), age: Joi.number().integer() });
console.log(schema.validate({ name: "Ada", age: "3" }).value.age, schema.validate({ name: "A" }).error.message);
