/**
 * Creates and updates people from a CSV file with the columns email, name, company, plan.
 *   crisphost run sync-people.ts -- customers.csv
 *   crisphost run sync-people.ts -- - < customers.csv
 * A profile that is there keeps what the file does not name.
 * @timeout 30m
 * @permissions people:read people:write files:read
 */

interface Row { email: string; name: string; company?: string; plan?: string }
type Outcome = "created" | "updated" | "skipped" | "failed";

const file: string | undefined = args[0];
if (!file) throw new Error("which file? crisphost run sync-people.ts -- customers.csv");
const rows: Row[] = csv.parse(await files.read(file));

// sync brings one person up to date, and tells what it did.
async function sync(row: Row): Promise<Outcome> {
  if (!row.email.includes("@")) return "skipped";
  const profile: any = { email: row.email, person: { nickname: row.name } };
  if (row.company) profile.company = { name: row.company };
  let done: Outcome = "created";
  try {
    await crisp.people.create(profile);
  } catch (error) {
    if (error.reason !== "people_email_exists") throw error;
    await crisp.people.update(row.email, profile);
    done = "updated";
  }
  if (row.plan) await crisp.people.data.update(row.email, { data: { plan: row.plan } });
  return done;
}

const counts: Record<Outcome, number> = { created: 0, updated: 0, skipped: 0, failed: 0 };
const outcomes: Outcome[] = await map(rows, async (row: Row) => {
  try {
    return await sync(row);
  } catch (error) {
    log.error("could not sync", { email: row.email, reason: String(error) });
    return "failed";
  }
}, 4);
for (const outcome of outcomes) counts[outcome]++;

console.log(`${counts.created} created, ${counts.updated} updated, ${counts.skipped} skipped, ${counts.failed} failed`);
if (counts.failed > 0) throw new Error("some people could not be synced");
