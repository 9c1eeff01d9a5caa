import { expect } from "vitest";
import type { Chat, ScriptedPage } from "./chat";
import type { ChatOptions, Opener } from "./harness";

/** The plugin registers with the room, answers a push, pings, each thing once, and warns of nothing on the console. */
export async function expectToWork<
  P extends ScriptedPage,
  O extends ChatOptions,
>(harness: Opener<P, O>, options: NoInfer<O>): Promise<Chat<P>> {
  const chat = await harness.open(options);
  const room = chat.room();
  await chat.heard("mucPushEnabled", room);
  const id = chat.server.push({ from: room.jid });
  await chat.heard("mucPushChecked", room);
  await chat.fence();
  expect(chat.server.answersTo(id)).toHaveLength(1);
  expect(room.order(0, "join", "enable", "ping")).toEqual([
    "join",
    "enable",
    "ping",
  ]);
  expect(chat.warnings).toEqual([]);
  return chat;
}
