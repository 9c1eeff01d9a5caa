%% Requests of clients: <enable/> and <disable/>, checked before a room sees them.
%%
%%   order  problem                                      enable                       disable
%%   1      no jid; no node                              modify  bad-request          the same; node is optional
%%   2      a bare or malformed jid                      modify  jid-malformed        the same
%%   3      another's jid                                auth    forbidden            another account's jid: the same
%%   4      the node is too long                         modify  policy-violation     (is unknown)
%%   5      no such room                                 cancel  item-not-found       the same; mod_muc says so
%%   6      the room is not persistent                   cancel  feature-not-implemented  (has no registrations: 8)
%%   7      not an occupant                              cancel  not-acceptable       (needs no seat)
%%   8      not registered, or with another node         (registers)                  cancel  item-not-found
%%   9      the room has no place for one more           wait    resource-constraint
%%   10     the registration can't be stored             wait    internal-server-error  the same
%%
%% 1 to 4 have to be found here: ejabberd's own reading of the elements answers all of them with bad-request, and only
%% after it has loaded the room. The room does 5 to 7, its worker 8 to 10.
-module(mod_muc_push_request).

%% Called by mod_muc_push.
-export([check/2, of_iq/1]).
%% Called by mod_muc_push and the worker.
-export([refusal/3]).

-include("mod_muc_push.hrl").
-include("translate.hrl").

-type request() :: {enable, ljid(), Node :: binary()}
		 | {disable, ljid(), Node :: binary() | undefined}.
-export_type([request/0]).

%% `IQ` with the request in it, ready for the room; a refusal; or none of ours.
-spec check(iq(), pos_integer()) -> {ok, iq()} | {error, stanza_error()} | not_ours.
check(#iq{from = From, lang = Lang, sub_els = [#xmlel{name = Name} = El]} = IQ, MaxNodeLength) ->
    case {fxml:get_tag_attr_s(<<"xmlns">>, El), Name} of
	{?NS_PUSH_0, <<"enable">>} ->
	    Checks = [fun has_jid/1, fun has_node/1, fun is_full_jid/1, fun is_own_jid/1, fun is_short_enough/1],
	    verdict(IQ, enable, first_problem(Checks, parse(El, From, MaxNodeLength)), Lang);
	{?NS_PUSH_0, <<"disable">>} ->
	    Checks = [fun has_jid/1, fun is_full_jid/1, fun is_own_account/1],
	    verdict(IQ, disable, first_problem(Checks, parse(El, From, MaxNodeLength)), Lang);
	_ -> not_ours
    end.

%% In the room: the request that check/2 has put there.
-spec of_iq(iq()) -> request() | none.
of_iq(#iq{meta = #{?MODULE := Request}}) -> Request;
of_iq(_) -> none.

parse(El, From, MaxNodeLength) ->
    Text = fxml:get_tag_attr_s(<<"jid">>, El),
    #{text => Text, jid => decode_jid(Text), from => From, max_node_length => MaxNodeLength,
      node => fxml:get_tag_attr_s(<<"node">>, El)}.

decode_jid(Text) ->
    try jid:decode(Text)
    catch
	_:_ -> malformed
    end.

first_problem([], Parsed) -> Parsed;
first_problem([Check | Checks], Parsed) ->
    case Check(Parsed) of
	ok -> first_problem(Checks, Parsed);
	Problem -> Problem
    end.

has_jid(#{text := <<>>}) -> {error, 'bad-request', ?T("A jid is needed")};
has_jid(_) -> ok.

has_node(#{node := <<>>}) -> {error, 'bad-request', ?T("Both jid and node are needed")};
has_node(_) -> ok.

is_full_jid(#{jid := #jid{lresource = Resource}}) when Resource /= <<>> -> ok;
is_full_jid(_) -> {error, 'jid-malformed', ?T("A full JID is needed")}.

is_own_jid(#{jid := JID, from := From}) ->
    case jid:tolower(JID) == jid:tolower(From) of
	true -> ok;
	false -> {error, forbidden, ?T("Only your own full JID can be registered")}
    end.

is_own_account(#{jid := #jid{luser = User, lserver = Server}, from := #jid{luser = User, lserver = Server}}) -> ok;
is_own_account(_) -> {error, forbidden, ?T("Only your own registrations can be removed")}.

is_short_enough(#{node := Node, max_node_length := Max}) when byte_size(Node) =< Max -> ok;
is_short_enough(_) -> {error, 'policy-violation', ?T("The node is too long")}.

verdict(_IQ, _, {error, Condition, Text}, Lang) ->
    {error, refusal(Condition, Text, Lang)};
%% The element goes on as a record of its own: the rest of the client's need not be readable for ejabberd.
verdict(IQ, enable, #{jid := JID, node := Node}, _) ->
    Request = {enable, jid:tolower(JID), Node},
    {ok, xmpp:put_meta(IQ#iq{sub_els = [#push_enable{jid = JID, node = Node}]}, ?MODULE, Request)};
verdict(IQ, disable, #{jid := JID, node := Node}, _) ->
    Request = {disable, jid:tolower(JID), case Node of <<>> -> undefined; _ -> Node end},
    {ok, xmpp:put_meta(IQ#iq{sub_els = [#push_disable{jid = JID, node = Node}]}, ?MODULE, Request)}.

%% With the types of the table above, of which some differ from those of xmpp:err_*.
-spec refusal(atom(), binary(), binary()) -> stanza_error().
refusal(Condition, Text, Lang) ->
    Error = case Condition of
		'bad-request' -> xmpp:err_bad_request(Text, Lang);
		'jid-malformed' -> xmpp:err_jid_malformed(Text, Lang);
		forbidden -> xmpp:err_forbidden(Text, Lang);
		'policy-violation' -> xmpp:err_policy_violation(Text, Lang);
		'feature-not-implemented' -> xmpp:err_feature_not_implemented(Text, Lang);
		'not-acceptable' -> xmpp:err_not_acceptable(Text, Lang);
		'item-not-found' -> xmpp:err_item_not_found(Text, Lang);
		'resource-constraint' -> xmpp:err_resource_constraint(Text, Lang);
		'internal-server-error' -> xmpp:err_internal_server_error(Text, Lang)
	    end,
    Error#stanza_error{type = type_of(Condition)}.

type_of('bad-request') -> modify;
type_of('jid-malformed') -> modify;
type_of(forbidden) -> auth;
type_of('policy-violation') -> modify;
type_of('feature-not-implemented') -> cancel;
type_of('not-acceptable') -> cancel;
type_of('item-not-found') -> cancel;
type_of('resource-constraint') -> wait;
type_of('internal-server-error') -> wait.
