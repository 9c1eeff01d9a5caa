/** docs/muc-push.md, as what tests can hold servers and the plugin to: its examples, and the rows of its tables. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Element, parse } from "ltx";

const page = readFileSync(
  fileURLToPath(new URL("../docs/muc-push.md", import.meta.url)),
  "utf8",
);

const SID = "urn:xmpp:sid:0";

/** Who is who in the examples. */
export const CAST = {
  room: "garden@rooms.shakespeare.example",
  nick: "romeo",
  client: "romeo@montague.example/orchard",
  node: "9b21f0c5d7e84a36b1c8e05f7a3d2946",
} as const;

/** What the examples call something → what it is called in a run. */
export type Names = Readonly<Record<string, string>>;

/** The stanza of one example. @throws Error when there is none of that name */
export function example(name: string): Element {
  const [, rest = ""] = page.split(`<!-- example: ${name} -->\n\`\`\`xml\n`);
  const [xml = ""] = rest.split("```");
  if (xml === "") throw new Error(`docs/muc-push.md has no example ${name}`);
  return parse(xml);
}

/** The names of all examples, in the page's order. */
export function exampleNames(): string[] {
  return [...page.matchAll(/^<!-- example: ([\w-]+) -->$/gm)].map(
    ([, name]) => name as string,
  );
}

/** The rows of the table behind a mark, cell by cell, without the table's head. */
export function tableRows(mark: string): string[][] {
  const [, rest = ""] = page.split(`<!-- ${mark}: `);
  const lines = rest.split("\n").slice(2);
  const end = lines.findIndex((line) => !line.startsWith("|"));
  return lines.slice(2, end).map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
}

/** The example with a run's names in it. */
export function cast(name: string, names: Names): Element {
  return renamed(example(name), names);
}

/** A stanza of a run, as the examples would have it. */
export function uncast(stanza: Element, names: Names): Element {
  const back = Object.entries(names).map(([ours, theirs]) => [theirs, ours]);
  return renamed(stanza, Object.fromEntries(back) as Names);
}

function renamed(element: Element, names: Names): Element {
  const attrs = Object.entries(element.attrs as Record<string, string>).map(
    ([key, value]) => [key, names[value] ?? value],
  );
  const children = element.children
    .filter((child) => typeof child !== "string" || child.trim() !== "")
    .map((child) =>
      typeof child === "string" ? child : renamed(child as Element, names),
    );
  const copy = new Element(element.name, Object.fromEntries(attrs));
  copy.append(...children);
  return copy;
}

/**
 * The stanza as text that is the same for stanzas which mean the same: without what streams add (the namespace of
 * the stream, languages), what the receiver's server adds (XEP-0359), and what an error may have in it besides: words
 * for people, and the request that it answers (RFC 6120 § 8.3.1).
 */
export function canonical(element: Element, parentNamespace?: string): string {
  const namespace =
    (element.attrs.xmlns as string | undefined) ?? parentNamespace;
  const attrs = Object.entries(element.attrs as Record<string, string>)
    .filter(([key, value]) => key !== "xml:lang" && value !== "jabber:client")
    .filter(([key, value]) => key !== "xmlns" || value !== parentNamespace)
    .map(([key, value]) => ` ${key}=${JSON.stringify(value)}`)
    .sort()
    .join("");
  const inside = element.children
    .filter((child) =>
      typeof child === "string"
        ? child.trim() !== ""
        : !isBesides(element, child as Element),
    )
    .map((child) =>
      typeof child === "string"
        ? child.trim()
        : canonical(child as Element, namespace),
    )
    .join("");
  return `<${element.name}${attrs}>${inside}</${element.name}>`;
}

function isBesides(parent: Element, child: Element): boolean {
  const isWordsForPeople = parent.is("error") && child.is("text");
  const isEcho =
    parent.is("iq") && parent.attrs.type === "error" && !child.is("error");
  return isWordsForPeople || isEcho || child.is("stanza-id", SID);
}
