/** A room is joined, lost and left in any order, its archive answers or not; then the weather is good. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wakesAt } from "../../../src/core/catch-up/catch-up.js";
import type {
  CatchUpEffect,
  Page,
} from "../../../src/core/catch-up/catch-up-events.js";
import { FACTS, failed, Life, page } from "./life.js";

type EffectOf<T> = Extract<CatchUpEffect, { type: T }>;

const PAGE_SIZE = 3;
const BAD = ["error", "unknown", "no-answer", "not-sent"] as const;

/** A room, its archive or history, and a page without Converse. */
class World {
  readonly life = new Life();
  readonly broken: string[] = [];
  /** The ids of everything that was said. */
  readonly log: string[] = [];
  readonly shown: string[] = [];
  held: string[] = [];
  readonly questions: EffectOf<"ask">[] = [];
  readonly pages: EffectOf<"read">[] = [];
  readonly searches: number[] = [];
  readonly releases: number[] = [];
  private readonly released = new Set<number>();
  /** Whether something may be missing, and the user was told, or looks at another page. */
  isExcused = false;
  isStreamUp = true;
  /** Whether the room has a seat for us. */
  isIn = false;
  isPaused = false;
  /** Whether a join was sent that the room has not answered. */
  private isJoining = false;
  returns = 0;
  backs = 0;
  /** The count that the next word of a return has; null while none is due. */
  due: number | null = null;

  constructor(readonly hasArchive: boolean) {}

  get tag(): string {
    return this.life.tag;
  }

  private facts() {
    const { shown, hasArchive, life } = this;
    const isShownIn = life.state.tag !== "absent";
    const id = hasArchive ? shown.at(-1) : undefined;
    const last = id === undefined ? null : { id, at: life.now };
    return { ...FACTS, hasArchive, isShownIn, last, lastTime: life.now };
  }

  tell(event: Parameters<Life["on"]>[0]): void {
    const { life } = this;
    life.random = 0.5;
    life.on(event);
    for (const effect of life.effects) this.carryOut(effect);
    this.check(event.type);
  }

  private must(holds: boolean, what: string): void {
    if (!holds) this.broken.push(what);
  }

  private carryOut(effect: CatchUpEffect): void {
    const { state } = this.life;
    switch (effect.type) {
      case "ask":
        this.must(effect.epoch === state.epoch, "a stale question");
        this.must(this.hasArchive, "a question to no archive");
        this.questions.push(effect);
        break;
      case "find":
        this.searches.push(effect.epoch);
        break;
      case "read": {
        const ids = effect.page.messages.map(({ id }) => id);
        this.held = this.held.filter((id) => !ids.includes(id));
        this.pages.push(effect);
        break;
      }
      case "release":
        this.must(!this.released.has(effect.epoch), "released twice");
        this.released.add(effect.epoch);
        this.releases.push(effect.epoch);
        if (effect.gapAt !== null) this.isExcused = true;
        this.letGo();
        break;
      case "current":
        this.isExcused ||= !effect.isComplete && this.hasArchive;
        this.must(this.life.tag === "current", "current, but not so");
        break;
      case "drop":
        this.isExcused ||= this.held.length > 0;
        if (effect.isShown) this.letGo();
        this.held = [];
        break;
      case "back": {
        this.backs++;
        this.must(this.due !== null, "a return that nobody waits for is told");
        this.must(effect.missed === this.due, "another count");
        const isEarly = this.releases.includes(state.epoch);
        this.must(!isEarly, "told before the count");
        this.due = null;
      }
    }
  }

  private letGo(): void {
    for (const id of this.held.splice(0)) {
      const { kind } = this.life.admits({ id });
      this.must(kind === "let", "held again");
      this.must(!this.shown.includes(id), `${id} is shown twice`);
      this.shown.push(id);
    }
  }

  private check(after: string): void {
    const { state, tag } = this.life;
    const isOfNow = ({ epoch }: { epoch: number }) => epoch === state.epoch;
    const open = this.questions.filter(isOfNow);
    const isOpen = state.tag === "behind" && open.length > 0;
    this.must(open.length <= 1, "two questions at a time");
    this.must(isOpen === (tag === "behind: asking"), `${after}: ${tag}`);
    this.must(state.tag === "behind" || !this.held.length, `held, but ${tag}`);
    const at = wakesAt(state);
    const isMoving =
      isOpen ||
      (tag === "behind: reading" && this.pages.some(isOfNow)) ||
      (tag === "behind: finding" && this.searches.includes(state.epoch));
    const isStuck = state.tag === "behind" && !isMoving && at === null;
    this.must(!isStuck || this.isPaused, `${after}: nothing ends ${tag}`);
    this.must(at === null || at - this.life.elapsed <= 300_000, "a long wait");
  }

  // The user and Converse.

  join(): void {
    if (!this.isStreamUp) return;
    this.life.isSeated = this.isPaused = false;
    this.isJoining = true;
    this.tell({ type: "join-sent", facts: this.facts() });
  }

  private isInside = () => this.isIn && this.isStreamUp;

  enters(): void {
    const isOurs = this.isIn || this.isJoining;
    if (!isOurs || !this.isStreamUp || this.tag === "absent") return;
    this.isIn = this.life.isSeated = true;
    this.tell({ type: "entered" });
    const isWithHistory = this.isJoining && !this.hasArchive;
    this.isJoining = false;
    if (!isWithHistory) return;
    for (const id of this.log.filter((id) => !this.shown.includes(id))) {
      const { kind } = this.life.admits({ id: null, isDelayed: true });
      if (kind === "let") this.shown.push(id);
    }
  }

  fetchesFirst(): void {
    if (this.tag !== "first" || !this.isInside()) return;
    const missing = this.log.filter((id) => !this.shown.includes(id));
    this.shown.push(...missing);
    if (this.due !== null) this.due = 0;
    this.tell({ type: "first-fetched", facts: this.facts() });
  }

  comesBack(): void {
    if (!this.isInside()) return;
    this.returns++;
    this.due = 0;
    this.tell({ type: "back", outForMs: 0 });
  }

  types(isPending: boolean): void {
    this.life.oldestPending = isPending ? this.life.now : null;
  }

  looksUp(type: "look-up" | "late-news"): void {
    if (!this.isInside() || this.tag === "absent") return;
    this.life.isSeated = true;
    this.tell({ type, hasArchive: this.facts().hasArchive });
  }

  leaves(isOwnWish: boolean): void {
    this.due = null;
    this.isIn = this.isJoining = this.life.isSeated = false;
    this.tell({ type: "left", isOwnWish });
  }

  loses(): void {
    this.isIn = this.isJoining = false;
  }

  pauses(): void {
    this.isIn = this.isJoining = this.life.isSeated = false;
    this.isPaused = true;
    this.tell({ type: "pause" });
  }

  setStream(isUp: boolean): void {
    if (isUp === this.isStreamUp) return;
    this.isStreamUp = isUp;
    if (isUp) return;
    this.isIn = this.isJoining = false;
    this.life.isSeated = false;
    this.tell({ type: "stream-down" });
  }

  // The room.

  says(): void {
    const id = `m${this.log.length}`;
    this.log.push(id);
    this.life.passes(7);
    if (!this.isInside() || this.tag === "absent") return;
    this.tell({ type: "word" });
    const { kind } = this.life.admits({ id: this.hasArchive ? id : null });
    if (kind === "hold") this.held.push(id);
    else this.shown.push(id);
  }

  answers(bad: (typeof BAD)[number] | null): void {
    const question = this.questions.shift();
    if (!question) return;
    const { epoch } = question;
    const came = bad === null && this.isStreamUp;
    // A room answers in order: the join first.
    if (came) this.isIn ||= this.isJoining;
    const answer = came ? this.pageOf(question) : failed(bad ?? "not-sent");
    const event = { type: "page-came", epoch, page: answer } as const;
    this.tell({ ...event, lastTime: this.life.now });
  }

  private pageOf({ from }: EffectOf<"ask">): Page {
    const isById = "after" in from;
    const at = isById ? this.log.indexOf(from.after) : -1;
    if (isById && at < 0) return failed("unknown");
    const ids = this.log.slice(at + 1, at + 1 + PAGE_SIZE);
    const isComplete = at + 1 + PAGE_SIZE >= this.log.length;
    return page(ids.at(-1) ?? null, isComplete, ...ids);
  }

  finds(): void {
    const epoch = this.searches.shift();
    const known = { id: this.shown.at(-1) ?? null, at: this.life.now };
    if (epoch !== undefined) this.tell({ type: "anchor-found", epoch, known });
  }

  reads(isRead: boolean): void {
    const taken = this.pages.shift();
    if (!taken) return;
    const archived = { isArchived: true, isDelayed: true };
    for (const { id } of isRead ? taken.page.messages : []) {
      const { kind } = this.life.admits({ id, ...archived });
      this.must(kind === "let", `${id} of a page: ${kind}`);
      if (!this.shown.includes(id)) this.shown.push(id);
    }
    this.tell({ type: "page-read", epoch: taken.epoch, isRead });
  }

  readsHeld(missed: number): void {
    const epoch = this.releases.shift();
    if (epoch === undefined) return;
    const isOfNow = epoch === this.life.state.epoch;
    if (isOfNow && this.due !== null) this.due = missed;
    this.tell({ type: "released", epoch, missed });
  }

  /** Time passes until something is due, or for a while. */
  waits(): void {
    const { life } = this;
    const at = wakesAt(life.state) ?? life.elapsed + 10_000;
    life.passes(Math.max(0, at - life.elapsed));
    this.tell({ type: "wake", isConnected: this.isStreamUp });
  }

  /** Everything is answered, and well. */
  clears(): void {
    this.setStream(true);
    if (!this.isIn || this.isPaused || this.isJoining) this.join();
    this.enters();
    if (this.due === null) this.comesBack();
    for (let n = 0; n < 200; n++) {
      if (this.questions.length > 0) this.answers(null);
      else if (this.pages.length > 0) this.reads(true);
      else if (this.searches.length > 0) this.finds();
      else if (this.releases.length > 0) {
        if (this.due === null) this.comesBack();
        this.readsHeld(1);
      } else if (this.tag === "first") this.fetchesFirst();
      else if (this.tag === "behind: history") this.tell({ type: "subject" });
      else if (wakesAt(this.life.state) !== null) this.waits();
      else break;
    }
  }
}

type Act = (world: World) => void;
/** Named, so that a counterexample can be read. */
const act = (name: string, run: Act) =>
  Object.assign(run, { toString: () => name });

const acts = fc.constantFrom(
  act("join", (w) => w.join()),
  act("join", (w) => w.join()),
  act("enter", (w) => w.enters()),
  act("enter", (w) => w.enters()),
  act("fetch first", (w) => w.fetchesFirst()),
  act("fetch first", (w) => w.fetchesFirst()),
  act("back", (w) => w.comesBack()),
  act("type", (w) => w.types(true)),
  act("echo", (w) => w.types(false)),
  act("look up", (w) => w.looksUp("look-up")),
  act("late news", (w) => w.looksUp("late-news")),
  act("leave", (w) => w.leaves(true)),
  act("put out", (w) => w.leaves(false)),
  act("pause", (w) => w.pauses()),
  act("lose the seat", (w) => w.loses()),
  act("stream down", (w) => w.setStream(false)),
  act("stream up", (w) => w.setStream(true)),
  act("subject", (w) => w.tell({ type: "subject" })),
  act("say", (w) => w.says()),
  act("say", (w) => w.says()),
  act("say five", (w) => [1, 2, 3, 4, 5].forEach(() => w.says())),
  act("answer", (w) => w.answers(null)),
  act("answer", (w) => w.answers(null)),
  ...BAD.map((kind) => act(kind, (w) => w.answers(kind))),
  act("find", (w) => w.finds()),
  act("read", (w) => w.reads(true)),
  act("read", (w) => w.reads(true)),
  act("can't read", (w) => w.reads(false)),
  act("read held", (w) => w.readsHeld(2)),
  act("wait", (w) => w.waits()),
  act("wait", (w) => w.waits()),
);

describe.each([
  ["with an archive", true],
  ["without an archive", false],
])("a room %s lives through anything", (_, hasArchive) => {
  it("and shows everything, once, when the weather is good again", () => {
    let complete = 0;
    fc.assert(
      fc.property(fc.array(acts, { maxLength: 60 }), (life) => {
        const world = new World(hasArchive);
        for (const run of life) run(world);
        world.clears();
        expect(world.broken).toEqual([]);
        expect(world.tag).toBe("current");
        expect(world.held).toEqual([]);
        expect(world.due).toBeNull();
        expect(world.backs).toBeLessThanOrEqual(world.returns);
        if (world.isExcused) return;
        complete++;
        expect([...world.shown].sort()).toEqual([...world.log].sort());
      }),
      { numRuns: Number(process.env["RUNS"] ?? 600) },
    );
    expect(complete, "lives in which nothing may be missing").toBeGreaterThan(
      60,
    );
  }, 60_000);
});
