import { z } from "zod";
const schema = z.object({ name: z.string().min(2), tags: z.array(z.string()).default([]) });
console.log(JSON.stringify(schema.parse({ name: "Ada" })), schema.safeParse({ name: "A" }).error.issues[0].code);
