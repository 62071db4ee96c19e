// The official Node client against the face. Prints a line of JSON for each case: {"case": …, "failure": null | text}.
// node client.mjs <folder of node_modules> <connection string> <names of cases>…
// The cases are in client.cases.mjs and client.access.mjs; each has streams of its own.
import { createRequire } from "node:module";
import { join } from "node:path";

const [modules, address, ...names] = process.argv.slice(2);
const kurrent = createRequire(join(modules, "/"))("@kurrent/kurrentdb-client");
const cases = { ...(await import("./client.cases.mjs")).cases(kurrent), ...(await import("./client.access.mjs")).cases(kurrent) };

for (const name of names) {
  const client = kurrent.KurrentDBClient.connectionString(address);
  let failure = null;
  let timer;
  try {
    const timeout = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error("took longer than 30 s")), 30_000)));
    await Promise.race([cases[name](client, address), timeout]);
  } catch (error) {
    failure = error.stack ?? String(error);
  }

  clearTimeout(timer);
  await client.dispose();
  console.log(JSON.stringify({ case: name, failure }));
}

process.exit(0);
