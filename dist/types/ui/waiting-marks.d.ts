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
/**
 * Marks messages that wait or have failed, by a style sheet of its own: nothing of Converse's page is
 * touched, and when Converse renders a message anew it is still marked.
 */
export declare class WaitingMarks {
    private readonly texts;
    private sheet;
    constructor(texts: () => MarkTexts);
    /** Marks these messages, and no others. */
    show(marks: readonly Mark[]): void;
    /** Marks nothing; a second call does nothing. */
    stop(): void;
}
