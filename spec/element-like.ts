/** As much of a DOM element as is read of what goes out; Node has none. */
export interface ElementLike {
  readonly nodeType: 1;
  readonly localName: string;
  readonly namespaceURI: string;
  readonly attributes: { name: string; value: string }[];
  readonly childNodes: ElementLike[];
  readonly textContent: string;
  getAttribute(name: string): string | null;
  cloneNode(): ElementLike;
  removeAttribute(name: string): void;
}

const element = (
  localName: string,
  attributes: Record<string, string>,
  childNodes: ElementLike[] = [],
): ElementLike => ({
  nodeType: 1,
  localName,
  namespaceURI: "jabber:client",
  attributes: Object.entries(attributes).map(([name, value]) => ({
    name,
    value,
  })),
  childNodes,
  textContent: "",
  getAttribute: (name) => attributes[name] ?? null,
  cloneNode: () => element(localName, attributes, childNodes),
  removeAttribute: () => undefined,
});

/** A message to a room. */
export const groupchat = (to: string, id: string): ElementLike =>
  element("message", { type: "groupchat", to, id }, [element("body", {})]);
