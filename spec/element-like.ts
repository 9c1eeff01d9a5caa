/** As much of a DOM element as is read of stanzas that go out, and written into them; Node has none. */
export class ElementLike {
  readonly nodeType = 1;
  readonly nodeValue = null;
  readonly attributes: { name: string; value: string }[] = [];
  readonly ownerDocument = {
    createElementNS: (ns: string, name: string) =>
      new ElementLike(name, { xmlns: ns }),
  };

  constructor(
    readonly localName: string,
    attributes: Record<string, string> = {},
    readonly childNodes: (ElementLike | TextLike)[] = [],
  ) {
    for (const [name, value] of Object.entries(attributes))
      this.setAttribute(name, value);
  }

  get namespaceURI(): string {
    return this.getAttribute("xmlns") ?? "jabber:client";
  }

  get textContent(): string {
    return this.childNodes
      .map((node) =>
        node instanceof ElementLike ? node.textContent : node.nodeValue,
      )
      .join("");
  }

  getAttribute(name: string): string | null {
    return this.attributes.find((each) => each.name === name)?.value ?? null;
  }

  hasAttribute(name: string): boolean {
    return this.getAttribute(name) !== null;
  }

  setAttribute(name: string, value: string): void {
    this.removeAttribute(name);
    this.attributes.push({ name, value });
  }

  removeAttribute(name: string): void {
    const at = this.attributes.findIndex((each) => each.name === name);
    if (at >= 0) this.attributes.splice(at, 1);
  }

  appendChild(child: ElementLike): void {
    this.childNodes.push(child);
  }

  /** A copy, children and all. */
  cloneNode(): ElementLike {
    const attributes = this.attributes.map(({ name, value }) => [name, value]);
    const children = this.childNodes.map((node) =>
      node instanceof ElementLike ? node.cloneNode() : { ...node },
    );
    return new ElementLike(
      this.localName,
      Object.fromEntries(attributes) as Record<string, string>,
      children,
    );
  }

  /** As XML, without a look at what would have to be escaped. */
  toString(): string {
    const attributes = this.attributes.map(
      ({ name, value }) => ` ${name}="${value}"`,
    );
    const children = this.childNodes.map((node) =>
      node instanceof ElementLike ? String(node) : node.nodeValue,
    );
    const { localName } = this;
    return `<${localName}${attributes.join("")}>${children.join("")}</${localName}>`;
  }
}

interface TextLike {
  readonly nodeType: 3;
  nodeValue: string;
}

/** An element with these attributes and children; a string is text. */
export const element = (
  name: string,
  attributes: Record<string, string> = {},
  ...children: (ElementLike | string)[]
): ElementLike =>
  new ElementLike(
    name,
    attributes,
    children.map((child) =>
      typeof child === "string" ? { nodeType: 3, nodeValue: child } : child,
    ),
  );
