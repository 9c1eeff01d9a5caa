/** A message that is shown with a mark. */
export interface Mark {
  /** What the page knows the message by: its `data-msgid`. */
  readonly msgid: string;
  readonly isFailed: boolean;
}

/** What the marks say. */
export interface MarkTexts {
  readonly waiting: string;
  readonly failed: string;
}

const LOOKS = `
  display: block;
  font-size: 0.8em;
  line-height: 1.4;
`;

/** A string of CSS; what is in it can't end it. */
const cssString = (text: string): string =>
  `"${text.replace(/["\\\n\r\f]/g, (char) => `\\${char.charCodeAt(0).toString(16)} `)}"`;

/**
 * Marks messages that wait or have failed, by a style sheet of its own: nothing of Converse's page is
 * touched, and when Converse renders a message anew it is still marked.
 */
export class WaitingMarks {
  private sheet: HTMLStyleElement | null = null;

  constructor(private readonly texts: () => MarkTexts) {}

  /** Marks these messages, and no others. */
  show(marks: readonly Mark[]): void {
    if (typeof document === "undefined") return;
    if (marks.length === 0) return this.stop();
    const { waiting, failed } = this.texts();
    const css = [
      rule(
        marks.filter(({ isFailed }) => !isFailed),
        waiting,
        "color: var(--subdued-color, #777); font-style: italic;",
      ),
      rule(
        marks.filter(({ isFailed }) => isFailed),
        failed,
        "color: var(--error-color, #d24e2b);",
      ),
    ].join("\n");
    this.sheet ??= document.head.appendChild(document.createElement("style"));
    if (this.sheet.textContent !== css) this.sheet.textContent = css;
  }

  /** Marks nothing; a second call does nothing. */
  stop(): void {
    this.sheet?.remove();
    this.sheet = null;
  }
}

function rule(marks: readonly Mark[], text: string, color: string): string {
  const selectors = marks.map(
    ({ msgid }) =>
      `.chat-msg[data-msgid="${CSS.escape(msgid)}"] .chat-msg__content::after`,
  );
  return selectors.length === 0
    ? ""
    : `${selectors.join(",\n")} { content: ${cssString(text)};${LOOKS}${color} }`;
}
