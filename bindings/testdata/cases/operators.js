// The team. (tier: user)
const operators = crisp.websites.operators;
const list = await operators.list();
const second = list[1].details.user_id;
console.log(list.length, (await operators.get(second)).first_name);
await operators.update(second, { title: "Gardener" });
console.log((await operators.get(second)).title);
await operators.invite({ email: "new@fernleaf.example", role: "member", verify: { method: "password", secret: "sandbox" } });
await operators.email({ recipient: "user", user_id: second, subject: "Hello", message: "Welcome to the garden" });
await operators.delete(second);
console.log((await operators.get(second).catch((err) => err)).status);
console.log((await operators.active.list()).length > 0);
await operators.active.delete();
console.log((await operators.active.list()).length);
