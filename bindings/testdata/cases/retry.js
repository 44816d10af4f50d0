// retry repeats what fails, as often as it is told. (tier: user)
const fails = (n, error) => (attempt) => {
  if (attempt <= n) throw error;
  return "attempt " + attempt;
};
const busy = Object.assign(new Error("busy"), { status: 503, reason: "unavailable" });
const gone = Object.assign(new Error("gone"), { status: 404, reason: "not_found" });
const told = async (fn, options) => {
  try {
    console.log(await retry(fn, options));
  } catch (e) {
    console.log("error " + (e instanceof TypeError ? "in the options" : e.message));
  }
};
await told(fails(2, busy), { delay: 1 });
await told(fails(9, busy), { delay: 1, times: 3 });
await told(fails(1, gone), { delay: 1 });
await told(fails(1, gone), { delay: 1, on: 404 });
await told(fails(1, gone), { delay: 1, on: "not_found" });
await told(fails(1, gone), { delay: 1, on: [500, "not_found"] });
await told(fails(1, busy), { delay: 1, on: [] });
await told(fails(3, gone), { delay: 1, on: (e, attempt) => e.status === 404 && attempt < 3 });
await told(async () => (await crisp.people.list({ limit: 2 })).length);
let calls = 0;
await told(async () => { calls++; await crisp.people.get("00000000-0000-4000-8000-000000000000"); }, { delay: 1, on: 404, times: 2 });
console.log(calls);
for (const options of [{ time: 3 }, { times: 0 }, { on: true }, { delay: -1 }, 3]) await told(() => 1, options).then(() => 0);
