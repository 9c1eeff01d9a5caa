import type { MucModel } from "../models.js";
interface RoomWithInfo extends MucModel {
    readonly __super__: {
        createInfoMessage(...args: unknown[]): unknown;
    };
}
/**
 * 7.0.6 compares what a room says of itself ("this room is logged") with the last message, and takes that out
 * of the room to do so: with every join a message is gone. An override of its MUC model.
 */
export declare function createInfoMessage(this: RoomWithInfo, ...args: unknown[]): unknown;
export {};
