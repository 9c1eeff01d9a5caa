%% For administrators: ejabberdctl and the API. No command shows the node of a registration, which is the secret
%% between a client and a room.
-module(mod_muc_push_commands).

%% Called by mod_muc_push.
-export([register/0, unregister/0]).
%% Called as commands.
-export([list/1, count/1, drop/2, drop_room/1, figures/1]).

-include("ejabberd_commands.hrl").
-include("mod_muc_push.hrl").

register() ->
    ejabberd_commands:register_commands(mod_muc_push, commands()).

unregister() ->
    ejabberd_commands:unregister_commands(commands()).

%% With their definer, or unregister_commands/1 would not know them again.
commands() ->
    [Command#ejabberd_commands{definer = mod_muc_push} || Command <- specifications()].

specifications() ->
    [#ejabberd_commands{
	name = muc_push_list, tags = [muc, push],
	desc = "List who is registered for the pushes of a room",
	longdesc = "Use 'all' for the registrations of all rooms.",
	module = mod_muc_push_commands, function = list,
	args = [{room, binary}],
	args_desc = ["JID of the room, or 'all'"],
	args_example = [<<"lounge@conference.example.org">>],
	result = {registrations, {list, {registration, {tuple, [{room, string}, {jid, string}, {since, string}]}}}},
	result_desc = "Room, full JID, and when it was registered or last changed (UTC)",
	result_example = [{<<"lounge@conference.example.org">>, <<"alice@example.org/laptop">>,
			   <<"2026-01-31T12:00:00Z">>}]},
     #ejabberd_commands{
	name = muc_push_count, tags = [muc, push],
	desc = "Count the registrations for the pushes of a room",
	longdesc = "Use 'all' for the registrations of all rooms.",
	module = mod_muc_push_commands, function = count,
	args = [{room, binary}],
	args_desc = ["JID of the room, or 'all'"],
	args_example = [<<"lounge@conference.example.org">>],
	result = {registrations, integer},
	result_desc = "Number of registrations",
	result_example = 42},
     #ejabberd_commands{
	name = muc_push_drop, tags = [muc, push],
	desc = "Drop the registration of one client for the pushes of a room",
	longdesc = "The client can register again, and does so when it joins the next time.",
	module = mod_muc_push_commands, function = drop,
	args = [{room, binary}, {jid, binary}],
	args_desc = ["JID of the room", "Full JID of the client"],
	args_example = [<<"lounge@conference.example.org">>, <<"alice@example.org/laptop">>],
	result = {res, restuple},
	result_desc = "Whether there was such a registration",
	result_example = {ok, <<"Dropped">>}},
     #ejabberd_commands{
	name = muc_push_drop_room, tags = [muc, push],
	desc = "Drop all registrations for the pushes of a room",
	longdesc = "The clients can register again, and do so when they join the next time.",
	module = mod_muc_push_commands, function = drop_room,
	args = [{room, binary}],
	args_desc = ["JID of the room"],
	args_example = [<<"lounge@conference.example.org">>],
	result = {res, restuple},
	result_desc = "How many there were",
	result_example = {ok, <<"Dropped 42">>}},
     #ejabberd_commands{
	name = muc_push_figures, tags = [muc, push, statistics],
	desc = "Figures on the pushes of a host's rooms",
	longdesc = "Registrations and rooms are those of the whole cluster, pushes those of this node since its start.",
	module = mod_muc_push_commands, function = figures,
	args = [{host, binary}],
	args_desc = ["Virtual host that has the rooms (not the domain of the rooms)"],
	args_example = [<<"example.org">>],
	result = {figures, {list, {figure, {tuple, [{name, atom}, {value, integer}]}}}},
	result_desc = "Name and value",
	result_example = [{registrations, 42}, {rooms_with_registrations, 3}, {pushes_under_way, 0},
			  {pushes_sent, 120}, {pushes_answered, 117}]}].

list(Room) ->
    [{jid:encode(mod_muc_push_room:jid_of(Of)), jid:encode(LJID), printable(Since)}
     || {Of, LJID, Since} <- lists:flatmap(fun mod_muc_push_registrations:list/1, rooms(Room))].

count(<<"all">>) -> mod_muc_push_registrations:count();
count(Room) -> mod_muc_push_registrations:count(room(Room)).

drop(RoomJID, JID) ->
    Room = room(RoomJID),
    case mod_muc_push_worker:drop(server_host(Room), {Room, jid:tolower(decode(JID))}) of
	true -> {ok, <<"Dropped">>};
	false -> {error, <<"There is no such registration">>}
    end.

drop_room(RoomJID) ->
    Room = room(RoomJID),
    Count = mod_muc_push_worker:forget_room(server_host(Room), Room),
    {ok, <<"Dropped ", (integer_to_binary(Count))/binary>>}.

figures(ServerHost) ->
    case gen_mod:is_loaded(ServerHost, mod_muc_push) of
	true ->
	    Rooms = lists:flatmap(fun mod_muc_push_registrations:rooms/1,
				  gen_mod:get_module_opt_hosts(ServerHost, mod_muc)),
	    [{registrations, lists:sum([mod_muc_push_registrations:count(Room) || Room <- Rooms])},
	     {rooms_with_registrations, length(Rooms)} | mod_muc_push_worker:figures(ServerHost)];
	false -> throw({error, "mod_muc_push is not loaded on that host"})
    end.

rooms(<<"all">>) -> mod_muc_push_registrations:rooms();
rooms(Room) -> [room(Room)].

room(Text) ->
    case decode(Text) of
	#jid{luser = Name, lserver = Host, lresource = <<>>} when Name /= <<>> -> {Host, Name};
	_ -> throw({error, "The JID of a room is needed"})
    end.

decode(Text) ->
    try jid:decode(Text)
    catch
	_:_ -> throw({error, "That is no JID"})
    end.

server_host({Host, _}) ->
    case mod_muc_push:server_host(Host) of
	{ok, ServerHost} -> ServerHost;
	error -> throw({error, "No such service with mod_muc_push"})
    end.

printable(Since) ->
    list_to_binary(calendar:system_time_to_rfc3339(Since div 1000000, [{offset, "Z"}])).
