import type { MucModel } from "../models.js";
interface JoinedRoom extends MucModel {
    readonly __super__: {
        join(...args: unknown[]): unknown;
    };
}
/**
 * 7.0.6 says that it joins only after the room has told about itself: until then a push would look like news.
 * An override of its MUC model; later releases say so at once.
 */
export declare function join(this: JoinedRoom, ...args: unknown[]): unknown;
export {};
