import { expect, test } from "vitest";
import { openRegistered } from "../plugin/registered";
import { attribute } from "../plugin/scripted-server";
import { lendHarness } from "./lent-harness";

const harness = lendHarness({ mayComplain: true });

test("a push that is replayed when a dropped stream is resumed is answered once", async () => {
  const { chat, server, room } = await openRegistered(harness(), {
    server: { offersStreamManagement: true },
  });
  server.client.dropSocket();
  const id = server.push({ from: room.jid });
  const answer = await server.answerTo(id);
  expect(attribute(answer, "type")).toBe("result");
  await chat.heard("mucPushEnabled", room, 2);
  await server.roundTrip();
  expect(server.answersTo(id)).toHaveLength(1);
  expect(room.count("join")).toBe(2);
  expect(chat.complaints).toEqual([]);
});

test("a stream that can't be resumed is a new membership: one join, enabled again", async () => {
  const { chat, server, room } = await openRegistered(harness(), {
    server: { offersStreamManagement: true },
  });
  server.client.dropSocket();
  server.forgetStreams();
  await chat.heard("mucPushEnabled", room, 2);
  await server.roundTrip();
  expect(room.order(0, "ping", "join")).toEqual(["join", "join"]);
  expect(room.isSeated(server.client)).toBe(true);
  expect(chat.complaints).toEqual([]);
});
