/** Rooms on hosts that fail in every way, and all of the plugin that decides about them. */
import type { Draft, Pending } from "../../src/core/outbox/pending.js";
import { Outboxes } from "../../src/outboxes.js";
import { Keeper } from "../../src/keeper.js";
import { Rules } from "../../src/rules.js";
import type {
  Departure,
  FinalReason,
  PingAnswer,
  RoomEvent,
  RoomJid,
} from "../../src/core/events.js";
import { LIMITS } from "../core/seat/life.js";
import { FakeClock, settled } from "../fake-clock.js";
import { hostOf } from "../../src/core/jid.js";

export const LATENCY_MS = 50;
const MINUTE = 60_000;
export const MESSAGE_WAIT_MS = 60 * MINUTE;
const MAX_JOINS = 2;

/** What makes it doubtful that a join will be answered. */
const DOUBTS: ReadonlySet<string> = new Set(["room-spoke", "check-wanted"]);

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
  /** The ids of what arrived, in its order. */
  readonly log: string[];
}

type Screen = "none" | "first" | "behind" | "current";

export class World {
  readonly clock = new FakeClock();
  readonly broken: string[] = [];
  readonly server = new Map<RoomJid, ServerRoom>();
  readonly hosts = new Map<string, HostState>();
  /** Rooms that Converse has. */
  readonly models = new Set<RoomJid>();
  /** Rooms that Converse takes for joined. */
  private readonly shown = new Set<RoomJid>();
  private readonly screens = new Map<RoomJid, Screen>();
  private readonly fetches = new Map<RoomJid, symbol>();
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
      isActing: () => true,
      rooms: {
        has: (room) => this.models.has(room),
        isBelievedIn: (room) => this.shown.has(room),
        hasFeature: () => false,
        refresh: () => Promise.resolve(),
        isVisible: () => false,
        rejoin: async (room) => {
          if (!this.models.has(room)) return false;
          this.ask(room, "join");
          this.ours.set(room, this.clock.elapsed() + LIMITS.joinTimeoutMs);
          this.must(this.oursUnderWay() <= MAX_JOINS, "too many joins");
          const until = this.joining.get(room) ?? -Infinity;
          this.must(until <= this.clock.elapsed(), `two joins of ${room}`);
          this.sendJoin(room);
          return true;
        },
      },
      pings: {
        ping: (room) => {
          this.ask(room, "ping");
          this.must(!this.pinging.has(room), `two pings of ${room}`);
          this.pinging.add(room);
          return this.ping(room).finally(() => this.pinging.delete(room));
        },
      },
      push: {
        enable: async (room) => {
          const there = this.server.get(room);
          if (!there?.pushes || !this.canReach(room)) return "unsupported";
          there.isRegistered = true;
          return "enabled";
        },
        disable: () => true,
      },
    },
    { ...LIMITS, concurrentJoins: MAX_JOINS },
    {
      onChange: (...change) => this.rules.onChange(...change),
      onTakenIn: (room) => this.lookUp(room),
      onNotice: (room, { name }) => {
        if (name === "out") count(this.outs, room);
        if (name === "back") count(this.backs, room);
        const isEven =
          (this.backs.get(room) ?? 0) <= (this.outs.get(room) ?? 0);
        this.must(isEven, `back more often than out in ${room}`);
      },
      onEnabled: () => {},
      onDisabled: () => {},
    },
  );

  readonly outboxes: Outboxes = new Outboxes(
    {
      clock: this.clock,
      store: {
        load: () => [],
        mirror: (before, after) => {
          for (const { id } of before.entries) this.kept.delete(id);
          for (const entry of after.entries) this.kept.set(entry.id, entry);
        },
      },
      screen: { mirror: () => {} },
      acts: {
        send: (xml) => (this.send(xml) ? "sent" : "not-now"),
        failed: ({ id }) => void this.told.add(id),
        revived: () => {},
        ended: () => {},
      },
      isKept: (room) => this.keeper.isKept(room),
      wayOf: (room) => (this.rules.isOpen(room) ? "open" : "closed"),
      hasArchive: (room) => this.server.get(room)?.hasArchive ?? false,
      isLeader: () => true,
    },
    { messageWaitMs: MESSAGE_WAIT_MS, answerMs: LIMITS.answerTimeoutMs },
  );

  private readonly rules: Rules = new Rules(
    (room) => this.keeper.stateOf(room),
    {
      isBehind: (room) => this.screens.get(room) === "behind",
      isFirst: (room) => this.screens.get(room) === "first",
      onEntered: (room) => this.fetch(room),
      lookUp: (room) => this.lookUp(room),
      pause: (room) => void this.fetches.delete(room),
      drop: (room) => {
        this.fetches.delete(room);
        this.screens.delete(room);
      },
    },
    {
      isDoubtful: (room) => this.outboxes.isDoubtful(room),
      opened: (room, isKnown) => this.outboxes.opened(room, isKnown),
      closed: (room) => this.outboxes.closed(room),
      departed: (room, reason) => this.departed(room, reason),
    },
    { cancel: () => {} },
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
    // The room does not have us, it seems: a join that is under way is about to arrive, or lost.
    const until = this.joining.get(room);
    if (until !== undefined && DOUBTS.has(event.type)) {
      const soon = this.clock.elapsed() + LIMITS.checkIntervalMs;
      this.joining.set(room, Math.min(until, soon));
    }
    this.keeper.handle(room, event);
  }

  screenOf(room: RoomJid): Screen {
    return this.screens.get(room) ?? "none";
  }

  // The user.

  /** Opens a room, or joins one again that they were put out of. */
  opens(room: RoomJid): void {
    this.models.add(room);
    if (!this.isStreamUp || this.keeper.stateOf(room).tag === "joined") return;
    this.converseJoins(room);
  }

  closes(room: RoomJid): void {
    if (!this.models.has(room)) return;
    this.tell(room, { type: "user-left", reason: "left" });
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
    if (!this.models.has(room) || !this.keeper.isKept(room)) return;
    const id = `m${++this.lastId}`;
    this.typed.set(id, room);
    const draft = { room, id, originId: id, target: id, body: id, xml: id };
    if (this.outboxes.offer(draft as Draft, this.isStreamUp)) this.carry(id);
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
    this.keeper.hear(room);
    this.tell(room, { type: "room-spoke" });
  }

  /** Somebody says something: we hear it if we are in. */
  chats(room: RoomJid): void {
    const there = this.server.get(room)!;
    if (there.isSeated && this.canReach(room)) this.keeper.hear(room);
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
    this.keeper.hear(room);
    this.tell(room, { type: "self-presence", nick: "alice" });
  }

  /** @param isResumed whether Converse does not join anew what a resumed stream has kept */
  setStream(isUp: boolean, isResumed = false): void {
    if (isUp === this.isStreamUp) return;
    this.isStreamUp = isUp;
    this.stream++;
    if (!isUp) {
      this.outboxes.streamBroke();
      this.joining.clear();
      this.ours.clear();
      for (const room of this.rooms) {
        this.fetches.delete(room);
      }
    }
    if (isUp && !isResumed) this.shown.clear();
    this.keeper.handleAll({ type: isUp ? "stream-up" : "stream-down" });
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
    const screen = this.screenOf(room);
    this.fetches.delete(room);
    this.screens.set(room, screen === "none" ? "first" : "behind");
    this.joining.set(room, this.clock.elapsed() + LIMITS.joinTimeoutMs);
    this.later(() => this.onJoin(room));
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
    this.keeper.hear(room);
    this.tell(room, { type: "self-presence", nick: "alice" });
    this.fetch(room);
    const isEvicted = there.manner === "evicting";
    if (!isEvicted && there.manner !== "troubled") return;
    const reason = isEvicted ? "unavailable" : "technical-problem";
    this.later(() => this.removes(room, { comesBack: true, reason }), 5);
  }

  /** Brings the screen up to date, which takes a while. */
  private fetch(room: RoomJid): void {
    if (this.fetches.has(room)) return;
    const fetch = Symbol(room);
    this.fetches.set(room, fetch);
    const there = this.server.get(room)!;
    this.later(() => {
      if (this.fetches.get(room) !== fetch) return;
      this.fetches.delete(room);
      if (!this.canReach(room)) return;
      const wasFirst = this.screens.get(room) === "first";
      this.screens.set(room, "current");
      const isKnown = there.hasArchive && !wasFirst;
      if (isKnown) {
        for (const id of there.log) this.reflect(room, id, false);
      }
      this.rules.onCurrent(room, isKnown);
    });
  }

  private lookUp(room: RoomJid): boolean {
    if (this.screens.get(room) !== "current") return false;
    if (!this.server.get(room)?.hasArchive) return false;
    this.screens.set(room, "behind");
    this.fetch(room);
    return true;
  }

  private departed(room: RoomJid, reason: FinalReason): void {
    if (reason === "logged-out") {
      for (const [id, of] of this.typed) if (of === room) this.told.add(id);
    }
    this.outboxes.departed(room, reason);
  }

  private send(id: string): boolean {
    if (!this.isStreamUp) return false;
    const room = this.typed.get(id)!;
    this.must(this.rules.isOpen(room), `sent to ${room} on a way not open`);
    this.carry(id);
    return true;
  }

  /** A message is on its way to its room. */
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
        return this.later(() => {
          if (!this.canReach(room)) return;
          this.keeper.hear(room);
          this.reflect(room, id, true);
        });
      }
      const isRefused = host === "refused";
      this.later(() => {
        this.bounce(room, id, isRefused);
        this.tell(room, { type: "check-wanted" });
      });
    });
  }

  private reflect(room: RoomJid, id: string, isLive: boolean): void {
    const echo = { ids: [id], ownBody: null, isLive };
    this.outboxes.tell(room, { type: "echoed", ...echo });
  }

  private bounce(room: RoomJid, id: string, isRefused: boolean): void {
    const condition = isRefused ? "remote-server-not-found" : "not-acceptable";
    const error = { condition, type: "cancel", by: null };
    const refusal = { ids: [id], error, isPrivate: false };
    this.outboxes.tell(room, { type: "bounced", ...refusal });
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
