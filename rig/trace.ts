/** What the room server received and sent, as mod_rig_trace wrote it. */
import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readSync,
  watch,
  writeFileSync,
} from "node:fs";
import { type Element, parse } from "ltx";

export interface TraceEntry {
  /** Milliseconds since the epoch, by the clock of this machine. */
  readonly at: number;
  /** "in": reached the room server; "out": left it. */
  readonly direction: "in" | "out";
  readonly xml: string;
  readonly stanza: Element;
}

export interface TraceWait {
  /** Only entries with `at` of this or later (milliseconds since the epoch); all by default. */
  since?: number;
  /** Milliseconds until the promise rejects; 30 000 by default. */
  timeoutMs?: number;
}

export interface Trace {
  /** Everything written until now, oldest first. */
  entries(): readonly TraceEntry[];
  /** Resolves with the first entry that fits. @throws Error when none came in time. */
  waitFor(
    fits: (entry: TraceEntry) => boolean,
    options?: TraceWait,
  ): Promise<TraceEntry>;
  /** Calls back for each entry from now on; returns the undo. */
  onEntry(listener: (entry: TraceEntry) => void): () => void;
  close(): void;
}

/**
 * Follows a trace file.
 * @param file is created when it is not there
 */
export function followTrace(file: string): Trace {
  if (!existsSync(file)) writeFileSync(file, "");
  const descriptor = openSync(file, "r");
  const seen: TraceEntry[] = [];
  const listeners = new Set<(entry: TraceEntry) => void>();
  let offset = 0;
  let rest = Buffer.alloc(0);

  function read(): void {
    const { size } = fstatSync(descriptor);
    if (size <= offset) return;
    const fresh = Buffer.alloc(size - offset);
    offset += readSync(descriptor, fresh, 0, fresh.length, offset);
    const text = Buffer.concat([rest, fresh]);
    const end = text.lastIndexOf("\n") + 1;
    rest = text.subarray(end);
    for (const line of text.subarray(0, end).toString("utf8").split("\n")) {
      if (line === "") continue;
      const written = JSON.parse(line) as Omit<TraceEntry, "stanza">;
      const entry = { ...written, stanza: parse(written.xml) };
      seen.push(entry);
      for (const listener of [...listeners]) listener(entry);
    }
  }

  const watcher = watch(file, { persistent: false }, read);

  function onEntry(listener: (entry: TraceEntry) => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  function entries(): readonly TraceEntry[] {
    read();
    return [...seen];
  }

  function waitFor(
    fits: (entry: TraceEntry) => boolean,
    { since = 0, timeoutMs = 30_000 }: TraceWait = {},
  ): Promise<TraceEntry> {
    const wanted = (entry: TraceEntry): boolean =>
      entry.at >= since && fits(entry);
    const already = entries().find(wanted);
    if (already) return Promise.resolve(already);
    const stack = new Error(
      `no such stanza in the room server's trace within ${timeoutMs} ms`,
    );
    return new Promise((resolve, reject) => {
      const stop = onEntry((entry) => {
        if (!wanted(entry)) return;
        clearTimeout(limit);
        stop();
        resolve(entry);
      });
      const limit = setTimeout(() => {
        stop();
        reject(stack);
      }, timeoutMs);
    });
  }

  function close(): void {
    watcher.close();
    closeSync(descriptor);
    listeners.clear();
  }

  return { entries, waitFor, onEntry, close };
}
