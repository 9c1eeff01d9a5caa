import { expect, it, vi } from "vitest";
import {
  letAskArchive,
  rejoinQuietly,
} from "../../src/converse/act/quiet-return.js";
import type { Compat } from "../../src/converse/converse.js";
import type { MucModel } from "../../src/converse/converse-types.js";

it.each([
  [undefined, true, undefined],
  [undefined, false, true],
  [true, true, false],
  [true, false, true],
  [false, false, true],
])(
  "a room whose archive is closed to Converse: %s; to be asked: %s",
  (disable_mam, mayAsk, after) => {
    const muc = { disable_mam } as MucModel;
    letAskArchive(muc, mayAsk);
    expect(muc.disable_mam).toBe(after);
  },
);

it.each([
  [true, 1],
  [false, 0],
])(
  "a join that is still wanted (%s) when it is made is sent, behind the room's handlers",
  async (isWanted, sent) => {
    const order: string[] = [];
    const presence = {} as Element;
    const send = vi.fn();
    const compat = {
      api: { send },
      joinPresence: async () => (order.push("made"), presence),
    } as unknown as Compat;
    const muc = {
      registerHandlers: () => order.push("handlers"),
    } as unknown as MucModel;
    await rejoinQuietly(compat, muc, () => isWanted);
    expect(order).toEqual(["handlers", "made"]);
    expect(send).toHaveBeenCalledTimes(sent);
    if (isWanted) expect(send).toHaveBeenCalledWith(presence);
  },
);
