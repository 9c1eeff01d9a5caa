%% Stops groupchat messages whose body is "veto", as a spam filter would.
-module(mod_veto_test).
-behaviour(gen_mod).

-export([start/2, stop/1, reload/3, depends/2, mod_options/1, mod_doc/0, muc_filter_message/3]).

-include("xmpp.hrl").

start(Host, _Opts) ->
    ejabberd_hooks:add(muc_filter_message, Host, ?MODULE, muc_filter_message, 90).

stop(Host) ->
    ejabberd_hooks:delete(muc_filter_message, Host, ?MODULE, muc_filter_message, 90).

reload(_Host, _NewOpts, _OldOpts) ->
    ok.

depends(_Host, _Opts) ->
    [].

mod_options(_Host) ->
    [].

mod_doc() ->
    #{}.

muc_filter_message(#message{} = Message, _State, _Nick) ->
    case xmpp:get_text(Message#message.body) of
	<<"veto">> -> drop;
	_ -> Message
    end;
muc_filter_message(Acc, _State, _Nick) ->
    Acc.
