import { createElement, parse, type Element } from "ltx";

export { Element } from "ltx";

type Attributes = Record<string, string | number | undefined>;
type Child = Element | string | undefined;

/** Builds an element; attributes and children that are undefined are left out. */
export function x(
  name: string,
  attributes: Attributes = {},
  ...children: Child[]
): Element {
  const present = children.filter((child) => child !== undefined);
  return createElement(name, { ...attributes }, ...present);
}

export function parseXml(text: string): Element {
  return parse(text);
}

export function attribute(element: Element, name: string): string | undefined {
  const value: unknown = element.attrs[name];
  return typeof value === "string" ? value : undefined;
}

/** The payload of an IQ: its first child that is no error. */
export function payloadOf(iq: Element): Element | undefined {
  return iq.getChildElements().find((child) => child.getName() !== "error");
}

/** A copy that can be given another addressee without touching the original. */
export function copyOf(element: Element): Element {
  return parse(element.toString());
}
