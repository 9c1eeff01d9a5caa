%% Registrations: which full JID wants to be told in which room, and the node that it wants to see in the push.
%%
%% They live in a Mnesia table of all nodes of the cluster, in memory and on disk. Only the worker of the node on which
%% a room runs changes the registrations of that room; all parts may read.
-module(mod_muc_push_registrations).

%% Called by mod_muc_push, at the start.
-export([create_table/0]).
%% Called by all parts: reading.
-export([find/2, node_of/1, is_registered/2, all_of/1, since/2, oldest_first/2, count/0, count/1, rooms/1, rooms/0,
	 list/1, next/1, newest/0]).
%% Called by the worker, also by way of forget_dead_rooms/1: changing.
-export([put/4, delete/2, delete_all/1, sync/0]).

-include("mod_muc_push.hrl").

-define(TABLE, muc_push_registration).

%% The atoms are for patterns.
-record(?TABLE, {key :: {room(), ljid()} | {room(), atom() | {binary(), binary(), atom()}} | '_',
		 node :: binary() | '_',
		 %% When it was made or changed (microseconds); on one node never the same twice.
		 since :: integer() | '$1' | '$2' | '_'}).

-opaque registration() :: #?TABLE{}.
-export_type([registration/0]).

%%% Reading. The table is ordered by its keys: the registrations of a room are found without looking at the rest.

-spec create_table() -> ok.
create_table() ->
    {atomic, ok} = ejabberd_mnesia:create(?MODULE, ?TABLE,
					  [{disc_copies, [node()]}, {type, ordered_set},
					   {attributes, record_info(fields, ?TABLE)}]),
    ok.

-spec find(room(), ljid()) -> {ok, registration()} | error.
find(Room, LJID) ->
    case mnesia:dirty_read(?TABLE, {Room, LJID}) of
	[Registration] -> {ok, Registration};
	[] -> error
    end.

-spec node_of(registration()) -> binary().
node_of(#?TABLE{node = Node}) -> Node.

-spec is_registered(room(), ljid()) -> boolean().
is_registered(Room, LJID) ->
    find(Room, LJID) /= error.

%% When it was made or changed; no number at all, which is more than any, when it is not there.
-spec since(room(), ljid()) -> integer() | none.
since(Room, LJID) ->
    case find(Room, LJID) of
	{ok, #?TABLE{since = Since}} -> Since;
	error -> none
    end.

-spec all_of(room()) -> [ljid()].
all_of(Room) ->
    mnesia:dirty_select(?TABLE, [{#?TABLE{key = {Room, '$1'}, _ = '_'}, [], ['$1']}]).

%% All of one account in one room.
-spec oldest_first(room(), ljid()) -> [ljid()].
oldest_first(Room, {User, Server, _}) ->
    Pattern = #?TABLE{key = {Room, {User, Server, '$1'}}, since = '$2', _ = '_'},
    Found = mnesia:dirty_select(?TABLE, [{Pattern, [], [{{'$2', '$1'}}]}]),
    [{User, Server, Resource} || {_, Resource} <- lists:sort(Found)].

-spec count() -> non_neg_integer().
count() ->
    mnesia:table_info(?TABLE, size).

-spec count(room()) -> non_neg_integer().
count(Room) ->
    length(all_of(Room)).

%% The rooms with registrations on this host, by jumping from one to the next.
-spec rooms(binary()) -> [room()].
rooms(Host) ->
    rooms({Host, <<>>}, fun({OfHost, _}) -> OfHost == Host end).

-spec rooms() -> [room()].
rooms() ->
    rooms({<<>>, <<>>}, fun(_) -> true end).

rooms(Room, IsWanted) ->
    %% In the order of Erlang's terms a binary comes after every tuple: behind the last registration of the room.
    case next({Room, <<>>}) of
	{Next, _} ->
	    case IsWanted(Next) of
		true -> [Next | rooms(Next, IsWanted)];
		false -> []
	    end;
	none -> []
    end.

%% For people: without the node.
-spec list(room()) -> [{room(), ljid(), integer()}].
list(Room) ->
    Pattern = #?TABLE{key = {Room, '$1'}, since = '$2', _ = '_'},
    mnesia:dirty_select(?TABLE, [{Pattern, [], [{{{const, Room}, '$1', '$2'}}]}]).

%% The one after this key, which itself need not be there.
-spec next(term()) -> {room(), ljid()} | none.
next(Key) ->
    case mnesia:dirty_next(?TABLE, Key) of
	'$end_of_table' -> none;
	Next -> Next
    end.

-spec newest() -> integer().
newest() ->
    Select = [{#?TABLE{since = '$1', _ = '_'}, [], ['$1']}],
    lists:foldl(fun max/2, 0, mnesia:dirty_select(?TABLE, Select)).

%%% Changing. A change survives a crash of all nodes only after sync/0.

-spec put(room(), ljid(), binary(), integer()) -> ok | {error, term()}.
put(Room, LJID, Node, Since) ->
    change(fun() -> mnesia:write(#?TABLE{key = {Room, LJID}, node = Node, since = Since}) end).

-spec delete(room(), ljid()) -> ok | {error, term()}.
delete(Room, LJID) ->
    change(fun() -> mnesia:delete({?TABLE, {Room, LJID}}) end).

-spec delete_all(room()) -> ok | {error, term()}.
delete_all(Room) ->
    case all_of(Room) of
	[] -> ok;
	LJIDs ->
	    change(fun() -> lists:foreach(fun(LJID) -> mnesia:delete({?TABLE, {Room, LJID}}) end, LJIDs) end)
    end.

%% One writer for each room, so there is nothing to lock. Returns when the other nodes of the cluster have it, too.
change(Act) ->
    try mnesia:sync_dirty(Act) of
	ok -> ok
    catch
	_:Reason -> {error, Reason}
    end.

%% Writes through to the disk, here and on the other nodes. A failure of the others is no error: the data is on this
%% disk, too.
-spec sync() -> ok | {error, term()}.
sync() ->
    Copies = mnesia:table_info(?TABLE, disc_copies),
    case [Node || Node <- mnesia:system_info(running_db_nodes), Node /= node(), lists:member(Node, Copies)] of
	[] -> ok;
	Others -> rpc:multicall(Others, mnesia, sync_log, [], 2000)
    end,
    try mnesia:sync_log()
    catch
	_:Reason -> {error, Reason}
    end.
