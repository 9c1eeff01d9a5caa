import type { PingAnswer } from "../../core/events.js";
import type { Answer, ClockPort } from "../../ports.js";
import { randomToken } from "../clock.js";
import type { Compat } from "../converse.js";
import type { StanzaBuilder } from "../converse-types.js";
import { bareJid, hostOf } from "../../core/jid.js";
import { errorView } from "../stanza-view.js";

const DISCO_INFO = "http://jabber.org/protocol/disco#info";
const PING = "urn:xmpp:ping";

/** An answer that is given more time and again ends after this many times the usual time. */
const MOST_EXTENSIONS = 20;

/** Sends IQ requests. A request always ends and never rejects. */
export class Wire {
  /** @param timeoutMs how long an answer may take, in milliseconds */
  constructor(
    private readonly compat: Compat,
    private readonly clock: ClockPort,
    private readonly timeoutMs: number,
  ) {}

  /**
   * Asks, and waits for the answer of the entity that was asked.
   *
   * @param to a room's or an occupant's JID
   * @param fill adds the payload
   * @param onBegin called before it is sent, with a function that gives the answer its full time anew
   */
  request(
    type: "get" | "set",
    to: string,
    fill: (iq: StanzaBuilder) => StanzaBuilder,
    onBegin?: (extend: () => void) => void,
  ): Promise<Answer> {
    return new Promise((resolve) => {
      // Converse never settles the promise of a request whose socket breaks.
      const wait = () =>
        this.clock.after(this.timeoutMs, () => resolve({ kind: "no-answer" }));
      let cancel = wait();
      onBegin?.(() => {
        cancel();
        cancel = wait();
      });
      const longestMs = this.timeoutMs * (onBegin ? MOST_EXTENSIONS : 1);
      const end = (answer: Answer) => {
        cancel();
        resolve(answer);
      };
      const notSent = (error: unknown) => {
        this.compat.log.debug(
          `muc-push: could not send a request to ${bareJid(to)}: ${error}`,
        );
        end({ kind: "not-sent" });
      };
      try {
        // Strophe takes an answer from anybody who knows the id: this one can't be guessed.
        const id = `muc-push-${randomToken()}`;
        const iq = this.compat.built(fill(this.compat.iq({ type, to, id })));
        const { api } = this.compat;
        if (!api.connection.connected()) return notSent("not connected");
        Promise.resolve(api.sendIQ(iq, longestMs, false)).then((answer) => {
          if (!answer) end({ kind: "no-answer" });
          else if (bareJid(answer.getAttribute("from") ?? "") === bareJid(to))
            end(readAnswer(answer));
        }, notSent);
      } catch (error) {
        notSent(error);
      }
    });
  }

  /** Self-ping (XEP-0410 §3). A ping that could not be sent counts as unanswered. */
  async ping(room: string, nick: string): Promise<PingAnswer> {
    const answer = await this.request("get", `${room}/${nick}`, (iq) =>
      iq.c("ping", { xmlns: PING }),
    );
    if (answer.kind === "not-sent") return { kind: "no-answer" };
    // ejabberd says so of an occupant and of a whole room, and not who says it: the room itself can tell.
    return isAnonymousNotFound(answer) && (await this.isMissing(room))
      ? { kind: "error", error: { ...answer.error, by: hostOf(room) } }
      : answer;
  }

  /** Asks an entity what it is and what it can do (XEP-0030 §3). */
  discoInfo(to: string): Promise<Answer> {
    return this.request("get", to, (iq) =>
      iq.c("query", { xmlns: DISCO_INFO }),
    );
  }

  private async isMissing(room: string): Promise<boolean> {
    const answer = await this.discoInfo(room);
    return answer.kind === "error" && isNotFound(answer);
  }
}

type ErrorAnswer = Extract<Answer, { kind: "error" }>;

const isNotFound = ({ error }: ErrorAnswer): boolean =>
  error.condition === "item-not-found";

const isAnonymousNotFound = (answer: Answer): answer is ErrorAnswer =>
  answer.kind === "error" && isNotFound(answer) && answer.error.by === null;

function readAnswer(element: Element): Answer {
  if (element.getAttribute("type") === "result")
    return { kind: "result", element };
  const error = errorView(element) ?? {
    condition: "undefined-condition",
    type: "",
    by: null,
  };
  return { kind: "error", error };
}
