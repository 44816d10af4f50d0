// Who is on the website now. (tier: user)
const visitors = crisp.visitors;
const count = await visitors.count();
const list = await visitors.list();
console.log(count.count === list.length, count.active <= count.count, count.limited);
let streamed = 0;
for await (const visitor of visitors.each({ limit: 3 })) {
  if (visitor.session_id !== list[streamed++].session_id) console.log("another order");
}
console.log(streamed);
const points = await visitors.map();
console.log(points.length > 0, typeof points[0].geolocation.country, (await visitors.map({ center_longitude: 0, latitude: 0, radius: 1 })).length);
const session = list[0].session_id;
console.log((await visitors.tokens.get(session.replace(/^session_/, ""))).session_id === session);

const blocked = await visitors.blocked.list();
const rule = Array.isArray(blocked.rule) ? blocked.rule[0] : blocked.rule;
console.log(blocked.blocked > 0, (await visitors.blocked.get(rule)) > 0);
await visitors.blocked.delete(rule);
console.log(await visitors.blocked.get(rule));
