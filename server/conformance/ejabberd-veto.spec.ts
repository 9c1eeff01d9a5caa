/** mod_muc_push for ejabberd beside a module that stops messages. */
import { describe } from "vitest";
import { EJABBERDS, startEjabberdBeside } from "./ejabberd";
import { useStage } from "./stage";
import { itPushesNobodyAfterVeto } from "./veto";

describe.each(EJABBERDS)(
  "$server.name: beside other modules",
  ({ release, server }) => {
    const stage = useStage(
      {
        ...server,
        start: (settings) =>
          startEjabberdBeside(settings, release, ["mod_veto_test"]),
      },
      { intervalSeconds: 0 },
    );

    itPushesNobodyAfterVeto(stage);
  },
);
