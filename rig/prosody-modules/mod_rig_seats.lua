-- Lets no more than so many people into a room (XEP-0045 § 7.2.9); Prosody itself knows no such limit.

local st = require "util.stanza";

local seats = module:get_option_number("rig_seats", 2);

module:hook("muc-occupant-pre-join", function (event)
	local taken = 0;
	for _ in event.room:each_occupant() do taken = taken + 1; end
	if taken < seats then return; end
	event.origin.send(st.error_reply(event.stanza, "wait", "service-unavailable", nil, event.room.jid));
	return true;
end);
