-- Stands for any module that bans without a request of a client, such as one against spam.
module:hook("muc-broadcast-message", function (event)
	local jid = (event.stanza:get_child_text("body") or ""):match("^ban (.+)$");
	if jid then event.room:set_affiliation(true, jid, "outcast"); end
end);
