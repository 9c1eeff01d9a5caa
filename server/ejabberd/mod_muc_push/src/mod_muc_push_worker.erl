%% One for each virtual host on each node: changes the registrations of the rooms that run on this node, and pushes to
%% their absentees. Rooms tell it what they see; it never waits for a room.
%%
%%   push   the state of what is under way to one absentee, one at a time:
%%            asked     sent with "id", no answer yet
%%            waiting   not delivered, pushed again when the time is over
%%            resting   the throttle: pushed again when the time is over and "again" is set, else dropped
%%            looking   the time is over: the room is asked whether the absentee is still one
-module(mod_muc_push_worker).
-behaviour(gen_server).

%% Called by mod_muc_push: by its start, its hooks, and the rooms.
-export([start_link/2, tell/2, answer/4]).
%% Called by mod_muc_push_commands.
-export([drop/2, forget_room/2, figures/1]).
%% Called by gen_server.
-export([init/1, handle_call/3, handle_cast/2, handle_info/2, terminate/2, code_change/3]).

-include("logger.hrl").
-include("translate.hrl").
-include("mod_muc_push.hrl").

-type key() :: {room(), ljid()}.

-record(push, {state :: asked | waiting | resting | looking,
	       timer :: reference() | undefined,
	       id = none :: binary() | none,
	       again = false :: boolean(),
	       %% Pushes in a row without an answer that counts.
	       failures = 0 :: non_neg_integer()}).

-record(state, {server_host :: binary(),
		pushes = #{} :: #{key() => #push{}},
		asked = #{} :: #{binary() => key()},
		%% Requests whose results wait until everything is on the disk, newest first.
		waiting_for_disk = [] :: [iq()],
		%% Something was forgotten, and will be written soon.
		is_sync_due = false :: boolean(),
		%% When the newest registration was made, see mod_muc_push_registrations.
		newest = 0 :: integer(),
		sent = 0 :: non_neg_integer(),
		answered = 0 :: non_neg_integer()}).

-define(ID_PREFIX, "muc-push-").
%% How long a room may take to say who is there; one that has to be loaded asks its database.
-define(LOOK_TIMEOUT_MS, 60000).
%% Forgotten registrations get to the disk together: no client waits for them.
-define(SYNC_DELAY_MS, 1000).
-define(CALL_TIMEOUT_MS, 15000).

%%% Calls and notices from outside

-spec start_link(binary(), gen_mod:opts()) -> {ok, pid()} | {error, term()}.
start_link(ServerHost, Opts) ->
    gen_server:start_link({local, proc(ServerHost)}, ?MODULE, [ServerHost, Opts], []).

proc(ServerHost) ->
    gen_mod:get_module_proc(ServerHost, mod_muc_push).

%% From a room on this node:
%%   {enable, IQ, Room, LJID, Node} | {disable, IQ, Room, LJID, Node}   a request that the room lets pass
%%   {push, Room, LJIDs}              absentees who may enter
%%   {wake, Room, LJID, AnswerTo}     one of those, after a start
%%   {seated, Room, LJID}             no absentee
%%   {excluded, Room, LJID}           may not enter any more
%%   {temporary, Room}                is not persistent any more
%%   {bounced, Room, LJID}            a message bounced, which may cost the seat
-spec tell(binary(), tuple()) -> ok.
tell(ServerHost, Message) ->
    gen_server:cast(proc(ServerHost), Message).

%% An answer, wherever in the cluster it has come in, goes to the node whose push carried this id.
-spec answer(binary(), binary(), key(), keep | retry | forget) -> ok | unknown.
answer(ServerHost, <<?ID_PREFIX, Rest/binary>> = Id, Key, Verdict) ->
    case binary:split(Rest, <<"-">>) of
	[NodeId, _] ->
	    Node = ejabberd_cluster:get_node_by_id(NodeId),
	    gen_server:cast({proc(ServerHost), Node}, {answer, Id, Key, Verdict});
	_ -> unknown
    end;
answer(_, _, _, _) ->
    unknown.

%% Forgets one registration. On the node where the room runs.
-spec drop(binary(), key()) -> boolean().
drop(ServerHost, {Room, _} = Key) ->
    gen_server:call({proc(ServerHost), node_of(Room)}, {drop, Key}, ?CALL_TIMEOUT_MS).

%% Forgets all of a room. On the node where it runs.
-spec forget_room(binary(), room()) -> non_neg_integer().
forget_room(ServerHost, Room) ->
    gen_server:call({proc(ServerHost), node_of(Room)}, {forget_room, Room}, ?CALL_TIMEOUT_MS).

node_of(Room) ->
    case mod_muc_push_room:find(Room) of
	{ok, Pid} -> node(Pid);
	error -> node()
    end.

-spec figures(binary()) -> [{atom(), non_neg_integer()}].
figures(ServerHost) ->
    gen_server:call(proc(ServerHost), figures, ?CALL_TIMEOUT_MS).

%%% The process

init([ServerHost, _Opts]) ->
    process_flag(trap_exit, true),
    mod_muc_push_wave:forget_dead_rooms(ServerHost),
    _ = mod_muc_push_wave:start_link(ServerHost, all),
    {ok, _} = mnesia:subscribe(system),
    ok = mod_muc_push_registrations:sync(), % what a predecessor had no time for
    {ok, #state{server_host = ServerHost, newest = mod_muc_push_registrations:newest()}}.

handle_call({drop, {Room, LJID} = Key}, _From, State) ->
    case mod_muc_push_registrations:is_registered(Room, LJID) of
	true -> {reply, true, sync_later(forget(Key, "dropped by an administrator", State))};
	false -> {reply, false, State}
    end;
handle_call({forget_room, Room}, _From, State) ->
    {Count, State2} = forget_all(Room, "dropped by an administrator", State),
    {reply, Count, State2};
handle_call(figures, _From, State) ->
    {reply, [{pushes_under_way, maps:size(State#state.pushes)},
	     {pushes_sent, State#state.sent},
	     {pushes_answered, State#state.answered}], State};
handle_call(Request, From, State) ->
    ?WARNING_MSG("Unexpected call from ~p: ~p", [From, Request]),
    {noreply, State}.

handle_cast({enable, IQ, Room, LJID, Node}, State) ->
    {noreply, enable(IQ, {Room, LJID}, Node, State)};
handle_cast({disable, IQ, Room, LJID, Node}, State) ->
    {noreply, disable(IQ, {Room, LJID}, Node, State)};
handle_cast({push, Room, LJIDs}, State) ->
    {noreply, lists:foldl(fun(LJID, Acc) -> push({Room, LJID}, Acc) end, State, LJIDs)};
handle_cast({wake, Room, LJID, AnswerTo}, State) ->
    {Answer, State2} = wake({Room, LJID}, State),
    mod_muc_push_room:answer(AnswerTo, Answer),
    {noreply, State2};
handle_cast({seated, Room, LJID}, State) ->
    {noreply, seated({Room, LJID}, State)};
handle_cast({excluded, Room, LJID}, State) ->
    case mod_muc_push_registrations:is_registered(Room, LJID) of
	true -> {noreply, sync_later(forget({Room, LJID}, "may not enter any more", State))};
	false -> {noreply, State}
    end;
handle_cast({bounced, Room, LJID}, State) ->
    {noreply, bounced({Room, LJID}, State)};
handle_cast({gone, Room}, State) ->
    {_, State2} = forget_all(Room, "the room is gone", State),
    {noreply, State2};
handle_cast({temporary, Room}, State) ->
    {_, State2} = forget_all(Room, "the room is not persistent any more", State),
    {noreply, State2};
handle_cast({answer, Id, Key, Verdict}, State) ->
    {noreply, answered(Id, Key, Verdict, State)};
handle_cast(Message, State) ->
    ?WARNING_MSG("Unexpected cast: ~p", [Message]),
    {noreply, State}.

handle_info({timeout, Timer, {push, Key}}, #state{pushes = Pushes} = State) ->
    case Pushes of
	#{Key := #push{timer = Timer} = Push} -> {noreply, time_is_over(Key, Push, State)};
	_ -> {noreply, State}
    end;
handle_info(sync, State) ->
    {noreply, sync(State)};
handle_info({room_not_found, Key}, #state{pushes = Pushes} = State) ->
    case Pushes of
	#{Key := #push{state = looking}} -> {noreply, drop_push(Key, State)};
	_ -> {noreply, State}
    end;
handle_info({mnesia_system_event, {mnesia_down, Node}}, #state{server_host = ServerHost} = State) ->
    _ = mod_muc_push_wave:start_link(ServerHost, {lost_with, Node}),
    {noreply, State};
handle_info({mnesia_system_event, _}, State) ->
    {noreply, State};
handle_info({'EXIT', _Wave, normal}, State) ->
    {noreply, State};
handle_info({'EXIT', Wave, Reason}, State) ->
    ?ERROR_MSG("The pushes after a start have ended early: ~p: ~p", [Wave, Reason]),
    {noreply, State};
handle_info(Info, State) ->
    ?WARNING_MSG("Unexpected info: ~p", [Info]),
    {noreply, State}.

terminate(_Reason, State) ->
    sync(State).

code_change(_OldVsn, State, _Extra) ->
    {ok, State}.

%%% Requests of clients

enable(IQ, {Room, LJID} = Key, Node, State) ->
    case mod_muc_push_registrations:find(Room, LJID) of
	{ok, Registration} ->
	    case mod_muc_push_registrations:node_of(Registration) of
		%% After a restart clients come back with the node that is stored already.
		Node -> reply(unchanged, IQ, came_back(Key, State));
		_ -> register(IQ, Key, Node, State)
	    end;
	error ->
	    case make_place(Key, State) of
		{true, State2} -> register(IQ, Key, Node, State2);
		{false, State2} ->
		    reply({'resource-constraint', ?T("Too many registrations in this room")}, IQ, State2)
	    end
    end.

register(IQ, {Room, LJID} = Key, Node, #state{newest = Newest} = State) ->
    Since = max(erlang:system_time(microsecond), Newest + 1),
    case mod_muc_push_registrations:put(Room, LJID, Node, Since) of
	ok ->
	    tell_room(Room, {registered, LJID}),
	    reply(stored, IQ, came_back(Key, State#state{newest = Since}));
	{error, Reason} ->
	    ?ERROR_MSG("Could not store a registration in ~ts: ~p", [printable(Room), Reason]),
	    reply({'internal-server-error', <<>>}, IQ, State)
    end.

%% Lets go the user's own oldest registrations where one more would be too many.
make_place({Room, LJID}, State) ->
    Own = mod_muc_push_registrations:oldest_first(Room, LJID),
    case length(Own) + 1 - option(max_per_user, State) of
	TooMany when TooMany > 0 ->
	    Forget = fun(Oldest, Acc) -> forget({Room, Oldest}, "replaced by a newer one of its user", Acc) end,
	    {true, lists:foldl(Forget, State, lists:sublist(Own, TooMany))};
	_ ->
	    {mod_muc_push_registrations:count(Room) < option(max_per_room, State), State}
    end.

disable(IQ, {Room, LJID} = Key, Node, State) ->
    case mod_muc_push_registrations:find(Room, LJID) of
	{ok, Registration} ->
	    case mod_muc_push_registrations:node_of(Registration) of
		Stored when Node == undefined; Node == Stored -> unregister(IQ, Key, State);
		_ -> reply({'item-not-found', <<>>}, IQ, State)
	    end;
	error -> reply({'item-not-found', <<>>}, IQ, State)
    end.

unregister(IQ, {Room, LJID} = Key, State) ->
    case mod_muc_push_registrations:delete(Room, LJID) of
	ok -> reply(stored, IQ, forget(Key, "disabled", State));
	{error, _} -> reply({'internal-server-error', <<>>}, IQ, State)
    end.

%% A result waits for the disk. So do all requests that are here by now: one write for all of them.
reply(stored, IQ, #state{waiting_for_disk = Waiting} = State) ->
    case Waiting of
	[] -> self() ! sync;
	_ -> ok
    end,
    State#state{waiting_for_disk = [IQ | Waiting]};
%% A known registration is on the disk, unless a request is just waiting for that.
reply(unchanged, IQ, #state{waiting_for_disk = []} = State) ->
    ejabberd_router:route(xmpp:make_iq_result(IQ)),
    State;
reply(unchanged, IQ, State) ->
    reply(stored, IQ, State);
reply({Condition, Text}, #iq{lang = Lang} = IQ, State) ->
    ejabberd_router:route_error(IQ, mod_muc_push_request:refusal(Condition, Text, Lang)),
    State.

sync_later(#state{is_sync_due = true} = State) -> State;
sync_later(State) ->
    _ = erlang:send_after(?SYNC_DELAY_MS, self(), sync),
    State#state{is_sync_due = true}.

sync(#state{waiting_for_disk = Waiting} = State) ->
    State2 = State#state{waiting_for_disk = [], is_sync_due = false},
    case mod_muc_push_registrations:sync() of
	ok ->
	    lists:foreach(fun(IQ) -> ejabberd_router:route(xmpp:make_iq_result(IQ)) end, lists:reverse(Waiting)),
	    State2;
	{error, Reason} ->
	    ?ERROR_MSG("Could not write the registrations to the disk: ~p", [Reason]),
	    Refuse = fun(IQ, Acc) -> reply({'internal-server-error', <<>>}, IQ, Acc) end,
	    lists:foldl(Refuse, State2, lists:reverse(Waiting))
    end.

%%% Pushes under way

%% A room has found an absentee.
push(Key, #state{pushes = Pushes} = State) ->
    case Pushes of
	#{Key := #push{state = resting} = Push} ->
	    State#state{pushes = Pushes#{Key := Push#push{again = true}}};
	#{Key := #push{state = looking, failures = Failures}} ->
	    send_push(Key, Failures, State);
	#{Key := _} ->
	    State; % one that is asked or waiting tells all there is to tell
	_ ->
	    case has_place(State) of
		true -> send_push(Key, 0, State);
		false -> State % the next message tries again
	    end
    end.

%% After a start: for once nothing is lost by waiting.
wake(Key, #state{pushes = Pushes} = State) ->
    case maps:is_key(Key, Pushes) of
	true -> {absent, State};
	false ->
	    case has_place(State) of
		true -> {absent, send_push(Key, 0, State)};
		false -> {full, State}
	    end
    end.

%% The bound on memory.
has_place(#state{pushes = Pushes} = State) ->
    maps:size(Pushes) < option(max_pending, State).

%% XEP-0357 § 7, without a summary: nothing about the message, its sender or its time leaves the room.
send_push({Room, LJID} = Key, Failures, State) ->
    case mod_muc_push_registrations:find(Room, LJID) of
	{ok, Registration} ->
	    Id = new_id(),
	    State2 = enter(Key, #push{state = asked, id = Id, failures = Failures}, option(timeout, State), State),
	    Item = #ps_item{sub_els = [#push_notification{}]},
	    Publish = #ps_publish{node = mod_muc_push_registrations:node_of(Registration), items = [Item]},
	    ejabberd_router:route(#iq{type = set, id = Id, from = mod_muc_push_room:jid_of(Room),
				      to = jid:make(LJID), sub_els = [#pubsub{publish = Publish}]}),
	    State2#state{asked = (State2#state.asked)#{Id => Key}, sent = State2#state.sent + 1};
	error -> drop_push(Key, State)
    end.

%% It says which node of the cluster has asked, and is otherwise 128 random bits.
new_id() ->
    Random = base64:encode(crypto:strong_rand_bytes(16)),
    <<?ID_PREFIX, (ejabberd_cluster:node_id())/binary, "-", Random/binary>>.

answered(Id, Key, Verdict, #state{asked = Asked, pushes = Pushes} = State) ->
    case Asked of
	%% The same JID has answered that was asked.
	#{Id := Key} ->
	    #{Key := Push} = Pushes,
	    judged(Verdict, Key, Push, State#state{answered = State#state.answered + 1});
	_ -> State
    end.

judged(keep, Key, _, State) -> rest(Key, option(interval, State), false, State);
judged(retry, Key, Push, State) -> retry_later(Key, Push, State);
judged(forget, Key, _, State) -> sync_later(forget(Key, "refused", State)).

time_is_over(Key, #push{state = asked} = Push, State) ->
    retry_later(Key, Push, State);
time_is_over(Key, #push{state = resting, again = false}, State) ->
    drop_push(Key, State);
time_is_over(Key, #push{state = looking}, State) ->
    drop_push(Key, State);
time_is_over({Room, LJID} = Key, #push{failures = Failures}, #state{server_host = ServerHost} = State) ->
    case mod_muc_push_room:find(Room) of
	{ok, Pid} -> mod_muc_push_room:tell(Pid, Room, {look, LJID});
	error -> load_and_look(ServerHost, Key)
    end,
    enter(Key, #push{state = looking, failures = Failures}, ?LOOK_TIMEOUT_MS, State).

%% A room that is stored only. Its database may be slow, and all other pushes would wait for it here.
load_and_look(ServerHost, {Room, LJID} = Key) ->
    Worker = self(),
    spawn(fun() ->
		  case mod_muc_push_room:wake_up(ServerHost, Room) of
		      {ok, Pid} -> mod_muc_push_room:tell(Pid, Room, {look, LJID});
		      error -> Worker ! {room_not_found, Key}
		  end
	  end).

retry_later(Key, #push{failures = Failures}, State) ->
    case {Failures + 1, option(retry_limit, State)} of
	{Now, Limit} when Now >= Limit -> sync_later(forget(Key, "no answer to many pushes", State));
	{Now, _} -> enter(Key, #push{state = waiting, failures = Now}, retry_delay(Now, State), State)
    end.

%% Exponential, with a jitter that keeps those whom one outage has hit from coming back in step.
retry_delay(Failures, State) ->
    Longest = option(retry_max, State),
    Delay = min(Longest, option(retry_min, State) * (1 bsl min(Failures - 1, 40))),
    Delay div 2 + rand:uniform(Delay div 2 + 1).

rest(Key, Time, Again, State) ->
    enter(Key, #push{state = resting, again = Again}, Time, State).

%% The client is back: an answer still on its way belongs to the time before, a retry has nothing left to tell.
came_back(Key, #state{pushes = Pushes} = State) ->
    case Pushes of
	#{Key := _} -> rest(Key, option(interval, State), false, State);
	_ -> State
    end.

seated(Key, #state{pushes = Pushes} = State) ->
    case Pushes of
	#{Key := #push{state = looking}} -> drop_push(Key, State);
	_ -> State
    end.

%% A message that bounces costs the client its seat (status 333), but it was sent while the client still counted as
%% present. Look again later: a client that is just reconnecting would lose its registration to a push that bounces too.
bounced(Key, #state{pushes = Pushes} = State) ->
    IsNews = case Pushes of
		 #{Key := #push{state = PushState, again = Again}} -> PushState == resting andalso not Again;
		 _ -> has_place(State)
	     end,
    case IsNews of
	true -> rest(Key, max(option(grace, State), option(interval, State)), true, State);
	false -> State
    end.

enter(Key, Push, Time, State) ->
    #state{pushes = Pushes} = State2 = leave(Key, State),
    Timer = erlang:start_timer(Time, self(), {push, Key}),
    State2#state{pushes = Pushes#{Key => Push#push{timer = Timer}}}.

leave(Key, #state{pushes = Pushes, asked = Asked} = State) ->
    case Pushes of
	#{Key := #push{timer = Timer, id = Id}} ->
	    _ = erlang:cancel_timer(Timer),
	    State#state{asked = maps:remove(Id, Asked)};
	_ -> State
    end.

drop_push(Key, State) ->
    #state{pushes = Pushes} = State2 = leave(Key, State),
    State2#state{pushes = maps:remove(Key, Pushes)}.

forget({Room, LJID} = Key, Why, State) ->
    ?DEBUG("Forgetting the registration of ~ts in ~ts: ~ts", [jid:encode(LJID), printable(Room), Why]),
    case mod_muc_push_registrations:delete(Room, LJID) of
	ok -> tell_room(Room, {forgotten, LJID});
	{error, Reason} -> ?ERROR_MSG("Could not forget a registration in ~ts: ~p", [printable(Room), Reason])
    end,
    drop_push(Key, State).

forget_all(Room, Why, State) ->
    case mod_muc_push_registrations:all_of(Room) of
	[] -> {0, State};
	LJIDs ->
	    Forget = fun(LJID, Acc) -> forget({Room, LJID}, Why, Acc) end,
	    {length(LJIDs), sync_later(lists:foldl(Forget, State, LJIDs))}
    end.

tell_room(Room, Notice) ->
    case mod_muc_push_room:find(Room) of
	{ok, Pid} -> mod_muc_push_room:tell(Pid, Room, Notice);
	error -> ok
    end.

printable(Room) ->
    jid:encode(mod_muc_push_room:jid_of(Room)).

option(Name, #state{server_host = ServerHost}) ->
    gen_mod:get_module_opt(ServerHost, mod_muc_push, Name).
