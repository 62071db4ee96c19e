// What the official Node client does to an event log, by name.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

export function cases(kurrent) {
  const { jsonEvent, binaryEvent, FORWARDS, BACKWARDS, START, END, NO_STREAM, ANY, STREAM_EXISTS } = kurrent;
  const { streamNameFilter, eventTypeFilter, excludeSystemEvents } = kurrent;
  const event = (n, type = "counted") => jsonEvent({ type, data: { n } });
  const events = (count, type) => Array.from({ length: count }, (_, n) => event(n, type));
  const stream = (prefix = "node") => `${prefix}-${randomUUID()}`;

  async function all(iterable) {
    const found = [];
    for await (const resolved of iterable) found.push(resolved.event);
    return found;
  }

  const numbers = (found) => found.map((e) => e.data.n);
  const revisions = (found) => found.map((e) => Number(e.revision));

  /** Takes events until there are so many, then ends the subscription. */
  async function take(subscription, count) {
    const found = [];
    if (count > 0) {
      for await (const resolved of subscription) {
        found.push(resolved.event);
        if (found.length === count) break;
      }
    }

    await subscription.unsubscribe();
    return found;
  }

  const caughtUp = (subscription) => new Promise((resolve, reject) => subscription.once("caughtUp", resolve).once("error", reject));

  async function refused(promise, type) {
    const error = await promise.then(() => null, (e) => e);
    assert.ok(error, `should have been refused with ${type}`);
    assert.equal(error.type, type, error.stack);
    return error;
  }

  return {
    async "append with each expected revision"(client) {
      const name = stream();
      assert.equal((await client.appendToStream(name, event(0), { streamState: NO_STREAM })).nextExpectedRevision, 0n);
      assert.equal((await client.appendToStream(name, event(1), { streamState: ANY })).nextExpectedRevision, 1n);
      assert.equal((await client.appendToStream(name, event(2), { streamState: STREAM_EXISTS })).nextExpectedRevision, 2n);
      const last = await client.appendToStream(name, [event(3), event(4)], { streamState: 2n });
      assert.equal(last.success, true);
      assert.equal(last.nextExpectedRevision, 4n);
      const found = await all(client.readStream(name));
      assert.deepEqual(numbers(found), [0, 1, 2, 3, 4]);
      assert.deepEqual(last.position, found[4].position);
    },

    async "a conflict tells what is and what was expected"(client) {
      const [name, missing] = [stream(), stream()];
      await client.appendToStream(name, events(3));
      const exists = await refused(client.appendToStream(name, event(9), { streamState: NO_STREAM }), "wrong-expected-version");
      assert.equal(exists.streamName, name);
      assert.equal(exists.expectedState, NO_STREAM);
      assert.equal(exists.actualState, 2n);
      const further = await refused(client.appendToStream(name, event(9), { streamState: 1n }), "wrong-expected-version");
      assert.equal(further.expectedState, 1n);
      assert.equal(further.actualState, 2n);
      const none = await refused(client.appendToStream(missing, event(9), { streamState: STREAM_EXISTS }), "wrong-expected-version");
      assert.equal(none.expectedState, STREAM_EXISTS);
      assert.equal(none.actualState, NO_STREAM);
      await refused(client.appendToStream(missing, event(9), { streamState: 0n }), "wrong-expected-version");
      assert.equal((await all(client.readStream(name))).length, 3);
    },

    async "a conflict of the other append call"(client) {
      // With credentials of the call the client uses Append, not BatchAppend; without TLS it does not send them.
      const credentials = { username: "nobody", password: "nothing" };
      const name = stream();
      const first = await client.appendToStream(name, events(2), { streamState: NO_STREAM, credentials });
      assert.equal(first.nextExpectedRevision, 1n);
      for (const [streamState, expected] of [[NO_STREAM, NO_STREAM], [0n, 0n], [7n, 7n]]) {
        const error = await refused(client.appendToStream(name, event(9), { streamState, credentials }), "wrong-expected-version");
        assert.equal(error.expectedState, expected);
        assert.equal(error.actualState, 1n);
      }

      const none = await refused(client.appendToStream(stream(), event(9), { streamState: STREAM_EXISTS, credentials }), "wrong-expected-version");
      assert.equal(none.actualState, NO_STREAM);
      assert.deepEqual(first.position, (await all(client.readStream(name)))[1].position);
    },

    async "the same append again is recognised by its ids"(client) {
      const [name, batch] = [stream(), events(2)];
      const first = await client.appendToStream(name, batch, { streamState: NO_STREAM });
      const again = await client.appendToStream(name, batch, { streamState: NO_STREAM });
      assert.deepEqual([again.nextExpectedRevision, again.position], [first.nextExpectedRevision, first.position]);
      assert.equal((await client.appendToStream(name, batch)).nextExpectedRevision, 1n);
      assert.equal((await all(client.readStream(name))).length, 2);
    },

    async "appends at once to one stream keep their order"(client) {
      const name = stream();

      // The client itself writes what it is given before its call is open last.
      await client.appendToStream(stream(), event(0));
      const answers = await Promise.all(events(300).map((e) => client.appendToStream(name, e)));
      assert.deepEqual(answers.map((a) => Number(a.nextExpectedRevision)), answers.map((_, n) => n));
      assert.deepEqual(numbers(await all(client.readStream(name))), answers.map((_, n) => n));
    },

    async "appends at once to many streams are all there"(client) {
      const prefix = stream("many");
      await Promise.all(Array.from({ length: 200 }, (_, n) => client.appendToStream(`${prefix}-${n}`, event(n), { streamState: NO_STREAM })));
      const found = await all(client.readAll({ filter: streamNameFilter({ prefixes: [prefix] }) }));
      assert.deepEqual(numbers(found).sort((a, b) => a - b), Array.from({ length: 200 }, (_, n) => n));
    },

    async "an append in several messages"(client) {
      const name = stream();
      const large = Array.from({ length: 20 }, (_, n) => jsonEvent({ type: "large", data: { n, text: "x".repeat(100_000) } }));
      const answer = await client.appendToStream(name, large, { batchAppendSize: 300_000 });
      assert.equal(answer.nextExpectedRevision, 19n);
      assert.deepEqual(numbers(await all(client.readStream(name))), large.map((_, n) => n));
    },

    async "an append of no events tells where the stream is"(client) {
      const name = stream();
      await client.appendToStream(name, events(3));
      assert.equal((await client.appendToStream(name, [], { streamState: 2n })).nextExpectedRevision, 2n);
      await refused(client.appendToStream(name, [], { streamState: 1n }), "wrong-expected-version");
    },

    async "read a stream both ways, with limits, from the middle"(client) {
      const name = stream();
      await client.appendToStream(name, events(10));
      const read = async (options) => revisions(await all(client.readStream(name, options)));
      assert.deepEqual(await read({}), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      assert.deepEqual(await read({ maxCount: 3 }), [0, 1, 2]);
      assert.deepEqual(await read({ fromRevision: 4n, maxCount: 2 }), [4, 5]);
      assert.deepEqual(await read({ fromRevision: 8n }), [8, 9]);
      assert.deepEqual(await read({ fromRevision: 10n }), []);
      assert.deepEqual(await read({ fromRevision: 100n }), []);
      assert.deepEqual(await read({ direction: BACKWARDS, fromRevision: END }), [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
      assert.deepEqual(await read({ direction: BACKWARDS, fromRevision: END, maxCount: 1 }), [9]);
      assert.deepEqual(await read({ direction: BACKWARDS, fromRevision: 4n, maxCount: 3 }), [4, 3, 2]);
    },

    async "a long stream is read whole, both ways"(client) {
      const name = stream();
      for (let n = 0; n < 3; n++) await client.appendToStream(name, events(1000));
      const forwards = await all(client.readStream(name));
      const backwards = await all(client.readStream(name, { direction: BACKWARDS, fromRevision: END }));
      assert.deepEqual(revisions(forwards), Array.from({ length: 3000 }, (_, n) => n));
      assert.deepEqual(revisions(backwards).reverse(), revisions(forwards));
    },

    async "a missing stream is said to be missing"(client) {
      for (const options of [{}, { direction: BACKWARDS, fromRevision: END, maxCount: 1 }]) {
        const error = await all(client.readStream(stream(), options)).then(() => null, (e) => e);
        assert.equal(error?.type, "stream-not-found");
      }
    },

    async "JSON, binary, metadata and ids come back as they went"(client) {
      const name = stream("ünïcode");
      const [id, bytes] = [randomUUID(), Uint8Array.from({ length: 256 }, (_, n) => n)];
      const before = Date.now();
      await client.appendToStream(name, [
        jsonEvent({ id, type: "json.v1", data: { text: "Grüße, 世界", list: [1, null, true] }, metadata: { $correlationId: id, note: "é" } }),
        binaryEvent({ type: "binary.v1", data: bytes, metadata: bytes }),
        jsonEvent({ type: "bare.v1", data: {} }),
      ]);
      const [json, binary, bare] = await all(client.readStream(name));
      assert.equal(json.id, id);
      assert.equal(json.streamId, name);
      assert.equal(json.isJson, true);
      assert.deepEqual(json.data, { text: "Grüße, 世界", list: [1, null, true] });
      assert.deepEqual(json.metadata, { $correlationId: id, note: "é" });
      assert.ok(json.created.getTime() >= before - 1000 && json.created.getTime() <= Date.now() + 1000, String(json.created));
      assert.equal(binary.isJson, false);
      assert.equal(binary.type, "binary.v1");
      assert.deepEqual(Uint8Array.from(binary.data), bytes);
      assert.deepEqual(Uint8Array.from(binary.metadata), bytes);
      assert.deepEqual([bare.type, bare.data, bare.metadata], ["bare.v1", {}, undefined]);
    },

    async "read all both ways, with limits, from the middle"(client) {
      const name = stream();
      await client.appendToStream(name, events(5));
      const mine = await all(client.readStream(name));
      const [second, fourth] = [mine[1].position, mine[3].position];
      const ids = (found) => found.map((e) => e.id);
      assert.deepEqual(ids(await all(client.readAll({ fromPosition: second, maxCount: 3 }))), ids(mine.slice(1, 4)));
      assert.deepEqual(
        ids(await all(client.readAll({ direction: BACKWARDS, fromPosition: fourth, maxCount: 2 }))), ids([mine[2], mine[1]]));
      assert.deepEqual(ids(await all(client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 }))), [mine[4].id]);
      const forwards = ids(await all(client.readAll({ fromPosition: START })));
      const backwards = ids(await all(client.readAll({ direction: BACKWARDS, fromPosition: END })));
      assert.deepEqual(backwards.reverse(), forwards);
      assert.equal(new Set(forwards).size, forwards.length);
    },

    async "read all through each kind of filter"(client) {
      const key = randomUUID();
      for (const kind of ["left", "right"]) {
        await client.appendToStream(`${kind}-${key}`, [event(1, `opened-${key}`), event(2, `closed-${key}`), event(3, `opened-${key}.v2`)]);
      }

      const read = async (filter, more = {}) => (await all(client.readAll({ filter, ...more }))).map((e) => `${e.streamId.split("-")[0]}${e.data.n}`);
      assert.deepEqual(await read(streamNameFilter({ prefixes: [`left-${key}`] })), ["left1", "left2", "left3"]);
      assert.deepEqual(await read(streamNameFilter({ prefixes: [`left-${key}`, `right-${key}`] }), { maxCount: 4 }), ["left1", "left2", "left3", "right1"]);
      assert.deepEqual(await read(streamNameFilter({ regex: `^.ight-${key}$` })), ["right1", "right2", "right3"]);
      assert.deepEqual(await read(eventTypeFilter({ prefixes: [`opened-${key}`] })), ["left1", "left3", "right1", "right3"]);
      assert.deepEqual(await read(eventTypeFilter({ regex: `(opened|closed)-${key}$` })), ["left1", "left2", "right1", "right2"]);
      assert.deepEqual(await read(eventTypeFilter({ regex: `^(?!closed).*${key}` })), ["left1", "left3", "right1", "right3"]);
      assert.deepEqual(
        await read(eventTypeFilter({ prefixes: [`closed-${key}`] }), { direction: BACKWARDS, fromPosition: END, maxCount: 1 }), ["right2"]);
    },

    async "subscribe to a stream: catch up, then live"(client) {
      const name = stream();
      await client.appendToStream(name, events(100));
      const subscription = client.subscribeToStream(name, { fromRevision: START });
      const live = caughtUp(subscription).then(() => client.appendToStream(name, events(50)));
      assert.deepEqual(revisions(await take(subscription, 150)), Array.from({ length: 150 }, (_, n) => n));
      await live;
    },

    async "subscribe to a stream from its end, and from a revision"(client) {
      const [name, other] = [stream(), stream()];
      await client.appendToStream(name, events(10));
      const end = client.subscribeToStream(name, { fromRevision: END });
      await caughtUp(end);
      await client.appendToStream(other, events(3));
      await client.appendToStream(name, event(10));
      assert.deepEqual(revisions(await take(end, 1)), [10]);
      assert.deepEqual(revisions(await take(client.subscribeToStream(name, { fromRevision: 6n }), 4)), [7, 8, 9, 10]);
    },

    async "subscribe to a stream that is not there yet"(client) {
      const name = stream();
      const subscription = client.subscribeToStream(name);
      await caughtUp(subscription);
      await client.appendToStream(`${name}-longer`, event(7));
      await client.appendToStream(name, events(2));
      const found = await take(subscription, 2);
      assert.deepEqual(found.map((e) => e.streamId), [name, name]);
    },

    async "subscribe to all: nothing is missed and nothing comes twice"(client) {
      const [name, count] = [stream(), 400];
      const subscription = client.subscribeToAll({ fromPosition: START, filter: streamNameFilter({ prefixes: [name] }) });
      const writing = (async () => {
        for (const e of events(count)) await client.appendToStream(name, e);
      })();
      assert.deepEqual(revisions(await take(subscription, count)), Array.from({ length: count }, (_, n) => n));
      await writing;
    },

    async "subscribe to all from the end, and resume from a position"(client) {
      const name = stream();
      const subscription = client.subscribeToAll({ fromPosition: END });
      await caughtUp(subscription);
      await client.appendToStream(name, events(6));
      const live = (await take(subscription, 6)).filter((e) => e.streamId === name);
      assert.ok(live.length > 0);
      const resumed = client.subscribeToAll({ fromPosition: live[0].position, filter: streamNameFilter({ prefixes: [name] }) });
      assert.deepEqual(revisions(await take(resumed, 5)), [1, 2, 3, 4, 5]);
    },

    async "subscribe to all through each kind of filter"(client) {
      const key = randomUUID();
      await client.appendToStream(`here-${key}`, [event(1, `a-${key}`), event(2, `b-${key}`)]);
      const filters = [
        [streamNameFilter({ prefixes: [`here-${key}`] }), [1, 2, 3, 4]],
        [streamNameFilter({ regex: `e-${key}$` }), [1, 2, 3, 4]],
        [eventTypeFilter({ prefixes: [`b-${key}`] }), [2, 4]],
        [eventTypeFilter({ regex: `^[^b]-${key}` }), [1, 3]],
      ];
      const subscriptions = filters.map(([filter]) => client.subscribeToAll({ fromPosition: START, filter }));
      const live = subscriptions.map((subscription) => caughtUp(subscription));
      const found = subscriptions.map((subscription, n) => take(subscription, filters[n][1].length));
      await Promise.all(live);
      await client.appendToStream(`here-${key}`, [event(3, `a-${key}`), event(4, `b-${key}`)]);
      for (const [n, expected] of filters.map((f) => f[1]).entries()) assert.deepEqual(numbers(await found[n]), expected, `filter ${n}`);
    },

    async "checkpoints tell from where to go on"(client) {
      const [name, rare] = [stream(), stream("rare")];
      for (let n = 0; n < 5; n++) await client.appendToStream(name, events(20));
      const positions = [];
      const subscription = client.subscribeToAll({
        fromPosition: START,
        filter: streamNameFilter({
          prefixes: [rare], maxSearchWindow: 10, checkpointInterval: 2, checkpointReached: (_, position) => positions.push(position.commit),
        }),
      });
      await caughtUp(subscription);
      const last = (await all(client.readStream(name, { direction: BACKWARDS, fromRevision: END, maxCount: 1 })))[0].position.commit;
      assert.ok(positions.length > 0, "a checkpoint before it is live");
      assert.ok(positions.at(-1) >= last, "the last checkpoint is the end");
      assert.deepEqual([...positions].sort((a, b) => Number(a - b)), positions);
      const before = positions.length;
      for (let n = 0; n < 5; n++) await client.appendToStream(name, events(20));
      await client.appendToStream(rare, event(1));
      assert.deepEqual(numbers(await take(subscription, 1)), [1]);
      assert.ok(positions.length > before, "checkpoints while live");
      const resumed = client.subscribeToAll({ fromPosition: { commit: positions.at(-1), prepare: positions.at(-1) }, filter: streamNameFilter({ prefixes: [rare] }) });
      await client.appendToStream(rare, event(2));
      const found = numbers(await take(resumed, 1));
      assert.ok(found[0] === 1 || found[0] === 2);
    },

    async "system events can be left out"(client) {
      const name = stream();
      await client.setStreamMetadata(name, { note: "kept" });
      await client.appendToStream(name, event(1));
      const found = await all(client.readAll({ filter: excludeSystemEvents() }));
      assert.ok(found.some((e) => e.streamId === name));
      assert.ok(found.every((e) => !e.type.startsWith("$")));
    },

    async "metadata of a stream are a stream"(client) {
      const name = stream();
      assert.equal((await client.getStreamMetadata(name)).metadata, undefined);
      await client.setStreamMetadata(name, { maxCount: 7, note: "kept" });
      await client.setStreamMetadata(name, { maxCount: 8, note: "kept" }, { streamState: 0n });
      assert.deepEqual((await client.getStreamMetadata(name)).metadata, { maxCount: 8, note: "kept" });
      const found = await all(client.readStream(`$$${name}`));
      assert.deepEqual(found.map((e) => [e.type, e.revision]), [["$metadata", 1n]]);
    },

    async "a large event comes back, a larger one is refused"(client) {
      const name = stream();
      const data = new Uint8Array(3_500_000).fill(7);
      await client.appendToStream(name, binaryEvent({ type: "large", data }));
      const [found] = await all(client.readStream(name));
      assert.equal(found.data.length, data.length);
      const tooLarge = [binaryEvent({ type: "larger", data: new Uint8Array(2_500_000) }), binaryEvent({ type: "larger", data: new Uint8Array(2_500_000) })];
      for (const credentials of [undefined, { username: "nobody", password: "nothing" }]) {
        const error = await refused(client.appendToStream(name, tooLarge, { credentials }), "maximum-append-size-exceeded");
        assert.equal(error.maxAppendSize, 4 * 1024 * 1024);
      }

      assert.equal((await all(client.readStream(name))).length, 1);
    },

    async "a slow reader gets everything"(client) {
      const name = stream();
      const data = new Uint8Array(200_000);
      for (let n = 0; n < 40; n++) await client.appendToStream(name, binaryEvent({ type: "heavy", data }));
      let count = 0;
      for await (const _ of client.subscribeToStream(name)) {
        if (++count === 40) break;
        if (count % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 50));
      }

      assert.equal(count, 40);
    },

    async "what is not offered is said to be not offered"(client) {
      const name = stream();
      await client.appendToStream(name, event(1));
      const deleted = await client.deleteStream(name).then(() => null, (e) => e);
      assert.match(String(deleted), /not deleted/);
      await refused(client.multiStreamAppend([{ streamName: name, expectedState: ANY, events: [event(1)] }]), "unsupported");
      assert.equal((await all(client.readStream(name))).length, 1);
    },

    async "a cluster of one is discovered"(_, address) {
      const client = kurrent.KurrentDBClient.connectionString(address.replace(/^(\w+):/, "$1+discover:"));
      const name = stream();
      await client.appendToStream(name, events(2));
      assert.equal((await all(client.readStream(name))).length, 2);
      await client.dispose();
    },
  };
}
