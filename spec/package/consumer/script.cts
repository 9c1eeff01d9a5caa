/** The same for a user who `require`s the package. */
// eslint-disable-next-line @typescript-eslint/no-require-imports -- it is what is tried here
import mucPush = require("converse-muc-push");

declare const converse: mucPush.ConverseOrModule;
declare const api: mucPush.MucPushApi;

mucPush.register(converse);
// @ts-expect-error A string is no Converse: the types are there, and are not `any`.
mucPush.register("converse");

const reason: mucPush.RoomReport["reason"] = api.state(
  "garden@rooms.example",
)?.reason;
export = reason;
