// Makes the calls of the wire test, one after the other. Before each it tells the recording server which case follows,
// so that a call that sends no request, or several, is noticed.
import { connect, methodOf, print, readInput } from "./client.mjs";

const { tier, cases } = await readInput();
const crisp = connect({ tier });

for (const { name, method, args } of cases) {
  await fetch(`${process.env.CRISP_HOST}/begin?case=${encodeURIComponent(name)}`, { method: "POST" });
  try {
    await methodOf(crisp, method)(...(args ?? []));
    print({ name, ok: true });
  } catch (error) {
    print({ name, ok: false, error });
  }
}
