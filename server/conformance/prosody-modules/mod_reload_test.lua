-- Stands for an administrator who reloads a module while the server runs.
local reload = require "core.modulemanager".reload;

module:hook("muc-broadcast-message", function (event)
	local name = (event.stanza:get_child_text("body") or ""):match("^reload (.+)$");
	if name then module:add_timer(0, function () reload(module.host, name); end); end
end, -2000);
