import type { RoomJid } from "../core/events.js";
import type { Undo } from "../ports.js";

/** What is shown of one room. */
export interface KeptTexts {
  readonly heading: string;
  readonly texts: readonly string[];
  /** What the button says before and after a click. */
  readonly button: readonly [string, string];
}

/** The boxes and forms that Converse draws in place of a room that the user is not in; where it has none, nothing is shown. */
const IN_PLACE_OF_ROOM =
  ".chatroom-body > :is(converse-muc-disconnected, converse-muc-destroyed, converse-muc-password-form, converse-muc-nickname-form)";

/** Shows the user's own words below Converse's form or box: the conversation that has them is not drawn then. */
export class KeptWords {
  private rooms: ReadonlySet<RoomJid> = new Set();
  /** What is shown, and the element that shows it. */
  private boxes = new Map<RoomJid, { key: string; box: Element }>();
  private unwatch: Undo | null = null;

  constructor(private readonly read: (room: RoomJid) => KeptTexts) {}

  /** Something is kept of these rooms, and of no others. */
  show(rooms: ReadonlySet<RoomJid>): void {
    if (typeof document === "undefined") return;
    if (rooms.size === 0) return this.stop();
    this.rooms = rooms;
    this.place();
    if (this.unwatch) return;
    const observer = new MutationObserver(() => this.place());
    observer.observe(document, { childList: true, subtree: true });
    this.unwatch = () => observer.disconnect();
  }

  /** Shows nothing; a second call does nothing. */
  stop(): void {
    this.unwatch?.();
    this.unwatch = null;
    for (const { box } of this.boxes.values()) box.remove();
    this.boxes.clear();
  }

  private place(): void {
    const before = this.boxes;
    this.boxes = new Map();
    for (const form of document.querySelectorAll(IN_PLACE_OF_ROOM)) {
      const room = form.getAttribute("jid")?.toLowerCase() ?? "";
      if (!this.rooms.has(room) || this.boxes.has(room)) continue;
      const kept = this.read(room);
      const key = JSON.stringify(kept);
      // The same element for the same texts: what the user has selected stays so.
      const known = before.get(room);
      const box = known?.key === key ? known.box : draw(kept);
      if (known?.box === box) before.delete(room);
      this.boxes.set(room, { key, box });
      // Converse may draw its form behind what is there already.
      const isAbove = box.nextElementSibling && !box.previousElementSibling;
      if (box.parentElement !== form || isAbove) form.append(box);
    }
    for (const { box } of before.values()) box.remove();
  }
}

function draw({ heading, texts, button }: KeptTexts): Element {
  const box = document.createElement("section");
  box.className = "muc-push-kept";
  box.hidden = texts.length === 0;
  const add = (name: string, text: string, styles: object, to = box) => {
    const child = document.createElement(name);
    child.textContent = text;
    child.dir = "auto";
    // Properties, other than an attribute, are not forbidden by any `style-src`.
    Object.assign(child.style, styles);
    return to.appendChild(child);
  };
  Object.assign(box.style, { padding: "1em" });
  add("h3", heading, {});
  const list = add("ul", "", { listStyle: "disc" });
  const looks = { whiteSpace: "pre-wrap", overflowWrap: "anywhere" };
  for (const text of texts) add("li", text, looks, list);
  // A page that is not secure has no clipboard, whatever the types say.
  const clipboard = navigator.clipboard as Clipboard | undefined;
  if (!clipboard) return box;
  const copy = add("button", button[0], { marginTop: "1em" });
  copy.setAttribute("type", "button");
  copy.className = "btn btn-primary";
  copy.onclick = () =>
    clipboard.writeText(texts.join("\n")).then(
      () => (copy.textContent = button[1]),
      () => copy.remove(),
    );
  return box;
}
