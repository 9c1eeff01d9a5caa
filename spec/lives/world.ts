/** Rooms on hosts that fail in every way, and the keeper with all of the core. */
import type { Arrival } from "../../src/core/catch-up/arrivals.js";
import type {
  ModelFacts,
  Page,
} from "../../src/core/catch-up/catch-up-events.js";
import type { Anchor, PageStart } from "../../src/core/catch-up/pages.js";
import type { Departure, PingAnswer, RoomJid } from "../../src/core/events.js";
import { hostOf } from "../../src/core/jid.js";
import { isKept, wayOf } from "../../src/core/membership.js";
import { find } from "../../src/core/outbox/outbox-state.js";
import {
  isSent,
  type Draft,
  type Pending,
} from "../../src/core/outbox/pending.js";
import type { RoomEvent } from "../../src/core/room-events.js";
import { Keeper } from "../../src/keeper.js";
import { idleActs } from "../acts.js";
import { LIMITS } from "../core/seat/life.js";
import { FakeClock, settled } from "../fake-clock.js";

export const LATENCY_MS = 50;
const MINUTE = 60_000;
export const MESSAGE_WAIT_MS = 60 * MINUTE;
const MAX_JOINS = 2;

/** Whether an event makes it doubtful that a join will be answered. */
const isDoubt = (event: RoomEvent): boolean =>
  event.type === "room-spoke" ||
  event.type === "check-wanted" ||
  (event.type === "page-came" && event.page.kind === "no-answer");

/** How a room behaves towards us. */
export type Manner =
  | "well"
  /** It never answers a ping, and is there all the same. */
  | "pingless"
  /** It answers each ping with an error of its own. */
  | "busy"
  /** It puts us out a moment after each join, without a word or for technical reasons. */
  | "evicting"
  | "troubled"
  /** It never answers a join. */
  | "mute";

/** How a host fails: the users' server says so, or nobody says anything. */
export type HostState = "up" | "refused" | "silent";

interface ServerRoom {
  readonly hasArchive: boolean;
  readonly pushes: boolean;
  manner: Manner;
  isSeated: boolean;
  isRegistered: boolean;
  /** Whether a self-ping reaches it; the push may be eaten on the way. */
  isPushEaten: boolean;
  /** The ids of the messages that arrived, in their order; the archive has them under `archived`. */
  readonly log: string[];
}

/** The archive's id of a message. */
const archived = (at: number): string => `archived ${at}`;

export class World {
  readonly clock = new FakeClock();
  readonly broken: string[] = [];
  readonly server = new Map<RoomJid, ServerRoom>();
  readonly hosts = new Map<string, HostState>();
  /** Rooms that Converse has. */
  readonly models = new Set<RoomJid>();
  /** Rooms that Converse takes for joined. */
  private readonly shown = new Set<RoomJid>();
  /** How many messages of each room's log Converse's model has: the last of them is its anchor. */
  private readonly read = new Map<RoomJid, number>();
  /** Questions to archives that are under way, each a room and a return. */
  private readonly fetching = new Set<string>();
  private readonly pinging = new Set<RoomJid>();
  private readonly joining = new Map<RoomJid, number>();
  /** Which of those are of the plugin, and until when each may take. */
  private readonly ours = new Map<RoomJid, number>();
  /** When our pings and joins of each room went out, by the clock that nobody sets. */
  readonly asked = new Map<RoomJid, number[]>();
  readonly outs = new Map<RoomJid, number>();
  readonly backs = new Map<RoomJid, number>();
  readonly typed = new Map<string, RoomJid>();
  /** Messages about which the user was told, or which they left behind. */
  readonly told = new Set<string>();
  /** A link took these and let go of them without a word; where all that follows gets through, nobody can tell. */
  private readonly swallowed = new Set<string>();
  private isEchoLost = false;
  isStreamUp = true;
  private stream = 0;
  private lastId = 0;
  /** What the outbox keeps, as its store sees it. */
  readonly kept = new Map<string, Pending>();

  readonly keeper: Keeper = new Keeper(
    {
      clock: this.clock,
      limits: { ...LIMITS, concurrentJoins: MAX_JOINS },
      messageWaitMs: MESSAGE_WAIT_MS,
      isActing: () => true,
      rooms: {
        has: (room) => this.models.has(room),
        isBelievedIn: (room) => this.shown.has(room),
        hasFeature: () => false,
        hasArchive: (room) => this.server.get(room)?.hasArchive ?? false,
        refresh: () => Promise.resolve(),
        isVisible: () => false,
      },
    },
    {
      ...idleActs,
      join: async (room) => {
        if (!this.models.has(room)) return false;
        this.ask(room, "join");
        this.ours.set(room, this.clock.elapsed() + LIMITS.joinTimeoutMs);
        this.must(this.oursUnderWay() <= MAX_JOINS, "too many joins");
        const until = this.joining.get(room) ?? -Infinity;
        this.must(until <= this.clock.elapsed(), `two joins of ${room}`);
        this.sendJoin(room);
        return true;
      },
      ping: (room) => {
        this.ask(room, "ping");
        this.must(!this.pinging.has(room), `two pings of ${room}`);
        this.pinging.add(room);
        return this.ping(room).finally(() => this.pinging.delete(room));
      },
      enable: async (room) => {
        const there = this.server.get(room)!;
        const { stream } = this;
        await this.pass(LATENCY_MS);
        const isAnswered = this.stream === stream && this.canReach(room);
        if (!isAnswered || !there.isSeated) return "failed";
        if (!there.pushes) return "unsupported";
        there.isRegistered = true;
        return "enabled";
      },
      announce: (room, { notice: { name } }) => {
        if (name === "out") count(this.outs, room);
        if (name === "back") count(this.backs, room);
        const backs = this.backs.get(room) ?? 0;
        const isEven = backs <= (this.outs.get(room) ?? 0);
        this.must(isEven, `back more often than out in ${room}`);
      },
      ask: async (room, { from, epoch }, isStale) => {
        await Promise.resolve();
        if (isStale()) return undefined;
        const page = await this.page(room, from, `${room} ${epoch}`);
        return { type: "page-came", epoch, page, lastTime: this.clock.now() };
      },
      find: async (room, { epoch, pending }) => {
        const at = pending ?? this.clock.now();
        const known = this.anchorOf(room) ?? { id: null, at };
        return { type: "anchor-found", epoch, known };
      },
      read: async (room, { page, epoch }) => {
        await this.pass(1);
        this.read.set(room, this.positionAfter(room, page));
        return { type: "page-read", epoch, isRead: true };
      },
      release: async (_room, { epoch }) => {
        await this.pass(1);
        return { type: "released", epoch, missed: 0 };
      },
      send: (id) => {
        if (!this.isStreamUp) return "not-now";
        const room = this.typed.get(id)!;
        const isOpen = wayOf(this.keeper.ask(room)) === "open";
        this.must(isOpen, `sent to ${room} on a way not open`);
        this.carry(id);
        return "sent";
      },
      failed: (_room, { entry }) => void this.told.add(entry.id),
    },
    [
      {
        stepped: (room, is, was, event) => {
          // The room does not have us, it seems: a join that is under way is about to arrive, or lost.
          const until = this.joining.get(room);
          if (until !== undefined && isDoubt(event)) {
            const soon = this.clock.elapsed() + LIMITS.checkIntervalMs;
            this.joining.set(room, Math.min(until, soon));
          }
          for (const { id } of was.outbox.entries) this.kept.delete(id);
          for (const entry of is.outbox.entries) this.kept.set(entry.id, entry);
        },
        forgotten: () => {},
      },
    ],
  );

  constructor(rooms: Readonly<Record<RoomJid, Partial<ServerRoom>>>) {
    // The same in each run; from 0 to 1 in steps that look like chance.
    let chance = 0;
    this.clock.random = () => (chance = (chance + 0.618) % 1);
    for (const [room, features] of Object.entries(rooms)) {
      this.hosts.set(hostOf(room), "up");
      this.server.set(room, {
        hasArchive: true,
        pushes: true,
        manner: "well",
        isSeated: false,
        isRegistered: false,
        isPushEaten: false,
        log: [],
        ...features,
      });
    }
  }

  get rooms(): RoomJid[] {
    return [...this.server.keys()];
  }

  must(holds: boolean, what: string): void {
    if (!holds) this.broken.push(what);
  }

  tell(room: RoomJid, event: RoomEvent): void {
    this.keeper.tell(room, event);
  }

  screenOf(room: RoomJid): string {
    return this.keeper.ask(room).catchUp.tag;
  }

  // The user.

  /** Opens a room, or joins one again that they were put out of. */
  opens(room: RoomJid): void {
    this.models.add(room);
    if (!this.isStreamUp || this.keeper.ask(room).seat.tag === "joined") return;
    this.converseJoins(room);
  }

  closes(room: RoomJid): void {
    if (!this.models.has(room)) return;
    this.tell(room, { type: "user-left", reason: "left" });
    // The user has left these behind.
    for (const [id, of] of this.typed) if (of === room) this.told.add(id);
    this.models.delete(room);
    this.shown.delete(room);
    this.joining.delete(room);
    const there = this.server.get(room);
    if (there && this.canReach(room)) there.isSeated = false;
  }

  /** Closes a room whose join Converse sends all the same: it waited for the room's disco#info. */
  closesTooLate(room: RoomJid): void {
    this.closes(room);
    this.tell(room, { type: "join-began" });
  }

  /** Types something that arrives, and whose echo gets lost. */
  typesUnheard(room: RoomJid): void {
    this.isEchoLost = true;
    this.types(room);
    this.isEchoLost = false;
  }

  types(room: RoomJid): void {
    if (!this.models.has(room) || !isKept(this.keeper.ask(room))) return;
    const id = `m${++this.lastId}`;
    this.typed.set(id, room);
    const draft = { room, id, originId: id, target: id, body: id, xml: id };
    const isConnected = this.isStreamUp;
    this.tell(room, { type: "typed", draft: draft as Draft, isConnected });
    const entry = find(this.keeper.ask(room).outbox, id);
    if (entry && isSent(entry)) this.carry(id);
  }

  // The servers.

  setHost(host: string, state: HostState, isCrash: boolean): void {
    this.hosts.set(host, state);
    for (const room of this.rooms.filter((room) => hostOf(room) === host)) {
      const there = this.server.get(room)!;
      if (isCrash) there.isSeated = false;
      if (state === "up") this.later(() => this.pushes(room));
    }
  }

  /** A room whose occupant is gone pushes. */
  pushes(room: RoomJid): void {
    const there = this.server.get(room)!;
    const isDue = there.pushes && there.isRegistered && !there.isSeated;
    if (!isDue || there.isPushEaten || !this.canReach(room)) return;
    if (!this.models.has(room)) return;
    this.keeper.heard(room);
    this.tell(room, { type: "room-spoke" });
  }

  /** Somebody says something: we hear it if we are in. */
  chats(room: RoomJid): void {
    const there = this.server.get(room)!;
    if (there.isSeated && this.canReach(room)) this.keeper.heard(room);
    else this.pushes(room);
  }

  removes(room: RoomJid, departure: Departure): void {
    const there = this.server.get(room)!;
    if (!there.isSeated || !this.canReach(room)) return;
    there.isSeated = false;
    // A join that was under way comes to nothing with that.
    this.joining.delete(room);
    this.tell(room, { type: "departed", departure });
    if (!departure.comesBack) this.shown.delete(room);
  }

  /** The room repeats that we are in, as for every change of a role. */
  confirms(room: RoomJid): void {
    const there = this.server.get(room)!;
    if (!there.isSeated || !this.canReach(room)) return;
    this.keeper.heard(room);
    this.tell(room, { type: "self-presence", nick: "alice" });
  }

  /** @param isResumed whether Converse does not join anew what a resumed stream has kept */
  setStream(isUp: boolean, isResumed = false): void {
    if (isUp === this.isStreamUp) return;
    this.isStreamUp = isUp;
    this.stream++;
    if (!isUp) {
      this.joining.clear();
      this.ours.clear();
      this.fetching.clear();
    }
    if (isUp && !isResumed) this.shown.clear();
    this.keeper.tellAll({ type: isUp ? "stream-up" : "stream-down" });
    // Converse joins its rooms by itself.
    if (!isUp || isResumed) return;
    for (const room of this.models) this.converseJoins(room);
  }

  // What goes on in between.

  private ask(room: RoomJid, what: string): void {
    this.must(this.models.has(room), `${what} of ${room} after it was closed`);
    this.must(this.isStreamUp, `${what} of ${room} without a stream`);
    const times = this.asked.get(room) ?? [];
    this.asked.set(room, [...times, this.clock.elapsed()]);
  }

  private canReach(room: RoomJid): boolean {
    return this.isStreamUp && this.hosts.get(hostOf(room)) === "up";
  }

  /** Something that happens after a way over the network, unless the stream breaks on it. */
  private later(run: () => void, ms = LATENCY_MS): void {
    const { stream } = this;
    this.clock.after(ms, () => {
      if (this.stream === stream) run();
    });
  }

  private async ping(room: RoomJid): Promise<PingAnswer> {
    const there = this.server.get(room)!;
    const host = this.hosts.get(hostOf(room));
    const isLost =
      host === "silent" || (host === "up" && there.manner === "pingless");
    await this.pass(isLost ? LIMITS.answerTimeoutMs : LATENCY_MS);
    if (!this.isStreamUp || isLost) return { kind: "no-answer" };
    const error = (condition: string, type: string, by: string | null) =>
      ({ kind: "error", error: { condition, type, by } }) as const;
    if (host === "refused") {
      return error("remote-server-not-found", "cancel", null);
    }
    if (there.manner === "busy") {
      return error("resource-constraint", "wait", room);
    }
    return there.isSeated
      ? { kind: "result" }
      : error("not-acceptable", "cancel", room);
  }

  private pass(ms: number): Promise<void> {
    return new Promise((resolve) => this.clock.after(ms, resolve));
  }

  private converseJoins(room: RoomJid): void {
    if ((this.joining.get(room) ?? -Infinity) > this.clock.elapsed()) return;
    this.shown.delete(room);
    this.tell(room, { type: "join-began" });
    this.sendJoin(room);
  }

  private sendJoin(room: RoomJid): void {
    this.joining.set(room, this.clock.elapsed() + LIMITS.joinTimeoutMs);
    this.tell(room, { type: "join-sent", facts: this.facts(room) });
    this.later(() => this.onJoin(room));
  }

  private facts(room: RoomJid): ModelFacts {
    return {
      hasArchive: this.server.get(room)!.hasArchive,
      isShownIn: this.shown.has(room),
      isShownAnew: false,
      last: this.anchorOf(room),
      lastTime: this.clock.now(),
      stored: null,
    };
  }

  private anchorOf(room: RoomJid): Anchor | null {
    const read = this.read.get(room) ?? 0;
    return read === 0 ? null : { id: archived(read), at: this.clock.now() };
  }

  private oursUnderWay(): number {
    const now = this.clock.elapsed();
    return [...this.ours].filter(
      ([room, until]) => until > now && this.joining.has(room),
    ).length;
  }

  private onJoin(room: RoomJid): void {
    if (!this.models.has(room)) return;
    const there = this.server.get(room)!;
    const host = this.hosts.get(hostOf(room));
    if (host === "silent" || (host === "up" && there.manner === "mute")) return;
    this.joining.delete(room);
    this.ours.delete(room);
    if (host === "refused") {
      const departure = { comesBack: true, reason: "unreachable" } as const;
      return this.tell(room, { type: "presence-refused", departure });
    }
    there.isSeated = true;
    this.shown.add(room);
    this.keeper.heard(room);
    this.tell(room, { type: "self-presence", nick: "alice" });
    if (this.screenOf(room) === "first") this.later(() => this.fetches(room));
    this.tellHistory(room);
    const isEvicted = there.manner === "evicting";
    if (!isEvicted && there.manner !== "troubled") return;
    const reason = isEvicted ? "unavailable" : "technical-problem";
    this.later(() => this.removes(room, { comesBack: true, reason }), 5);
  }

  /** Converse fetches what it shows after a first join. */
  private fetches(room: RoomJid): void {
    if (!this.canReach(room) || !this.models.has(room)) return;
    const { log, hasArchive } = this.server.get(room)!;
    if (hasArchive) this.read.set(room, log.length);
    this.tell(room, { type: "first-fetched", facts: this.facts(room) });
  }

  /** A room without an archive gives its history to each that joins, and ends it with the subject. */
  private tellHistory(room: RoomJid): void {
    const { log, hasArchive } = this.server.get(room)!;
    for (const id of hasArchive ? [] : log) this.reflect(room, id, false);
    this.tell(room, { type: "subject-told" });
  }

  /** A page of two messages out of a room's archive. */
  private async page(
    room: RoomJid,
    from: PageStart,
    question: string,
  ): Promise<Page> {
    this.must(!this.fetching.has(question), `two questions: ${question}`);
    this.fetching.add(question);
    const host = this.hosts.get(hostOf(room));
    const isLost = host === "silent" || !this.isStreamUp;
    const { stream } = this;
    await this.pass(isLost ? LIMITS.answerTimeoutMs : LATENCY_MS);
    // A question that was under way when the stream broke reaches nobody.
    if (this.stream !== stream) return { kind: "no-answer", messages: [] };
    this.fetching.delete(question);
    if (isLost) return { kind: "no-answer", messages: [] };
    const there = this.server.get(room)!;
    if (host === "refused" || !there.isSeated) {
      return { kind: host === "refused" ? "no-answer" : "error", messages: [] };
    }
    const begin = "after" in from ? Number(from.after.split(" ")[1]) : 0;
    const ids = there.log.slice(begin, begin + 2);
    for (const id of ids) this.reflect(room, id, false);
    return {
      kind: "page",
      last: ids.length === 0 ? null : archived(begin + ids.length),
      isComplete: begin + 2 >= there.log.length,
      messages: ids.map((carrier, i) => ({
        id: archived(begin + i + 1),
        carrier,
      })),
    };
  }

  private positionAfter(room: RoomJid, { messages }: Page): number {
    const last = messages[messages.length - 1];
    const before = this.read.get(room) ?? 0;
    return last ? Math.max(before, Number(last.id.split(" ")[1])) : before;
  }

  /** A message is on its way to its room, which answers in order: one way counts for both, as with a join. */
  private carry(id: string): void {
    const room = this.typed.get(id)!;
    const isEchoLost = this.isEchoLost;
    this.later(() => {
      const there = this.server.get(room)!;
      const host = this.hosts.get(hostOf(room));
      if (host === "silent") return void this.swallowed.add(id);
      if (host === "up" && there.isSeated) {
        there.log.push(id);
        if (isEchoLost) return;
        this.keeper.heard(room);
        return this.reflect(room, id, true);
      }
      this.bounce(room, id, host === "refused");
    });
  }

  private reflect(room: RoomJid, id: string, isLive: boolean): void {
    this.tell(room, { type: "echoed", ids: [id], ownBody: null, isLive });
    if (!isLive) return;
    this.tell(room, { type: "word" });
    const at = this.server.get(room)!.log.lastIndexOf(id) + 1;
    const { admission } = this.keeper.admit(room, () => this.arrival(at));
    if (admission.kind === "let") this.read.set(room, at);
  }

  private arrival(at: number): Arrival {
    const now = this.clock.now();
    return {
      id: archived(at),
      isArchived: false,
      isDelayed: false,
      time: now,
      settledAt: null,
      ownAt: now,
      hasBody: true,
      hasMsgid: true,
      isKnown: false,
      isCorrected: false,
    };
  }

  private bounce(room: RoomJid, id: string, isRefused: boolean): void {
    const condition = isRefused ? "remote-server-not-found" : "not-acceptable";
    const error = { condition, type: "cancel", by: null };
    this.tell(room, { type: "bounced", ids: [id], error, isPrivate: false });
  }

  /** No typed message may be in no state. */
  checkMessages(): void {
    for (const [id, room] of this.typed) {
      const isKnown =
        this.kept.has(id) ||
        this.told.has(id) ||
        this.swallowed.has(id) ||
        this.server.get(room)!.log.includes(id);
      this.must(isKnown, `${id} is nowhere`);
      const times = this.server.get(room)!.log.filter((o) => o === id).length;
      if (this.server.get(room)!.hasArchive) {
        this.must(times <= 1, `${id} is there ${times} times`);
      }
    }
  }

  /** How often a room was asked at most in any stretch of time. */
  mostAsked(room: RoomJid, withinMs: number): number {
    const times = this.asked.get(room) ?? [];
    return times.reduce((most, time, i) => {
      const first = times.findIndex((other) => other > time - withinMs);
      return Math.max(most, i - first + 1);
    }, 0);
  }

  async passes(ms: number): Promise<void> {
    await this.clock.passes(ms);
    await settled();
  }
}

function count(counts: Map<RoomJid, number>, room: RoomJid): void {
  counts.set(room, (counts.get(room) ?? 0) + 1);
}
