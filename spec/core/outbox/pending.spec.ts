import { describe, expect, it } from "vitest";
import {
  byClockOf,
  isDoubtful,
  isFailed,
  isHeld,
  isSent,
  turnOf,
  type Pending,
  type Phase,
} from "../../../src/core/outbox/pending.js";

const at = (sentAt: number) => ({ sentAt }) as Pending;
const times = (now: number, ...sentAt: number[]) =>
  byClockOf(now, sentAt.map(at)).map((entry) => entry.sentAt);

describe("the messages of before a reload", () => {
  it("are as old as they say", () => {
    expect(times(100, 10, 100)).toEqual([10, 100]);
    expect(times(100)).toEqual([]);
  });

  it("are older by as much as the clock was set back since", () => {
    expect(times(100, 10, 150, 160)).toEqual([-50, 90, 100]);
    const [entry] = byClockOf(100, [at(10)], 160);
    expect(entry?.sentAt).toBe(-50);
  });
});

it.each<[Phase, string]>([
  [{ tag: "sent", turn: 2, at: 9 }, "sent"],
  [{ tag: "doubtful" }, "doubtful"],
  [{ tag: "held" }, "held"],
  [{ tag: "failed", reason: "banned" }, "failed"],
])("a message of phase %o is that, and no other", (phase, tag) => {
  const entry = { phase } as Pending;
  const is = {
    sent: isSent(entry),
    doubtful: isDoubtful(entry),
    held: isHeld(entry),
    failed: isFailed(entry),
  };
  const none = { sent: false, doubtful: false, held: false, failed: false };
  expect(is).toEqual({ ...none, [tag]: true });
  expect(turnOf(entry)).toBe(tag === "sent" ? 2 : 0);
});
