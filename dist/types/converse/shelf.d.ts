/** What a JSON text says; null when it says nothing, or can't be read. */
export declare function parse(text: string | null): unknown;
/** A browser's storage that may be full, forbidden or missing: nothing here throws. */
export declare class Shelf {
    readonly storage: Storage | null;
    /** @param storage null where the browser denies it */
    constructor(storage: Storage | null);
    /** What is kept under a key; null when nothing is. */
    get(key: string): string | null;
    /** @returns whether it is kept now */
    set(key: string, text: string): boolean;
    remove(key: string): void;
    /** Every key that begins like this. */
    keys(prefix: string): string[];
    private attempt;
}
