/** Gives a window of jsdom what a browser has, Converse uses, and jsdom lacks. */
import { webcrypto } from "node:crypto";
import type { DOMWindow } from "jsdom";
import { emojis } from "./scripts";

type Listener = (this: WebSocket, event: Event) => unknown;
type ReportError = (error: unknown) => void;

/** jsdom's throws for an attribute `xmlns` that was set without a namespace; browsers write it down. */
function mendOuterHtml(window: DOMWindow): void {
  const { prototype } = window.Element;
  const usual = Object.getOwnPropertyDescriptor(
    prototype,
    "outerHTML",
  ) as PropertyDescriptor;
  const serializer = new window.XMLSerializer();
  Object.defineProperty(prototype, "outerHTML", {
    ...usual,
    get(this: Element) {
      const isHtml = this.ownerDocument.contentType === "text/html";
      if (isHtml) return usual.get?.call(this) as unknown;
      return serializer.serializeToString(this);
    },
  });
}

/** The one file that Converse fetches. */
const fetch = () =>
  Promise.resolve({ ok: true, json: () => JSON.parse(emojis()) as object });

/** Each character that may mean something in a selector, by its number. */
const escape = (text: string) =>
  text.replace(
    /[^a-z_\u0080-\uffff-]/gi,
    (character) => `\\${character.charCodeAt(0).toString(16)} `,
  );

/** For Converse's entity capabilities; Node's own knows no buffer of another window. */
const digest = (algorithm: string, data: ArrayBuffer) =>
  webcrypto.subtle.digest(algorithm, new Uint8Array(data));

/**
 * jsdom's sockets swallow an error of a listener, which browsers report; and they tell of an error where an open
 * connection is cut, which browsers call a mere end.
 */
function mendedSocket(Plain: typeof WebSocket, report: ReportError) {
  const opened = new WeakSet<WebSocket>();
  const mended = (name: string, listener: Listener) =>
    function (this: WebSocket, event: Event) {
      if (name === "open") opened.add(this);
      if (name === "error" && opened.has(this)) return;
      try {
        listener.call(this, event);
      } catch (error) {
        report(error);
      }
    };
  class Mended extends Plain {
    override addEventListener(name: string, listener: never): void {
      super.addEventListener(name, mended(name, listener));
    }
  }
  for (const name of ["open", "message", "error", "close"])
    Object.defineProperty(Mended.prototype, `on${name}`, {
      set(this: WebSocket, listener: Listener | null) {
        const value = listener && mended(name, listener);
        Reflect.set(Plain.prototype, `on${name}`, value, this);
      },
    });
  return Mended;
}

export function completeWindow(window: DOMWindow, report: ReportError): void {
  mendOuterHtml(window);
  Object.defineProperty(window.crypto, "subtle", { value: { digest } });
  Object.assign(window, {
    fetch,
    CSS: { escape },
    WebSocket: mendedSocket(window.WebSocket as typeof WebSocket, report),
  });
}
