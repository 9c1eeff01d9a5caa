%% After a start: each absentee gets a push, at a bounded rate, before anything is said in its room. The same for the
%% rooms that went down with another node of the cluster.
%%
%% A process of its own, which ends with its work. It walks through the registrations and has each room look; the
%% room's worker pushes. One after the other, so the rate counts pushes that really are sent.
-module(mod_muc_push_wave).

%% Called by the worker.
-export([start_link/2, forget_dead_rooms/1]).
%% Called as a process.
-export([run/5]).

-include("mod_muc.hrl").
-include("mod_muc_push.hrl").

%% Which rooms: all of this host, or those that nobody runs any more since this node is gone.
-type scope() :: all | {lost_with, node()}.

%% Below it, timers get imprecise: a higher rate wakes several at a time.
-define(LEAST_PAUSE_MS, 10).
%% Between two looks whether ejabberd has started.
-define(START_PAUSE_MS, 20).
%% Between two looks for a place, when as many pushes are under way as may be.
-define(PLACE_PAUSE_MS, 50).
%% Between two looks whether mod_muc has noticed the loss of a node.
-define(OBLIVION_PAUSE_MS, 100).
-define(OBLIVION_LOOKS, 100).
%% A busy room takes its time. Only one that hangs is given up.
-define(ASK_TIMEOUT_MS, 30000).

-record(wave, {server_host :: binary(),
	       announce :: none | registered | affiliated,
	       is_lost :: fun((room()) -> boolean()),
	       pause :: pos_integer(),
	       batch :: pos_integer(),
	       left_of_batch :: non_neg_integer(),
	       %% Later registrations have not lost anything.
	       newest :: integer()}).

-spec start_link(binary(), scope()) -> pid() | off.
start_link(ServerHost, Scope) ->
    case option(startup_rate, ServerHost) of
	0 -> off;
	Rate ->
	    Announce = case Scope == all andalso is_running() of
			   true -> none; % loaded into a server that runs: no room has been away
			   false -> option(announce_ready, ServerHost)
		       end,
	    proc_lib:spawn_link(?MODULE, run, [ServerHost, Rate, Announce, Scope, is_lost(Scope)])
    end.

is_running() ->
    lists:keymember(ejabberd, 1, application:which_applications()).

%% With a node, those rooms are lost that no other one runs at this moment.
is_lost(all) ->
    fun(_) -> true end;
is_lost({lost_with, Down}) ->
    Survivors = maps:from_list([{Room, []} || Room <- mod_muc_push_registrations:rooms(),
					      {ok, Pid} <- [mod_muc_push_room:find(Room)], node(Pid) /= Down]),
    fun(Room) -> not maps:is_key(Room, Survivors) end.

-spec run(binary(), pos_integer(), none | registered | affiliated, scope(), fun((room()) -> boolean())) -> ok.
run(ServerHost, Rate, Announce, Scope, IsLost) ->
    Pause = max(?LEAST_PAUSE_MS, 1000 div Rate),
    Batch = max(1, Rate * Pause div 1000),
    Wave = #wave{server_host = ServerHost, announce = Announce, is_lost = IsLost,
		 pause = Pause, batch = Batch, left_of_batch = Batch, newest = mod_muc_push_registrations:newest()},
    await_start(),
    timer:sleep(option(startup_delay, ServerHost)),
    await_oblivion(Scope, ?OBLIVION_LOOKS),
    Hosts = gen_mod:get_module_opt_hosts(ServerHost, mod_muc),
    Wave2 = lists:foldl(fun wake_registered/2, Wave, Hosts),
    _ = case Wave2#wave.announce of
	    affiliated -> lists:foldl(fun announce_to_affiliated/2, Wave2, Hosts);
	    _ -> Wave2
	end,
    ok.

%% Modules start before ejabberd listens, and without that no other server takes a push from it.
await_start() ->
    case is_running() of
	true -> ok;
	false ->
	    timer:sleep(?START_PAUSE_MS),
	    await_start()
    end.

%% mod_muc learns of the loss by itself, and can't load a room as long as it believes that the other node runs it.
await_oblivion(all, _) -> ok;
await_oblivion(_, 0) -> ok;
await_oblivion({lost_with, Down}, Looks) ->
    case [Room || Room <- mod_muc_push_registrations:rooms(), {ok, Pid} <- [mod_muc_push_room:find(Room)],
		  node(Pid) == Down, not lists:member(Down, nodes())] of
	[] -> ok;
	_ ->
	    timer:sleep(?OBLIVION_PAUSE_MS),
	    await_oblivion({lost_with, Down}, Looks - 1)
    end.

%%% The registered

wake_registered(Host, Wave) ->
    walk(Host, mod_muc_push_registrations:next({{Host, <<>>}, <<>>}), Wave).

walk(Host, {{Host, _} = Room, _} = Key, #wave{is_lost = IsLost} = Wave) ->
    case IsLost(Room) andalso room_process(Room, Wave) of
	{ok, Pid} -> walk(Host, mod_muc_push_registrations:next(Key), wake(Pid, Key, Wave));
	%% The rooms of another node, which looks after them, or a room that can't be loaded.
	_ -> walk(Host, mod_muc_push_registrations:next({Room, <<>>}), Wave)
    end;
walk(_, _, Wave) ->
    Wave.

wake(Pid, {Room, LJID} = Key, #wave{newest = Newest, announce = Announce} = Wave) ->
    case mod_muc_push_registrations:since(Room, LJID) =< Newest andalso ask(Pid, Room, wake, LJID) of
	absent ->
	    _ = [say_ready(Room, jid:make(LJID)) || Announce /= none],
	    keep_pace(Wave);
	full ->
	    timer:sleep(?PLACE_PAUSE_MS),
	    wake(Pid, Key, Wave);
	_ -> Wave
    end.

ask(Pid, Room, What, LJID) ->
    Monitor = monitor(process, Pid),
    Reference = make_ref(),
    mod_muc_push_room:tell(Pid, Room, {What, LJID, {self(), Reference}}),
    receive
	{Reference, Answer} ->
	    demonitor(Monitor, [flush]),
	    Answer;
	{'DOWN', Monitor, process, _, _} -> gone
    after ?ASK_TIMEOUT_MS ->
	    demonitor(Monitor, [flush]),
	    gone
    end.

%% Exactly one node looks after a room: the one where it runs. A room that runs nowhere is loaded by the node on which
%% all agree.
room_process(Room, #wave{server_host = ServerHost}) ->
    case whose(Room) of
	{mine, Pid} -> {ok, Pid};
	nobodys -> mod_muc_push_room:wake_up(ServerHost, Room);
	others -> error
    end.

whose(Room) ->
    case mod_muc_push_room:find(Room) of
	{ok, Pid} when node(Pid) == node() -> {mine, Pid};
	{ok, _} -> others;
	error ->
	    Nodes = lists:sort(ejabberd_cluster:get_nodes()),
	    case lists:nth(erlang:phash2(Room, length(Nodes)) + 1, Nodes) of
		Node when Node == node() -> nobodys;
		_ -> others
	    end
    end.

%%% The affiliated (announce_ready)

announce_to_affiliated(Host, #wave{server_host = ServerHost} = Wave) ->
    Rooms = (gen_mod:db_mod(ServerHost, mod_muc)):get_rooms(ServerHost, Host),
    lists:foldl(fun announce_in/2, Wave, Rooms).

announce_in(#muc_room{name_host = {Name, Host}, opts = Opts}, #wave{is_lost = IsLost} = Wave) ->
    Room = {Host, Name},
    case IsLost(Room) andalso proplists:get_bool(persistent, Opts) andalso whose(Room) of
	{mine, Pid} ->
	    announce(fun(LJID) -> ask(Pid, Room, is_absent, LJID) == absent end, Room, Opts, Wave);
	nobodys ->
	    announce(fun(_) -> true end, Room, Opts, Wave); % nobody is in it
	_ -> Wave
    end.

announce(IsAbsent, Room, Opts, Wave) ->
    Announce = fun(LJID, Acc) ->
		       case IsAbsent(LJID) of
			   true ->
			       say_ready(Room, jid:make(LJID)),
			       keep_pace(Acc);
			   false -> Acc
		       end
	       end,
    lists:foldl(Announce, Wave, unregistered_affiliates(Room, Opts)).

unregistered_affiliates(Room, Opts) ->
    lists:usort([{User, Server, <<>>} || {{User, Server, _} = LJID, Affiliation} <- affiliations(Opts), User /= <<>>,
					 lists:member(Affiliation, [owner, admin, member]),
					 mod_muc_push_registrations:oldest_first(Room, LJID) == []]).

%% As they are stored: with or without a reason, and in older releases with two parts to a bare JID.
affiliations(Opts) ->
    [{case JID of {User, Server} -> {User, Server, <<>>}; _ -> JID end,
      case Affiliation of {Name, _Reason} -> Name; _ -> Affiliation end}
     || {JID, Affiliation} <- proplists:get_value(affiliations, Opts, [])].

%% An invitation that clients recognise as "this room is back", not as news.
say_ready(Room, To) ->
    From = mod_muc_push_room:jid_of(Room),
    Ready = #xmlel{name = <<"ready">>, attrs = [{<<"xmlns">>, ?NS_MUC_READY}]},
    ejabberd_router:route(#message{from = From, to = To, sub_els = [#x_conference{jid = From}, Ready]}).

%%% Rooms that a crash has ended

%% A room that is not persistent dies with its server, without a hook: its registrations must not be found by a new
%% room of that name. Rooms that are in memory, as persistent ones usually are from the start on, cost nothing.
-spec forget_dead_rooms(binary()) -> ok.
forget_dead_rooms(ServerHost) ->
    Rooms = lists:flatmap(fun mod_muc_push_registrations:rooms/1,
			  gen_mod:get_module_opt_hosts(ServerHost, mod_muc)),
    case [Room || Room <- Rooms, not exists(ServerHost, Room)] of
	[] -> ok;
	Dead ->
	    %% A database that is away has no rooms either.
	    case is_database_there(ServerHost) of
		true -> lists:foreach(fun mod_muc_push_registrations:delete_all/1, Dead);
		false -> ok
	    end
    end.

exists(ServerHost, {Host, Name} = Room) ->
    mod_muc_push_room:find(Room) /= error orelse mod_muc:restore_room(ServerHost, Host, Name) /= error.

is_database_there(ServerHost) ->
    case gen_mod:db_mod(ServerHost, mod_muc) of
	mod_muc_sql ->
	    try ejabberd_sql:sql_query(ServerHost, <<"SELECT 1">>) of
		{selected, _, _} -> true;
		_ -> false
	    catch
		_:_ -> false
	    end;
	_ -> true
    end.

keep_pace(#wave{left_of_batch = 1, pause = Pause, batch = Batch} = Wave) ->
    timer:sleep(Pause),
    Wave#wave{left_of_batch = Batch};
keep_pace(#wave{left_of_batch = Left} = Wave) ->
    Wave#wave{left_of_batch = Left - 1}.

option(Name, ServerHost) ->
    gen_mod:get_module_opt(ServerHost, mod_muc_push, Name).
