/**
 * The namespace of an element. 7.0.6 builds what it sends with Strophe's builder, where a namespace is an
 * attribute only, and an element without one has its parent's.
 */
export const namespaceOf = (element: Element): string =>
  element.namespaceURI ??
  element.getAttribute("xmlns") ??
  (element.parentElement ? namespaceOf(element.parentElement) : "");
