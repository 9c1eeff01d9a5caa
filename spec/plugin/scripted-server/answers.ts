import type { ErrorType, StanzaError } from "./stanzas";
import type { Element } from "./xml";

/** What becomes of a request: granted, refused, or left without an answer for ever. */
export type Answer =
  | { kind: "result" }
  | { kind: "error"; error: StanzaError }
  | { kind: "never" };

/** A test's say in what becomes of each request of one kind. A promise is a late answer. */
export type Responder = (request: Element) => Answer | Promise<Answer>;

export const result: Answer = { kind: "result" };
export const never: Answer = { kind: "never" };

export function error(
  condition: string,
  type: ErrorType = "cancel",
  by?: string,
): Answer {
  return {
    kind: "error",
    error: by === undefined ? { condition, type } : { condition, type, by },
  };
}

/** A request that waits until the test answers it. */
export interface HeldRequest {
  request: Element;
  answer(answer: Answer): void;
}

/** A responder that keeps every request back; `next` hands them out in the order of their arrival. */
export class Hold {
  private readonly arrived: HeldRequest[] = [];
  private readonly takers: ((held: HeldRequest) => void)[] = [];

  readonly responder: Responder = (request) =>
    new Promise<Answer>((answer) => {
      const held = { request, answer };
      const taker = this.takers.shift();
      if (taker) taker(held);
      else this.arrived.push(held);
    });

  next(): Promise<HeldRequest> {
    const held = this.arrived.shift();
    if (held) return Promise.resolve(held);
    return new Promise((resolve) => this.takers.push(resolve));
  }
}

/** Gives the listed answers in turn; the last one goes on for ever. */
export function inTurn(...answers: [Answer, ...Answer[]]): Responder {
  const rest: Answer[] = [...answers];
  return () => (rest.length > 1 ? rest.shift() : rest[0]) ?? never;
}
