/**
 * The members in which the plugin's own interfaces differ on purpose from the types that Converse.js 14.0.0 and
 * Strophe 5 ship, each with its reason. Where a reason begins with "arguments: ", only these differ and the answer
 * still has to fit; every other member of the list is not compared at all.
 */
export interface Differences {
  MucModel: {
    messages: "`any` in Converse's types";
    occupants: "`any` in Converse's types";
    msg_chain: "`any` in Converse's types";
    handleMAMResult: "in 7.0.6 alone; later a function of its own";
    constructJoinPresence: "arguments: Converse's types want both, its code needs neither";
    join: "arguments: they are passed on as they come";
    leave: "arguments: they are passed on as they come";
    createMessage: "arguments: they are passed on as they come";
    createInfoMessage: "arguments: they are passed on as they come";
    getUpdatedMessageAttributes: "arguments: they are passed on as they come";
    sendTimedMessage: "arguments: they are passed on as they come";
    isUserMentioned: "its answer is `any` in Converse's types";
    queueMessage: "arguments: the attributes are Converse's own, of which the plugin sees less";
  };
  MessageModel: {
    collection: "Converse gives a collection its `chatbox` after it is made";
  };
  OccupantModel: {
    collection: "Converse gives a collection its `chatroom` after it is made";
    messages: "`any` in Converse's types";
    save: "arguments: Converse's types want three, its code needs one";
  };
  InnerConverse: {
    api: "`any` in Converse's types; its parts are compared one by one";
    state: "`any` in Converse's types";
    MUC: "later in `exports`";
    ChatRoom: "up to 10.1.2; later in `exports`";
    handleMAMResult: "up to 10.1.2; later in `exports`";
    onDirectMUCInvitation: "up to 10.1.2; later in `exports`";
    chatboxes: "up to 10.1.2; later in `state`";
    disco_entities: "up to 10.1.2; later in `state`";
    connection: "in older releases; later behind `api.connection.get`";
    shouldNotifyOfGroupMessage: "7.0.6 alone; later a hook";
  };
  ConverseApi: {
    hook: "arguments: Converse's types take `{...any}` for an array";
    send: "arguments: the builder is Strophe's own, of which the plugin sees less";
  };
  listen: {
    on: "`any` in Converse's types";
    not: "`any` in Converse's types";
  };
  env: {
    log: "missing in Converse's types; compared with `log` of @converse/headless";
  };
  StropheConnection: {
    deleteHandler: "arguments: the handler is Strophe's own, of which the plugin sees less";
  };
}
