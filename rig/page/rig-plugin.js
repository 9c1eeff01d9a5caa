/* global window */
/**
 * Runs in the page, before Converse: writes down what goes over the wire and what Converse announces, for tests
 * and for the demo, as `window.rig`. It changes nothing.
 */
(() => {
  /** Events of Converse and of the plugin, on every release that knows them. */
  const EVENTS = [
    "connected",
    "disconnected",
    "reconnected",
    "logout",
    "chatRoomInitialized",
    "enteredNewRoom",
    "leaveRoom",
    "chatBoxClosed",
    "mucPushEnabled",
    "mucPushDisabled",
    "mucPushReceived",
    "mucPushChecked",
    "mucPushOut",
    "mucPushBack",
    "mucPushGivenUp",
  ];

  const isRelease7 = () => /^v7\./.test(rig._converse?.VERSION_NAME);

  const listeners = new Set();
  const rig = {
    /** Converse's inner object, once its plugins run. */
    _converse: null,
    converse: null,
    /** {dir: "in" | "out", xml, at}, at in milliseconds since the epoch. */
    wire: [],
    /** {name, payload, at}; the payload only if it is plain data. */
    events: [],
    /** Uncaught errors and unhandled rejections, as text. */
    errors: [],
    /** Converse's model of a room or a contact, on every release. */
    chat(jid) {
      return (rig._converse?.state?.chatboxes ?? rig._converse?.chatboxes)?.get(
        jid,
      );
    },
    /** For a Converse that does not announce itself to the page. */
    register,
    /** Closes a room or a chat as its user does: up to 7 the view does more than the model. */
    async close(jid) {
      const view = rig._converse?.chatboxviews?.get(jid);
      await (isRelease7() ? view : rig.chat(jid))?.close();
    },
    /** Says something as the page's user. */
    async say(jid, body) {
      await rig.chat(jid)?.sendMessage(isRelease7() ? body : { body });
    },
    /** Converse's model of its connection, on every release. */
    connfeedback() {
      return (rig._converse?.state ?? rig._converse)?.connfeedback;
    },
    /** Calls back with ("wire" | "event", entry). */
    on(listener) {
      listeners.add(listener);
    },
  };
  window.rig = rig;

  function note(kind, list, entry) {
    list.push({ ...entry, at: Date.now() });
    for (const listener of listeners) listener(kind, list.at(-1));
  }

  window.addEventListener("error", ({ message }) =>
    rig.errors.push(String(message)),
  );
  window.addEventListener("unhandledrejection", ({ reason }) =>
    rig.errors.push(String(reason?.stack ?? reason)),
  );

  const BrowserWebSocket = window.WebSocket;
  window.WebSocket = class extends BrowserWebSocket {
    constructor(...args) {
      super(...args);
      this.addEventListener("message", ({ data }) =>
        note("wire", rig.wire, { dir: "in", xml: String(data) }),
      );
    }
    send(data) {
      note("wire", rig.wire, { dir: "out", xml: String(data) });
      super.send(data);
    }
  };

  const isPlain = (value) =>
    value !== null && Object.getPrototypeOf(value) === Object.prototype;

  function register(converse) {
    rig.converse = converse;
    converse.plugins.add("rig", {
      initialize() {
        const { _converse } = this;
        rig._converse = _converse;
        for (const name of EVENTS) {
          _converse.api.listen.on(name, (payload) =>
            note("event", rig.events, {
              name,
              payload: isPlain(payload ?? null) ? { ...payload } : null,
            }),
          );
        }
      },
    });
  }

  if (window.converse?.plugins?.add) register(window.converse);
  else
    window.addEventListener(
      "converse-loaded",
      ({ detail }) => register(detail.converse),
      { once: true },
    );
})();
