import { NS } from "./namespaces";
import { errorOf, resultOf } from "./stanzas";
import { attribute, payloadOf, x, type Element } from "./xml";

type Answerer = (request: Element, payload: Element) => Element;

const empty: Answerer = (request) => resultOf(request);
const emptied: Answerer = (request, payload) =>
  resultOf(request, x(payload.getName(), { xmlns: payload.getNS() }));

function serverInfo(request: Element, payload: Element): Element {
  const isServer = !(attribute(request, "to") ?? "").includes("@");
  const identity = isServer
    ? { category: "server", type: "im" }
    : { category: "account", type: "registered" };
  const features = [
    NS.discoInfo,
    NS.discoItems,
    NS.ping,
    NS.carbons,
    NS.vcard,
    NS.pubsub,
  ];
  return resultOf(
    request,
    x(
      "query",
      { xmlns: NS.discoInfo, node: attribute(payload, "node") },
      x("identity", identity),
      ...features.map((feature) => x("feature", { var: feature })),
    ),
  );
}

/** Personal eventing holds nothing, and takes everything. */
function pubsub(request: Element): Element {
  if (attribute(request, "type") === "set") return resultOf(request);
  return errorOf(request, { condition: "item-not-found", type: "cancel" });
}

const answerers: Record<string, Answerer> = {
  [NS.carbons]: empty,
  [NS.discoInfo]: serverInfo,
  [NS.discoItems]: emptied,
  [NS.ping]: empty,
  [NS.pubsub]: pubsub,
  [NS.roster]: emptied,
  [NS.vcard]: emptied,
};

/** What a user's own server and account answer to an IQ; what they do not know is unavailable. */
export function answerAsAccount(request: Element): Element {
  const payload = payloadOf(request);
  const answerer = payload && answerers[payload.getNS() ?? ""];
  if (!answerer)
    return errorOf(request, {
      condition: "service-unavailable",
      type: "cancel",
    });
  return answerer(request, payload);
}
