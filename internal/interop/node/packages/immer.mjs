import { produce } from "immer";
const base = { list: [{ done: false }], other: {} };
const next = produce(base, (draft) => { draft.list[0].done = true; draft.list.push({ done: false }); });
console.log(JSON.stringify(next), base.other === next.other, base.list[0].done, Object.isFrozen(next));
