import { object, string, number } from "yup";
const schema = object({ name: string().required(), age: number().min(0) });
console.log(JSON.stringify(await schema.validate({ name: "Ada", age: "3" })), await schema.validate({ age: -1 }, { abortEarly: false }).catch((e) => JSON.stringify(e.errors)));
