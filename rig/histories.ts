/** Two histories of one conversation, side by side: what is missing, what is there twice, what is out of order. */

export interface Line {
  /** What makes it the same message in both. */
  readonly key: string;
  /** What a person reads. */
  readonly label: string;
}

/** How many lines of each kind a report quotes. */
const QUOTED = 8;

/** How far apart the two are, in sentences; empty when they are the same. */
export function differences(
  where: string,
  expected: readonly Line[],
  actual: readonly Line[],
): string[] {
  const howOften = counts(actual);
  const wanted = counts(expected);
  const missing = expected.filter(({ key }) => !howOften.has(key));
  const surplus = actual.filter(({ key }) => !wanted.has(key));
  const repeated = expected.filter(
    ({ key }) => (howOften.get(key) ?? 0) > (wanted.get(key) ?? 0),
  );
  return [
    ...report(where, "missing", missing),
    ...report(where, "more than once", repeated),
    ...report(where, "unexpected", surplus),
    ...report(where, "out of order", misplaced(expected, actual)),
  ];
}

function counts(lines: readonly Line[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const { key } of lines) found.set(key, (found.get(key) ?? 0) + 1);
  return found;
}

/** The lines that stand behind one that they should stand before. */
function misplaced(
  expected: readonly Line[],
  actual: readonly Line[],
): readonly Line[] {
  const places = new Map(expected.map(({ key }, place) => [key, place]));
  let furthest = -1;
  return actual.filter(({ key }) => {
    const place = places.get(key);
    if (place === undefined || place === furthest) return false;
    if (place < furthest) return true;
    furthest = place;
    return false;
  });
}

function report(where: string, what: string, lines: readonly Line[]): string[] {
  if (lines.length === 0) return [];
  const quoted = lines.slice(0, QUOTED).map(({ label }) => label);
  const more = lines.length - quoted.length;
  return [
    `${where}: ${lines.length} ${what}: ${quoted.join("; ")}${more > 0 ? `; and ${more} more` : ""}`,
  ];
}
