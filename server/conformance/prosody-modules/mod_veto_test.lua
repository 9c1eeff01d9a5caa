-- Stands for any module that keeps a message from being broadcast, late.
module:hook("muc-broadcast-message", function (event)
	if event.stanza:get_child_text("body") == "veto" then return true; end
end, -500);
