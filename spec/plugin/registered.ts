/** Where most stories begin: a page that is registered with its room, so that a push would reach it. */
import type { ScriptedPage } from "./chat";
import type { ChatOptions, Opener } from "./harness";

/** Settings that keep waits short, for a page whose time runs. */
export const QUICK = {
  muc_push_check_interval_ms: 100,
  muc_push_backoff_min_ms: 10,
  muc_push_backoff_max_ms: 20,
};

export interface RegisteredOptions extends ChatOptions {
  /** Whether the room has an archive; it has none by default. */
  hasArchive?: boolean;
}

/** A chat that is registered with its one room, or with the usual one of several. */
export async function openRegistered<
  P extends ScriptedPage,
  O extends ChatOptions,
>(
  harness: Opener<P, O>,
  options: NoInfer<O & RegisteredOptions> = {} as O & RegisteredOptions,
) {
  const { hasArchive = false, prepare } = options;
  const chat = await harness.open({
    ...options,
    prepare: (server) => {
      if (hasArchive) server.room("garden").hasArchive = true;
      prepare?.(server);
    },
  });
  const room = chat.room();
  await chat.heard("mucPushEnabled", room);
  return { chat, server: chat.server, room, clock: chat.page.clock };
}

/** The same, in a page whose time stands still from now on. */
export async function openRegisteredTimeless<
  P extends ScriptedPage,
  O extends ChatOptions,
>(
  harness: Opener<P, O>,
  options: NoInfer<O & RegisteredOptions> = {} as O & RegisteredOptions,
) {
  const opened = await openRegistered(harness, {
    isTimeScripted: true,
    ...options,
  });
  await opened.chat.stopTime();
  return opened;
}
