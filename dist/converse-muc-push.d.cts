interface StanzaBuilder {
	c(name: string, attributes?: Record<string, string>): StanzaBuilder;
	t(text: string): StanzaBuilder;
	up(): StanzaBuilder;
	tree(): Element;
}
interface Log {
	debug(message: string): void;
	warn(message: string): void;
	error(message: string): void;
}
interface PublicConverse {
	readonly plugins: {
		add(name: string, plugin: object): void;
	};
	readonly env: {
		$iq(attributes: Record<string, string>): StanzaBuilder;
		$msg(attributes: Record<string, string>): StanzaBuilder;
		$pres(attributes: Record<string, string>): StanzaBuilder;
		readonly Strophe: {
			/** What goes over the wire for an element. */
			serialize(element: Element): string;
			readonly Bosh?: new (...args: never[]) => object;
		};
		/** From 8 on; 7 has none that a plugin can reach. */
		readonly log?: Log;
	};
}
/** What a page or a bundler may hand in: Converse itself, or the namespace of its module. */
export type ConverseOrModule = PublicConverse | {
	readonly default: PublicConverse;
};
type RoomJid = string;
type Verdict = "joined" | "gone" | "out" | "unreachable";
type FinalReason = "left"
/** Converse left it, and hears of its activity instead (`muc_subscribe_to_rai`) until the user looks at it. */
 | "parked" | "logged-out" | "kicked" | "banned" | "affiliation-lost" | "members-only" | "destroyed" | "nick-conflict" | "nick-required" | "nick-refused" | "password-required" | "not-allowed" | "not-found" | "refused";
type PassingReason = "shutdown" | "technical-problem" | "unavailable" | "stream-lost" | "self-ping" | "unreachable" | "full" | "busy" | "locked" | "join-timeout" | "join-failed";
type Guard = "push" | "ready" | "silence";
interface Common {
	/**
	 * Counts pings, joins and departures. An answer carries the epoch of its question and is dropped when
	 * the state has moved on.
	 */
	readonly epoch: number;
	/** The nick that the service last confirmed; null before the first self-presence. */
	readonly nick: string | null;
	/** Since when the user is known to be out; null while that is not known. */
	readonly outSince: number | null;
	/** Since when the room is in this state. */
	readonly since: number;
	readonly guard: Guard;
	/** Whether the room was found lost without a push although it pushes: the way of pushes may be blocked. */
	readonly hasMissedPush: boolean;
	/** How often in a row the room could not be reached or joined. */
	readonly attempt: number;
	/** How often in a row a wait was cut short. */
	readonly prompted: number;
	/** How often in a row the room let us in for moments only. */
	readonly brief: number;
	/** How often in a row a join found no such room. */
	readonly missing: number;
	/** Since when we have the seat that we have; null without one. */
	readonly enteredAt: number | null;
}
interface Suspended extends Common {
	readonly tag: "suspended";
}
interface Joining extends Common {
	readonly tag: "joining";
	/** When it counts as failed; null while it waits for its turn. */
	readonly until: number | null;
	/** Whether a self-ping has just found that there is no such room; null where none has asked. */
	readonly isGone: boolean | null;
	/** When the seat was lost that this join is to bring back; minus infinity for none. */
	readonly lostAt: number;
}
interface Joined extends Common {
	readonly tag: "joined";
	readonly nick: string;
	/** When a check last came back `joined`; minus infinity before the first. */
	readonly checkedAt: number;
	/** When a deferred check is due; null when none is. */
	readonly recheckAt: number | null;
	/** When another status went to the room, which it takes for a join if it has forgotten us; minus infinity for never. */
	readonly presenceSentAt: number;
}
interface Checking extends Common {
	readonly tag: "checking";
	readonly nick: string;
	/** Whether it began in a room that was believed joined; otherwise a join may be confirmed late. */
	readonly isSeated: boolean;
	/** Whether the room itself has spoken: by a push, or its service's word that it is ready. */
	readonly hasRoomSpoken: boolean;
	/** Whether something asked for another check meanwhile. */
	readonly isRecheckDue: boolean;
	/** When the ping counts as lost because the room has spoken since; null while it has not. */
	readonly until: number | null;
}
interface Renaming extends Common {
	readonly tag: "renaming";
	readonly nick: string;
	readonly asked: string;
	readonly until: number;
	readonly isRecheckDue: boolean;
}
interface Waiting extends Common {
	readonly tag: "waiting";
	/** When it is pinged again; null while another room asks after the same host. */
	readonly until: number | null;
	/** Before this nothing cuts the wait short. */
	readonly promptableAt: number;
	/** Whether the room has said that we are out, so that a ping before the join would say nothing new. */
	readonly isJoinDue: boolean;
	readonly reason: PassingReason;
}
interface Left extends Common {
	readonly tag: "left";
	readonly reason: FinalReason;
}
type RoomState = Suspended | Joining | Joined | Checking | Renaming | Waiting | Left;
/** The state of a room, for other plugins and for what people see. */
export interface RoomReport {
	/**
	 * `joined`; `checking`: a self-ping is under way; `renaming`: another nick was asked for; `joining`;
	 * `waiting`: out, or out of reach, and asked again; `suspended`: the stream is down; `left`: out, and
	 * staying out.
	 */
	readonly state: RoomState["tag"];
	/** Why the room is waited for, or was left; absent in the other states. */
	readonly reason?: PassingReason | FinalReason;
	/** Since when the room is in this state, in milliseconds since 1970. */
	readonly since: number;
	/** When the room is asked again, in milliseconds since 1970; absent when no time is set. */
	readonly nextAttemptAt?: number;
	/** Since when the user is known to be out, in milliseconds since 1970; absent while in. */
	readonly outSince?: number;
	/**
	 * How a loss of the seat would show: the room pushes (`push`), its service says when it is ready again
	 * (`ready`), or only by its silence.
	 */
	readonly guard: Guard;
}
/** What `_converse.api.mucPush` offers. */
export interface MucPushApi {
	/**
	 * The state of a room.
	 *
	 * @param room the room's bare JID
	 * @returns null for a room that was not joined since the login
	 */
	state(room: RoomJid): RoomReport | null;
	/**
	 * Finds out now whether the user is still in a room (XEP-0410), and rejoins if not. Within the check
	 * interval after the last check it is put off to the end of that interval.
	 *
	 * @param room the room's bare JID
	 */
	check(room: RoomJid): void;
}
/** The events that this plugin triggers, with their payloads; listen with `api.listen.on`. */
export interface MucPushEvents {
	/** The room confirmed the registration for push. */
	mucPushEnabled: {
		readonly room: RoomJid;
	};
	/** The room was asked to forget the registration. */
	mucPushDisabled: {
		readonly room: RoomJid;
	};
	/** A push came and was answered: `accepted` with `result`, otherwise with `item-not-found`. */
	mucPushReceived: {
		readonly room: string;
		readonly accepted: boolean;
	};
	/** A self-ping was answered, or was not. */
	mucPushChecked: {
		readonly room: RoomJid;
		readonly verdict: Verdict;
	};
	/** The user turned out not to be in the room any more, and is being brought back. */
	mucPushOut: {
		readonly room: RoomJid;
		readonly reason: PassingReason;
	};
	/**
	 * The user is back in the room, and Converse has fetched what was missed: `outForMs` milliseconds after
	 * it became known that they were out, having missed `missed` messages of others.
	 */
	mucPushBack: {
		readonly room: RoomJid;
		readonly outForMs: number;
		readonly missed: number;
	};
	/** The user is out and stays out. */
	mucPushGivenUp: {
		readonly room: RoomJid;
		readonly reason: FinalReason;
	};
}
/**
 * Registers the plugin, for bundlers and headless builds; a page that loads Converse by a script or module
 * needs no call. Call it before `converse.initialize`.
 *
 * @param converse Converse.js, or the namespace of its module
 * @throws TypeError when it is neither
 */
export declare function register(converse: ConverseOrModule): void;

export {};
