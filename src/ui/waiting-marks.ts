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

/** A style sheet in the page. */
interface Sheet {
  write(css: string): void;
  remove(): void;
}

/** A sheet that no `style-src` of the page's forbids; an element where the browser knows none (up to 2023). */
function addSheet(): Sheet {
  if (
    "adoptedStyleSheets" in document &&
    "replaceSync" in CSSStyleSheet.prototype
  ) {
    const sheet = new CSSStyleSheet();
    // A new array: the oldest browsers that know them let nobody change the one that is there.
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    return {
      write: (css) => sheet.replaceSync(css),
      remove: () => {
        document.adoptedStyleSheets = document.adoptedStyleSheets.filter(
          (other) => other !== sheet,
        );
      },
    };
  }
  const element = document.createElement("style");
  document.head.appendChild(element);
  return {
    write: (css) => (element.textContent = css),
    remove: () => element.remove(),
  };
}

/**
 * Marks messages that wait or have failed, by a style sheet of its own: nothing of Converse's page is
 * touched, and when Converse renders a message anew it is still marked.
 */
export class WaitingMarks {
  private sheet: Sheet | null = null;
  private css = "";

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
    if (css === this.css) return;
    this.sheet ??= addSheet();
    this.sheet.write(css);
    this.css = css;
  }

  /** Marks nothing; a second call does nothing. */
  stop(): void {
    this.sheet?.remove();
    this.sheet = null;
    this.css = "";
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
