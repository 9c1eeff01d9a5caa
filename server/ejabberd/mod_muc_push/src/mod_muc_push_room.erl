%% The part inside the process of a room, which alone knows the seats and the right to enter.
%%
%%   seat       a full JID that is in the room
%%   absentee   a registered full JID without a seat
%%
%% The room keeps its absentees in its process dictionary, so that a message costs no more than its absentees. They
%% are looked for once, at the first message, and followed from there on: seats by the hooks of mod_muc, registrations
%% by notices of the worker. A new process of the room starts anew.
-module(mod_muc_push_room).

%% Called from any process.
-export([jid_of/1, find/1, wake_up/2, tell/3, answer/2]).
%% Called by the hooks of mod_muc_push, in the process of the room.
-export([hear/2, said/1, seat_taken/1, seat_left/2, is_seated/2, check_entry/2, check_persistence/1]).

-include("mod_muc_push.hrl").
-include("mod_muc_room.hrl").

-record(watch, {absentees :: #{ljid() => []},
		%% When something worth a push was last said (monotonic milliseconds).
		spoken_at :: integer() | undefined}).

%% A bounce can be this late: a hibernating session (XEP-0198) gives its messages back after ten minutes.
-define(BOUNCE_WINDOW_MS, 900000).

-type notice() :: {registered | forgotten | look | bounced, ljid()}
		| {wake | is_absent, ljid(), answer_to()}
		| check_entry | check_persistence.
%% Gets {Reference, present} from the room or {Reference, absent}; for "wake" the latter from the worker, which may
%% also say "full".
-type answer_to() :: {pid(), reference()}.
-export_type([notice/0, answer_to/0]).

%%% From outside

-spec jid_of(room()) -> jid().
jid_of({Host, Name}) ->
    jid:make(Name, Host).

%% The process of the room, on whichever node of the cluster it is.
-spec find(room()) -> {ok, pid()} | error.
find({Host, Name}) ->
    try mod_muc:find_online_room(Name, Host)
    catch
	error:{unregistered_route, _} -> error
    end.

%% The same, but a room that is stored only is loaded, which asks its database.
-spec wake_up(binary(), room()) -> {ok, pid()} | error.
wake_up(ServerHost, {Host, Name} = Room) ->
    case find(Room) of
	{ok, Pid} -> {ok, Pid};
	error ->
	    try mod_muc:unhibernate_room(ServerHost, Host, Name)
	    catch
		_:_ -> error
	    end
    end.

%% Has the process hear a notice. It travels as a request that only this module can make: stanzas from the network
%% have no meta data.
-spec tell(pid(), room(), notice()) -> ok.
tell(Pid, Room, Notice) ->
    JID = jid_of(Room),
    mod_muc_room:route(Pid, #iq{type = get, from = JID, to = JID, sub_els = [#ping{}], meta = #{?MODULE => Notice}}).

%%% Inside

-spec hear(iq(), mod_muc_room:state()) -> boolean().
hear(#iq{meta = #{?MODULE := Notice}}, State) ->
    react(Notice, State),
    true;
hear(_, _) ->
    false.

react({registered, LJID}, State) ->
    update_absentees(fun(Absentees) -> note_seat(LJID, State, Absentees) end);
react({forgotten, LJID}, _State) ->
    update_absentees(fun(Absentees) -> maps:remove(LJID, Absentees) end);
%% A room also becomes temporary by an administrator's command, of which no hook tells.
react({wake, _, AnswerTo}, #state{config = #config{persistent = false}} = State) ->
    check_persistence(State),
    answer(AnswerTo, present);
react({look, LJID}, State) ->
    case is_seated(LJID, State) of
	true -> worker(State, {seated, room(State), LJID});
	false -> push([LJID], State)
    end;
react({wake, LJID, AnswerTo}, State) ->
    case is_seated(LJID, State) orelse not may_enter(LJID, State) of
	true ->
	    check_entry(LJID, State),
	    answer(AnswerTo, present);
	false -> worker(State, {wake, room(State), LJID, AnswerTo})
    end;
react({is_absent, LJID, AnswerTo}, State) ->
    answer(AnswerTo, case has_seat(LJID, State) of true -> present; false -> absent end);
react({bounced, LJID}, State) ->
    case get_watch(State) of
	#watch{spoken_at = SpokenAt} when is_integer(SpokenAt) ->
	    case now_ms() - SpokenAt =< ?BOUNCE_WINDOW_MS of
		true -> worker(State, {bounced, room(State), LJID});
		false -> ok
	    end;
	_ -> ok
    end;
react(check_persistence, State) ->
    check_persistence(State);
%% Bans may name a whole domain, so each registration of the room is looked at.
react(check_entry, State) ->
    Room = room(State),
    forget([LJID || LJID <- mod_muc_push_registrations:all_of(Room), not may_enter(LJID, State)], State).

%% Something worth a push was said.
-spec said(mod_muc_room:state()) -> ok.
said(State) ->
    Watch = get_watch(State),
    put(?MODULE, Watch#watch{spoken_at = now_ms()}),
    case maps:keys(Watch#watch.absentees) of
	[] -> ok;
	LJIDs -> push(LJIDs, State)
    end.

-spec seat_taken(jid()) -> ok.
seat_taken(JID) ->
    update_absentees(fun(Absentees) -> maps:remove(jid:tolower(JID), Absentees) end).

-spec seat_left(room(), jid()) -> ok.
seat_left(Room, JID) ->
    LJID = jid:tolower(JID),
    update_absentees(
      fun(Absentees) ->
	      case mod_muc_push_registrations:is_registered(Room, LJID) of
		  true -> Absentees#{LJID => []};
		  false -> Absentees
	      end
      end).

-spec is_seated(ljid(), mod_muc_room:state()) -> boolean().
is_seated(LJID, #state{users = Users}) ->
    maps:is_key(LJID, Users).

%% For bare JIDs: whether any session has a seat.
has_seat({User, Server, <<>>}, #state{users = Users}) ->
    lists:any(fun({U, S, _}) -> U == User andalso S == Server end, maps:keys(Users));
has_seat(LJID, State) ->
    is_seated(LJID, State).

%% Not banned (XEP-0045 § 9.1), and a member where only members are let in. Subscribers of a room count as its members
%% in newer releases of ejabberd; get_affiliation/2 says so itself.
may_enter(LJID, #state{config = Config} = State) ->
    case mod_muc_room:get_affiliation(jid:make(LJID), State) of
	outcast -> false;
	none -> not Config#config.members_only;
	_ -> true
    end.

%% A room that is not persistent has no registrations: a crash would end it with them. Those of before go.
-spec check_persistence(mod_muc_room:state()) -> ok.
check_persistence(#state{config = #config{persistent = true}}) -> ok;
check_persistence(State) -> worker(State, {temporary, room(State)}).

push(_, #state{config = #config{persistent = false}} = State) ->
    check_persistence(State);
push(LJIDs, State) ->
    {Allowed, Excluded} = lists:partition(fun(LJID) -> may_enter(LJID, State) end, LJIDs),
    forget(Excluded, State),
    worker(State, {push, room(State), Allowed}).

%% Forgets a registration whose client may not enter any more.
-spec check_entry(ljid(), mod_muc_room:state()) -> ok.
check_entry(LJID, State) ->
    forget([LJID || not may_enter(LJID, State)], State).

forget(LJIDs, State) ->
    lists:foreach(fun(LJID) -> worker(State, {excluded, room(State), LJID}) end, LJIDs).

-spec answer(answer_to(), present | absent | full) -> ok.
answer({Pid, Reference}, Answer) ->
    Pid ! {Reference, Answer},
    ok.

worker(#state{server_host = ServerHost}, Message) ->
    mod_muc_push_worker:tell(ServerHost, Message).

room(#state{room = Name, host = Host}) ->
    {Host, Name}.

get_watch(State) ->
    case get(?MODULE) of
	undefined ->
	    LJIDs = mod_muc_push_registrations:all_of(room(State)),
	    Note = fun(LJID, Absentees) -> note_seat(LJID, State, Absentees) end,
	    Watch = #watch{absentees = lists:foldl(Note, #{}, LJIDs)},
	    put(?MODULE, Watch),
	    Watch;
	Watch -> Watch
    end.

note_seat(LJID, State, Absentees) ->
    case is_seated(LJID, State) of
	true -> maps:remove(LJID, Absentees);
	false -> Absentees#{LJID => []}
    end.

update_absentees(Update) ->
    case get(?MODULE) of
	undefined -> ok;
	#watch{absentees = Absentees} = Watch ->
	    put(?MODULE, Watch#watch{absentees = Update(Absentees)}),
	    ok
    end.

now_ms() ->
    erlang:monotonic_time(millisecond).
