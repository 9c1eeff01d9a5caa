/** What a TypeScript user of the package writes in a module; it is compiled against the packed package. */
import {
  register,
  type ConverseOrModule,
  type MucPushApi,
  type MucPushEvents,
  type RoomReport,
} from "converse-muc-push";

declare const converse: ConverseOrModule;
declare const api: {
  readonly mucPush: MucPushApi;
  on<Name extends keyof MucPushEvents>(
    name: Name,
    listener: (payload: MucPushEvents[Name]) => void,
  ): void;
};

register(converse);
// @ts-expect-error A string is no Converse: the types are there, and are not `any`.
register("converse");

const report: RoomReport | null = api.mucPush.state("garden@rooms.example");
export const isIn: boolean = report?.state === "joined";
api.mucPush.check("garden@rooms.example");
api.on("mucPushBack", ({ room, outForMs, missed }) => {
  console.log(room.toUpperCase(), (outForMs + missed).toFixed());
});
