%% Push for group chats: a client that has registered and has lost its seat in a room gets a push when an occupant
%% speaks there, or when the service is back after a crash.
%%
%%   mod_muc_push                  this: the options, and the hooks that ejabberd runs
%%   mod_muc_push_request          requests of clients, checked
%%   mod_muc_push_room             in the process of a room: seats, the right to enter, absentees
%%   mod_muc_push_worker           changes registrations; pushes under way
%%   mod_muc_push_wave             the pushes after a start
%%   mod_muc_push_registrations    the table
%%   mod_muc_push_commands         for administrators
-module(mod_muc_push).
-behaviour(gen_mod).

%% Called by gen_mod.
-export([start/2, stop/1, reload/3, depends/2, mod_opt_type/1, mod_options/1, mod_doc/0]).
%% Called by hooks.
-export([filter_packet/1, muc_process_iq/2, muc_filter_message/3, join_room/4, leave_room/4, room_destroyed/3,
	 room_destroyed/4, remove_room/3, check_create_room/4]).
%% Called by mod_muc_push_commands.
-export([server_host/1]).

-include("translate.hrl").
-include("mod_muc_push.hrl").
-include("mod_muc_room.hrl").

%%% gen_mod

start(ServerHost, Opts) ->
    mod_muc_push_registrations:create_table(),
    case gen_mod:start_child(mod_muc_push_worker, ServerHost, Opts, gen_mod:get_module_proc(ServerHost, ?MODULE)) of
	{ok, _} ->
	    lists:foreach(fun({Hook, Host, Function, Order}) -> ejabberd_hooks:add(Hook, Host, ?MODULE, Function, Order)
			  end, hooks(ServerHost)),
	    mod_muc_push_commands:register(),
	    ok;
	{error, _} = Error -> Error
    end.

stop(ServerHost) ->
    IsUsedElsewhere = gen_mod:is_loaded_elsewhere(ServerHost, ?MODULE),
    lists:foreach(fun({_, global, _, _}) when IsUsedElsewhere -> ok;
		     ({Hook, Host, Function, Order}) -> ejabberd_hooks:delete(Hook, Host, ?MODULE, Function, Order)
		  end, hooks(ServerHost)),
    case IsUsedElsewhere of
	true -> ok;
	false -> mod_muc_push_commands:unregister()
    end,
    gen_mod:stop_child(gen_mod:get_module_proc(ServerHost, ?MODULE)).

%% Each option is read when it is needed.
reload(_ServerHost, _NewOpts, _OldOpts) ->
    ok.

depends(_ServerHost, _Opts) ->
    [{mod_muc, hard}].

%% Messages are looked at after everything that may stop them.
hooks(ServerHost) ->
    [{filter_packet, global, filter_packet, 50},
     {muc_process_iq, ServerHost, muc_process_iq, 10},
     {muc_filter_message, ServerHost, muc_filter_message, 1000},
     {join_room, ServerHost, join_room, 50},
     {leave_room, ServerHost, leave_room, 50},
     {room_destroyed, ServerHost, room_destroyed, 50},
     {remove_room, ServerHost, remove_room, 50},
     {check_create_room, ServerHost, check_create_room, 50}].

%%% Each stanza that is routed on this node. The patterns let through all but a few.

-spec filter_packet(stanza() | drop) -> stanza() | drop | {stop, drop}.
%% A client's request.
filter_packet(#iq{type = set, to = #jid{luser = Name, lresource = <<>>} = To, sub_els = [#xmlel{name = El}]} = IQ)
  when Name /= <<>> andalso (El == <<"enable">> orelse El == <<"disable">>) ->
    with_service(To, IQ, fun(ServerHost) -> filter_request(ServerHost, IQ) end);
%% The same, when another module has read the element already.
filter_packet(#iq{type = set, to = #jid{luser = Name, lresource = <<>>} = To, sub_els = [El]} = IQ)
  when Name /= <<>> andalso (is_record(El, push_enable) orelse is_record(El, push_disable)) ->
    with_service(To, IQ, fun(ServerHost) -> filter_request(ServerHost, IQ#iq{sub_els = [xmpp:encode(El)]}) end);
%% A client's answer to a push: to the room itself, which expects none.
filter_packet(#iq{type = Type, id = <<"muc-push-", _/binary>>, to = #jid{luser = Name, lresource = <<>>} = To} = IQ)
  when Name /= <<>> andalso (Type == result orelse Type == error) ->
    with_service(To, IQ, fun(ServerHost) -> filter_answer(ServerHost, IQ) end);
%% A room describes itself: until 25, ejabberd has no hook for it.
filter_packet(#iq{type = result, from = #jid{luser = Name, lresource = <<>>} = From,
		  sub_els = [#disco_info{node = <<>>} = Info]} = IQ) when Name /= <<>> ->
    with_service(From, IQ, fun(ServerHost) -> IQ#iq{sub_els = [add_features(ServerHost, Info)]} end);
%% A bounced message.
filter_packet(#message{type = error, from = From, to = #jid{luser = Name} = To} = Message) when Name /= <<>> ->
    with_service(To, Message, fun(_) -> tell_of_bounce(room(To), jid:tolower(From)), Message end);
filter_packet(Packet) ->
    Packet.

with_service(#jid{lserver = Host}, Packet, Act) ->
    case server_host(Host) of
	{ok, ServerHost} -> Act(ServerHost);
	error -> Packet
    end.

%% The virtual host whose rooms are on this domain, when they push.
-spec server_host(binary()) -> {ok, binary()} | error.
server_host(Host) ->
    try ejabberd_router:host_of_route(Host) of
	ServerHost ->
	    case gen_mod:is_loaded(ServerHost, ?MODULE)
		andalso lists:member(Host, gen_mod:get_module_opt_hosts(ServerHost, mod_muc)) of
		true -> {ok, ServerHost};
		false -> error
	    end
    catch
	error:_ -> error
    end.

filter_request(ServerHost, IQ) ->
    case mod_muc_push_request:check(IQ, gen_mod:get_module_opt(ServerHost, ?MODULE, max_node_length)) of
	{ok, Checked} -> Checked;
	{error, Error} ->
	    ejabberd_router:route_error(IQ, Error),
	    {stop, drop};
	not_ours -> IQ
    end.

filter_answer(ServerHost, #iq{id = Id, from = From, to = To} = IQ) ->
    case mod_muc_push_worker:answer(ServerHost, Id, {room(To), jid:tolower(From)}, judge(IQ)) of
	ok -> {stop, drop};
	unknown -> IQ
    end.

%% Judged by the condition first: remote-server-not-found comes with type cancel, yet says nothing about the client.
judge(#iq{type = result}) -> keep;
judge(IQ) ->
    try xmpp:get_error(IQ) of
	#stanza_error{reason = 'remote-server-not-found'} -> retry;
	#stanza_error{reason = 'remote-server-timeout'} -> retry;
	#stanza_error{reason = 'resource-constraint'} -> retry;
	#stanza_error{reason = 'internal-server-error'} -> retry;
	#stanza_error{type = wait} -> retry;
	_ -> forget
    catch
	_:_ -> forget
    end.

%% A room that is not persistent says so itself.
add_features(ServerHost, #disco_info{features = Features} = Info) ->
    Ours = case {lists:member(<<"muc_persistent">>, Features),
		 gen_mod:get_module_opt(ServerHost, ?MODULE, announce_ready)} of
	       {false, _} -> [];
	       {true, none} -> [?NS_PUSH_0];
	       {true, _} -> [?NS_PUSH_0, ?NS_MUC_READY]
	   end,
    Info#disco_info{features = Features ++ (Ours -- Features)}.

tell_of_bounce(Room, LJID) ->
    case mod_muc_push_registrations:is_registered(Room, LJID) andalso mod_muc_push_room:find(Room) of
	{ok, Pid} -> mod_muc_push_room:tell(Pid, Room, {bounced, LJID});
	_ -> ok
    end.

%%% In the process of a room

-spec muc_process_iq(ignore | iq(), mod_muc_room:state()) -> ignore | iq() | {stop, ignore | iq()}.
muc_process_iq(#iq{type = Type} = IQ, State) when Type == get; Type == set ->
    case mod_muc_push_room:hear(IQ, State) of
	true -> {stop, ignore};
	false -> process_request(mod_muc_push_request:of_iq(IQ), IQ, State)
    end;
muc_process_iq(Acc, _) ->
    Acc.

process_request({enable, _, _}, #iq{lang = Lang} = IQ, #state{config = #config{persistent = false}} = State) ->
    mod_muc_push_room:check_persistence(State),
    Text = ?T("Only persistent rooms push"),
    {stop, xmpp:make_error(IQ, mod_muc_push_request:refusal('feature-not-implemented', Text, Lang))};
process_request({enable, LJID, Node}, #iq{lang = Lang} = IQ, State) ->
    case mod_muc_push_room:is_seated(LJID, State) of
	true -> hand_on({enable, IQ, room(State#state.jid), LJID, Node}, State);
	false ->
	    Text = ?T("You are not currently connected to this chat"),
	    {stop, xmpp:make_error(IQ, mod_muc_push_request:refusal('not-acceptable', Text, Lang))}
    end;
process_request({disable, LJID, Node}, IQ, State) ->
    %% A client that may not enter any more has no registration, whether or not that was noticed.
    mod_muc_push_room:check_entry(LJID, State),
    hand_on({disable, IQ, room(State#state.jid), LJID, Node}, State);
process_request(none, #iq{type = set, sub_els = [#muc_admin{items = Items}]} = IQ, #state{jid = JID}) ->
    case lists:any(fun(#muc_item{affiliation = To}) -> To == outcast orelse To == none end, Items) of
	true -> mod_muc_push_room:tell(self(), room(JID), check_entry); % after the room has done it
	false -> ok
    end,
    IQ;
process_request(none, #iq{type = set, sub_els = [#muc_owner{}]} = IQ, #state{jid = JID}) ->
    mod_muc_push_room:tell(self(), room(JID), check_persistence), % after the room has done it
    IQ;
process_request(none, IQ, _) ->
    IQ.

%% The worker answers, when the registration is on the disk.
hand_on(Request, #state{server_host = ServerHost}) ->
    mod_muc_push_worker:tell(ServerHost, Request),
    {stop, ignore}.

-spec muc_filter_message(message() | drop, mod_muc_room:state(), binary()) -> message() | drop.
muc_filter_message(#message{type = groupchat} = Message, State, _Nick) ->
    case is_worth_a_push(Message) of
	true -> mod_muc_push_room:said(State);
	false -> ok
    end,
    Message;
muc_filter_message(Acc, _, _) ->
    Acc.

is_worth_a_push(#message{body = [_ | _]}) -> true;
is_worth_a_push(#message{sub_els = Els}) -> lists:any(fun is_encrypted/1, Els).

%% An encrypted element without a payload is nothing but a key.
is_encrypted(El) ->
    case {xmpp:get_name(El), xmpp:get_ns(El)} of
	{<<"encrypted">>, <<"eu.siacs.conversations.axolotl">>} -> has_payload(El); % XEP-0384 0.3
	{<<"encrypted">>, <<"urn:xmpp:omemo:1">>} -> has_payload(El);
	{<<"encrypted">>, <<"urn:xmpp:omemo:2">>} -> has_payload(El);
	{<<"openpgp">>, <<"urn:xmpp:openpgp:0">>} -> true; % XEP-0373
	{<<"x">>, <<"jabber:x:encrypted">>} -> true; % XEP-0027
	_ -> false
    end.

has_payload(El) ->
    fxml:get_subtag(xmpp:encode(El), <<"payload">>) /= false.

join_room(_ServerHost, _Name, _Host, JID) ->
    mod_muc_push_room:seat_taken(JID).

leave_room(_ServerHost, Name, Host, JID) ->
    mod_muc_push_room:seat_left({Host, Name}, JID).

%%% The end of a room

%% The room does not wait for the worker: a client that joined meanwhile would be lost with the room's process. Requests
%% of a new room reach the worker after this.
room_destroyed(ServerHost, Name, Host) ->
    mod_muc_push_worker:tell(ServerHost, {gone, {Host, Name}}).

%% Since 24.12 ejabberd says whether it was persistent.
room_destroyed(ServerHost, Name, Host, _Persistent) ->
    room_destroyed(ServerHost, Name, Host).

%% Out of the database. A room that is there goes on without it, as a temporary one.
remove_room(ServerHost, Name, Host) ->
    case mod_muc_push_room:find({Host, Name}) of
	{ok, _} -> ok;
	error -> room_destroyed(ServerHost, Name, Host)
    end.

%% A new room, so one of that name may have ended without a word. Asked once for each new room.
check_create_room(Acc, ServerHost, Name, Host) ->
    case mod_muc_push_registrations:next({{Host, Name}, 0}) of
	{{Host, Name}, _} -> room_destroyed(ServerHost, Name, Host);
	_ -> ok
    end,
    Acc.

room(#jid{luser = Name, lserver = Host}) ->
    {Host, Name}.

%%% Options

mod_opt_type(interval) -> duration_or_none();
mod_opt_type(timeout) -> duration();
mod_opt_type(grace) -> duration_or_none();
mod_opt_type(retry_min) -> duration();
mod_opt_type(retry_max) -> duration();
mod_opt_type(retry_limit) -> econf:pos_int();
mod_opt_type(max_node_length) -> econf:int(32, 65536);
mod_opt_type(max_per_user) -> econf:pos_int();
mod_opt_type(max_per_room) -> econf:pos_int();
mod_opt_type(max_pending) -> econf:pos_int();
mod_opt_type(startup_rate) -> econf:int(0, 10000);
mod_opt_type(startup_delay) -> duration_or_none();
mod_opt_type(announce_ready) -> econf:enum([none, registered, affiliated]).

%% A number is in seconds; "200 ms", "5 min" and the like say their unit. In milliseconds.
duration() ->
    econf:either(econf:timeout(second), econf:timeout(millisecond)).

duration_or_none() ->
    econf:either(econf:int(0, 0), duration()).

mod_options(_ServerHost) ->
    [{interval, timer:seconds(10)},
     {timeout, timer:seconds(120)},
     {grace, timer:seconds(15)},
     {retry_min, timer:seconds(15)},
     {retry_max, timer:hours(1)},
     {retry_limit, 12},
     {max_node_length, 256},
     {max_per_user, 10},
     {max_per_room, 2000},
     {max_pending, 10000},
     {startup_rate, 20},
     {startup_delay, timer:seconds(5)},
     {announce_ready, none}].

mod_doc() ->
    Time = fun(Default, Text) -> #{value => "timeout()", desc => [Text, "", "The default value is '" ++ Default ++ "'."]}
	   end,
    Number = fun(Default, Text) -> #{value => ?T("Number"),
				     desc => [Text, "", "The default value is '" ++ Default ++ "'."]} end,
    #{desc => [?T("Rooms push (XEP-0357) to clients that have lost their seat without knowing it: when somebody "
		  "speaks, and after a crash of the service. No push service is involved: a push goes straight to the "
		  "full JID that has asked for it.")],
      opts =>
	  [{interval, Time("10 seconds", ?T("Rest between an answered push and the next one to the same client; what is "
					     "said meanwhile is told once it is over."))},
	   {timeout, Time("2 minutes", ?T("How long an answer is waited for."))},
	   {grace, Time("15 seconds", ?T("Wait between a bounced message, which throws the client out, and the push; the "
					  "client may be reconnecting."))},
	   {retry_min, Time("15 seconds", ?T("A push that was not delivered is sent again after half to all of this, "
					      "then after twice as much, and so on."))},
	   {retry_max, Time("1 hour", ?T("The longest wait between two tries."))},
	   {retry_limit, Number("12", ?T("So many pushes without success in a row end a registration."))},
	   {max_node_length, Number("256", ?T("Longest node of a registration, in bytes."))},
	   {max_per_user, Number("10", ?T("Registrations of one account in one room; a newer one replaces the oldest."))},
	   {max_per_room, Number("2000", ?T("Registrations in one room; more are refused."))},
	   {max_pending, Number("10000", ?T("Pushes sent, resting or to be retried, in all rooms together; beyond it a "
					     "client is told at the next message."))},
	   {startup_rate, Number("20", ?T("Pushes each second to those who lost their seat when the service went down; 0 "
					   "for none."))},
	   {startup_delay, Time("5 seconds", ?T("Between the start and the first of those pushes."))},
	   {announce_ready, #{value => "none | registered | affiliated",
			      desc => [?T("Whom the rooms send 'urn:xmpp:muc-ready:0' after a start, at the same rate: "
					  "nobody; the registered without a seat; also owners, admins and members of "
					  "persistent rooms who have no registration there."), "",
				       "The default value is 'none'."]}}],
      example =>
	  ["modules:",
	   "  mod_muc_push:",
	   "    interval: 10",
	   "    startup_rate: 20"]}.
