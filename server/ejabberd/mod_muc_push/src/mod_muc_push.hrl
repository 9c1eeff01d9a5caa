-include("xmpp.hrl").

%% The domain and the name of a room.
-type room() :: {Host :: binary(), Name :: binary()}.

-define(NS_MUC_READY, <<"urn:xmpp:muc-ready:0">>).
