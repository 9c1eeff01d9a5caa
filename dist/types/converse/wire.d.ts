import type { Answer, ClockPort, PingAnswer, PingPort } from "../types.js";
import type { Compat } from "./compat/compat.js";
import type { StanzaBuilder } from "./models.js";
/** Sends IQ requests. A request always ends and never rejects. */
export declare class Wire implements PingPort {
    private readonly compat;
    private readonly clock;
    private readonly timeoutMs;
    /** @param timeoutMs how long an answer may take, in milliseconds */
    constructor(compat: Compat, clock: ClockPort, timeoutMs: number);
    /**
     * Asks, and waits for the answer of the entity that was asked.
     *
     * @param to a room's or an occupant's JID
     * @param fill adds the payload
     */
    request(type: "get" | "set", to: string, fill: (iq: StanzaBuilder) => StanzaBuilder): Promise<Answer>;
    /** Self-ping (XEP-0410 §3). A ping that could not be sent counts as unanswered. */
    ping(room: string, nick: string): Promise<PingAnswer>;
    /** Asks an entity what it is and what it can do (XEP-0030 §3). */
    discoInfo(to: string): Promise<Answer>;
    private isMissing;
}
