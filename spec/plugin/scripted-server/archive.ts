import { NS } from "./namespaces";
import { resultOf } from "./stanzas";
import { attribute, copyOf, x, type Element } from "./xml";

const PAGE = 50;

interface Entry {
  id: string;
  stamp: string;
  message: Element;
}

/** XEP-0313 as far as a client that catches up with a room uses it. */
export class Archive {
  readonly entries: Entry[] = [];

  add(id: string, message: Element, stamp = new Date().toISOString()): void {
    this.entries.push({ id, stamp, message });
  }

  /** The result messages and, last, the answer to the query. */
  answer(request: Element): Element[] {
    const query = request.getChild("query", NS.mam);
    const page = this.page(query);
    const results = page.entries.map((entry) =>
      this.resultMessage(request, query, entry),
    );
    const set = x(
      "set",
      { xmlns: NS.rsm },
      ...(page.entries.length
        ? [
            x("first", {}, page.entries[0]?.id),
            x("last", {}, page.entries.at(-1)?.id),
          ]
        : []),
    );
    const complete = page.isComplete ? "true" : undefined;
    return [
      ...results,
      resultOf(request, x("fin", { xmlns: NS.mam, complete }, set)),
    ];
  }

  private page(query: Element | undefined): {
    entries: Entry[];
    isComplete: boolean;
  } {
    const set = query?.getChild("set", NS.rsm);
    const max = Number(set?.getChildText("max") || PAGE);
    const before = set?.getChild("before");
    const matching = this.matching(query, set);
    const entries = before ? matching.slice(-max) : matching.slice(0, max);
    return { entries, isComplete: entries.length === matching.length };
  }

  private matching(
    query: Element | undefined,
    set: Element | undefined,
  ): Entry[] {
    const start = formField(query, "start");
    const end = formField(query, "end");
    const after = this.position(set?.getChildText("after"));
    const before = this.position(set?.getChildText("before"));
    return this.entries.filter(
      (entry, position) =>
        (start === undefined || Date.parse(entry.stamp) >= Date.parse(start)) &&
        (end === undefined || Date.parse(entry.stamp) <= Date.parse(end)) &&
        (after === undefined || position > after) &&
        (before === undefined || position < before),
    );
  }

  private position(id: string | null | undefined): number | undefined {
    if (!id) return undefined;
    const position = this.entries.findIndex((entry) => entry.id === id);
    return position < 0 ? undefined : position;
  }

  private resultMessage(
    request: Element,
    query: Element | undefined,
    entry: Entry,
  ): Element {
    const queryid = query && attribute(query, "queryid");
    const message = copyOf(entry.message);
    message.attrs["xmlns"] = NS.client;
    delete message.attrs["to"];
    return x(
      "message",
      {
        xmlns: NS.client,
        from: attribute(request, "to"),
        to: attribute(request, "from"),
      },
      x(
        "result",
        { xmlns: NS.mam, id: entry.id, queryid },
        x(
          "forwarded",
          { xmlns: NS.forward },
          x("delay", { xmlns: NS.delay, stamp: entry.stamp }),
          message,
        ),
      ),
    );
  }
}

function formField(
  query: Element | undefined,
  name: string,
): string | undefined {
  const form = query?.getChild("x", NS.dataForms);
  const field = form?.getChildByAttr("var", name);
  return field?.getChildText("value") ?? undefined;
}
