// Who may do what; against a face with TLS and these credentials. The client sends none without TLS.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

const writer = { username: "writer", password: "w:säcret,=" };
const reader = { username: "reader", password: "r-secret" };
const stranger = { username: "writer", password: "guess" };

export function cases({ jsonEvent, KurrentDBClient }) {
  const event = () => jsonEvent({ type: "seen", data: {} });

  async function count(client, name, credentials) {
    let found = 0;
    for await (const _ of client.readStream(name, { credentials })) found++;
    return found;
  }

  async function denied(promise) {
    const error = await promise.then(() => null, (e) => e);
    assert.equal(error?.type, "access-denied", String(error?.stack ?? "was not refused"));
  }

  return {
    async "a writer appends and reads"(client) {
      const name = `node-${randomUUID()}`;
      await client.appendToStream(name, event(), { credentials: writer });
      assert.equal(await count(client, name, writer), 1);
    },

    async "a reader reads, subscribes and does not append"(client) {
      const name = `node-${randomUUID()}`;
      await client.appendToStream(name, event(), { credentials: writer });
      assert.equal(await count(client, name, reader), 1);
      await denied(client.appendToStream(name, event(), { credentials: reader }));
      for await (const _ of client.subscribeToStream(name, { credentials: reader })) break;
      assert.equal(await count(client, name, writer), 1);
    },

    async "a reader is refused append by append on the call that stays open"(_, address) {
      const client = KurrentDBClient.connectionString(address.replace("://", `://${reader.username}:${reader.password}@`));
      const name = `node-${randomUUID()}`;
      await denied(client.appendToStream(name, event()));
      await denied(client.appendToStream(name, event()));
      await client.dispose();
    },

    async "a wrong password is refused"(client) {
      await denied(count(client, "any", stranger));
      await denied(client.appendToStream("any", event(), { credentials: stranger }));
    },

    async "nobody is refused"(client) {
      await denied(count(client, "any", undefined));
      await denied(client.appendToStream("any", event()));
    },
  };
}
