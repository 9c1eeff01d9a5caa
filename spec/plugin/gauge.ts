import { result, type Responder, type ScriptedServer } from "./scripted-server";

/**
 * Grants requests, and counts how many are under way at a time. Each is answered only after the client has
 * had the time to send more.
 */
export class Gauge {
  /** The most that were ever under way at a time. */
  most = 0;
  /** All that came. */
  total = 0;
  private current = 0;

  constructor(private readonly server: ScriptedServer) {}

  readonly responder: Responder = async () => {
    this.total += 1;
    this.current += 1;
    this.most = Math.max(this.most, this.current);
    await this.server.roundTrip();
    this.current -= 1;
    return result;
  };
}
