/**
 * What the conformance suite needs from a room server: the rest goes over the wire.
 * One object of this kind per server makes the same tests run against it.
 */

/** All optional: what a test does not set stays far away from its timings. */
export interface PushSettings {
  /** Least time between an answer and the next push to the same registration. */
  intervalSeconds?: number;
  /** How long an answer is waited for. */
  timeoutSeconds?: number;
  /** Between a bounced message and the push to the one that it threw out. */
  graceSeconds?: number;
  /** The first retry comes after half to all of this; each further one after twice as much. */
  retryMinSeconds?: number;
  retryMaxSeconds?: number;
  /** Pushes in a row without a usable answer until the registration is forgotten. */
  retryLimit?: number;
  maxNodeLengthBytes?: number;
  maxPerUser?: number;
  maxPerRoom?: number;
  maxPending?: number;
  /** Rooms that the server keeps in memory; the others are stored and loaded when needed. */
  maxLiveRooms?: number;
  /** Pushes each second to those who lost their seat when the service went down; none when it is not set. */
  startupRate?: number;
  /** Between the start of the service and the first of those pushes. */
  startupDelaySeconds?: number;
  /** Who is told, after a start, that the room is ready (urn:xmpp:muc-ready:0); nobody when it is not set. */
  announceReady?: "registered" | "affiliated";
}

interface Host {
  /** The domain. */
  readonly host: string;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGTERM. */
  terminate(): Promise<void>;
  start(): Promise<void>;
}

export interface UserHost extends Host {
  readonly websocketUrl: string;
  /** That of every account, where the accounts are there already. */
  readonly password?: string;
  addUser(name: string, password: string): void;
  /** SIGSTOP: it takes connections, and answers nothing. */
  freeze(): void;
  /** SIGCONT. */
  thaw(): void;
}

export interface RoomHost extends Host {
  /** Everything that the server has logged, at its most talkative. */
  readLog(): string;
}

export interface RunningServers {
  readonly users: UserHost;
  readonly rooms: RoomHost;
  close(): Promise<void>;
}

export interface ServerUnderTest {
  readonly name: string;
  /** Occupants are still in the room after a clean restart. */
  readonly keepsSeatsOverCleanRestart: boolean;
  /** Two sessions of one account can be in a room under one nick. */
  readonly sharesNicks: boolean;
  /** A whole domain can be banned from a room. */
  readonly bansDomains: boolean;
  /** What the log says at the start: that this is the release which the name promises. */
  readonly greeting: RegExp;
  /** What the log says when the server's own code failed. */
  readonly failureInLog: RegExp;
  /** It runs elsewhere: its log can't be read, and it can't be stopped. */
  readonly isGiven?: boolean;
  /** Whether it has, or can be given, these settings; a server that is not given can have any. */
  canHave?(settings: PushSettings): boolean;
  start(settings: PushSettings): Promise<RunningServers>;
}
