import { resourceOf } from "../../core/jid.js";
import type { MucModel, OccupantModel } from "../converse-types.js";
import { childNamed } from "../stanza-view.js";

const OCCUPANT_ID = "urn:xmpp:occupant-id:0";

type StoredOccupants = MucModel["occupants"] & {
  readonly storage?: {
    destroy(model: { readonly id: unknown }, collection: unknown): unknown;
  };
};

/**
 * Gives the known occupant of a nick the id that the room has for it now (XEP-0421). From 10 on Converse finds
 * occupants by that id alone: after a service has made new ones, everybody would be there twice.
 *
 * @param presence an available one, which Converse has not read yet
 */
export function renewOccupantId(muc: MucModel, presence: Element): void {
  const { occupants } = muc;
  const id = childNamed(presence, "occupant-id", OCCUPANT_ID)?.getAttribute(
    "id",
  );
  if (!occupants || !id || !muc.features?.get(OCCUPANT_ID)) return;
  const nick = resourceOf(presence.getAttribute("from") ?? "");
  const outdated = occupants.models.filter(
    (occupant) =>
      occupant.get("nick") === nick &&
      (occupant.get("occupant_id") ?? id) !== id,
  );
  for (const occupant of outdated) {
    if (occupants.models.some((other) => other.get("occupant_id") === id)) {
      occupant.destroy?.();
    } else {
      rename(muc, occupant, id);
    }
  }
}

function rename(muc: MucModel, occupant: OccupantModel, id: string): void {
  // What is stored under the id of before would be somebody else after a reload.
  const { storage } = muc.occupants as StoredOccupants;
  const stored = { id: occupant.get("id") };
  Promise.resolve(storage?.destroy(stored, muc.occupants)).catch(() => {});
  if (occupant.get("nick") === muc.get("nick")) {
    // Converse finds its own occupant by it.
    muc.set?.({ occupant_id: id }, { silent: true });
    occupant.save?.({ id, occupant_id: id });
  } else {
    // Somebody else may have taken the nick: the room says whose it is, if it says so at all.
    occupant.save?.({ id, occupant_id: id, jid: undefined });
  }
}
