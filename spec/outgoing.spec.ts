import { beforeEach, expect, it } from "vitest";
import type { Compat } from "../src/converse/converse.js";
import type { MucModel } from "../src/converse/converse-types.js";
import type { Rooms } from "../src/converse/act/rooms.js";
import { Outgoing } from "../src/outgoing.js";
import type { ElementLike } from "./element-like.js";
import { groupchat } from "./element-like.js";

const SHOWN = 1_000;
const WAITING = 20;

const rooms = Array.from({ length: 11 }, (_, at) => `room${at}@rooms.test`);
/** How many messages were looked at to find others. */
let looks: number;
let send: (stanza: ElementLike) => void;
let outgoing: Outgoing;

const message = (id: string) => ({
  get: (name: string) => {
    if (name !== "msgid") return undefined;
    looks++;
    return id;
  },
  save: () => undefined,
});

const mucOf = (room: string) => ({
  get: () => room,
  messages: {
    models: Array.from({ length: SHOWN }, (_, at) => message(`${room} ${at}`)),
  },
});

const mucs = new Map(rooms.map((room) => [room, mucOf(room)]));

beforeEach(() => {
  looks = 0;
  const api = {
    send: () => undefined,
    listen: { on: () => undefined, not: () => undefined },
    connection: { connected: () => true },
  };
  const compat = {
    api,
    log: { debug: () => undefined },
    isConnectionShared: () => false,
    ownBareJid: () => "romeo@users.test",
    translate: (text: string) => text,
    xmlOf: () => "<message/>",
  } as unknown as Compat;
  outgoing = new Outgoing(
    compat,
    {
      modelOf: (room: string) => mucs.get(room),
      jidOf: (muc: MucModel) => String(muc.get("jid")),
      hasArchive: () => false,
    } as unknown as Rooms,
    {
      isKept: () => true,
      isOpen: () => false,
      nickOf: () => "me",
      isLeader: () => true,
      onJoin: () => true,
    },
    3_600_000,
    10_000,
  );
  outgoing.start();
  send = api.send as unknown as typeof send;
  return () => outgoing.stop();
});

it("typing what waits looks at each message of its room once, and only for what is new", () => {
  for (let at = 0; at < WAITING; at++) {
    looks = 0;
    send(groupchat(rooms[0] ?? "", `new ${at}`));
    expect(looks).toBe(SHOWN);
  }
});

it("events that change nothing look at no message, however much waits", () => {
  for (let at = 0; at < WAITING; at++) {
    send(groupchat(rooms[at % rooms.length] ?? "", `new ${at}`));
  }
  looks = 0;
  for (let event = 0; event < 4; event++) {
    outgoing.streamBroke();
    for (const room of rooms) outgoing.closed(room);
  }
  expect(looks).toBe(0);
});

it("a room whose messages were loaded is looked through once, and no other", () => {
  for (let at = 0; at < WAITING; at++) {
    send(groupchat(rooms[at % 2] ?? "", `new ${at}`));
  }
  looks = 0;
  outgoing.onMessagesLoaded(mucs.get(rooms[0] ?? "") as unknown as MucModel);
  expect(looks).toBe(SHOWN);
});
