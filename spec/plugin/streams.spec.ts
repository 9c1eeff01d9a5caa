import { expect, test } from "vitest";
import { lendBrowser } from "./lent-browser";
import { openRegistered } from "./registered";
import { attribute } from "./scripted-server";

const harness = lendBrowser({ mayComplain: true });

test("a push that is replayed when a reloaded page resumes its stream is answered once", async () => {
  const { chat, server, room } = await openRegistered(harness(), {
    server: { offersStreamManagement: true },
    settings: { jid: "romeo@users.test/fixed" },
  });
  await chat.page.goto("about:blank");
  server.client.dropSocket();
  const id = server.push({ from: room.jid });
  await chat.page.goBack();
  const answer = await server.answerTo(id);
  expect(attribute(answer, "type")).toBe("result");
  await chat.heard("mucPushEnabled", room, 2);
  await server.roundTrip();
  expect(server.answersTo(id)).toHaveLength(1);
  expect(chat.complaints).toEqual([]);
});

test("tabs that share one connection answer a push once, and ping once", async () => {
  const { chat, server, room } = await openRegistered(harness(), {
    settings: {
      connection_options: { worker: "/converse/shared-connection-worker.js" },
    },
  });
  const tab = await harness().openTab(chat);
  await tab.entered(room);
  await server.roundTrip();
  const joins = room.count("join");

  const id = server.push({ from: room.jid });
  await server.answerTo(id);
  await room.nth("ping", 1);
  await server.roundTrip();
  const answers = server.answersTo(id);
  expect(answers.map((iq) => attribute(iq, "type"))).toEqual(["result"]);
  expect(room.count("ping")).toBe(1);
  expect(room.count("join")).toBe(joins);
});
