import { expect, test } from "vitest";
import type { ChatOptions } from "../plugin/harness";
import {
  openEnabling,
  pingInFlight,
  rejoinInFlight,
} from "../plugin/in-flight";
import { lendHarness } from "./lent-harness";
import { openRegistered } from "../plugin/registered";
import { error, result, type Answer } from "../plugin/scripted-server";

const harness = lendHarness();

const open = (options?: ChatOptions) => openRegistered(harness(), options);

const answers: [answer: string, Answer][] = [
  ["that says out", error("not-acceptable")],
  ["that says unreachable", error("remote-server-not-found")],
  ["that says joined", result],
];

test.each(answers)(
  "an answer to a ping %s is dropped when the user has left and joined since",
  async (_what, answer) => {
    const { chat, room } = await open();
    const ping = await pingInFlight(chat, room);
    await chat.leave(room);
    await chat.rejoin(room);
    await chat.heard("mucPushEnabled", room, 2);
    ping.answer(answer);
    await chat.fence();
    expect(await chat.state(room)).toBe("joined");
    expect(chat.allHeard("mucPushChecked", room)).toEqual([]);
    expect(room.order(0, "ping", "join")).toEqual(["join", "ping", "join"]);
  },
);

test("an answer to a ping that comes after a reconnect is dropped", async () => {
  const { chat, server, room } = await open();
  const ping = await pingInFlight(chat, room);
  server.client.dropSocket();
  await chat.heard("mucPushEnabled", room, 2);
  ping.answer(error("not-acceptable"));
  await chat.fence();
  expect(room.order(0, "ping", "join")).toEqual(["join", "ping", "join"]);
  expect(await chat.state(room)).toBe("joined");
});

test("a join that is granted after the user has left enables nothing, and the room is not kept", async () => {
  const { chat, room } = await open();
  const join = await rejoinInFlight(chat, room);
  await chat.leave(room);
  join.answer(result);
  await chat.fence();
  expect(await chat.state(room)).toBe("left");
  expect(room.count("enable")).toBe(1);
  expect(chat.allHeard("mucPushBack", room)).toEqual([]);
});

test("a join that is refused after the user has left gives nothing up", async () => {
  const { chat, room } = await open();
  const join = await rejoinInFlight(chat, room);
  await chat.leave(room);
  join.answer(error("forbidden", "auth"));
  await chat.fence();
  expect(await chat.report(room)).toMatchObject({
    state: "left",
    reason: "left",
  });
  expect(chat.allHeard("mucPushGivenUp", room)).toEqual([]);
});

test("a registration that is confirmed after the user has left is not announced, and was taken back", async () => {
  const { chat, room, enables } = await openEnabling(harness());
  const enable = await enables.next();
  await chat.leave(room);
  enable.answer(result);
  await chat.fence();
  expect(chat.allHeard("mucPushEnabled", room)).toEqual([]);
  expect(room.order(0, "enable", "disable", "leave")).toEqual([
    "enable",
    "disable",
    "leave",
  ]);
});

test("a registration that is confirmed after the user was put out for now does not count for the next one", async () => {
  const { chat, room, enables } = await openEnabling(harness(), {
    muc_push_backoff_min_ms: 10,
    muc_push_backoff_max_ms: 20,
  });
  const first = await enables.next();
  room.removeAll({ codes: [332] });
  const second = await enables.next();
  await chat.hasState(room, "joined");
  first.answer(error("not-acceptable"));
  second.answer(result);
  await chat.heard("mucPushEnabled", room);
  await chat.fence();
  expect(await chat.report(room)).toMatchObject({
    state: "joined",
    guard: "push",
  });
  const id = chat.server.push({ from: room.jid });
  expect((await chat.server.answerTo(id)).attrs["type"]).toBe("result");
});
