-- Writes every stanza that reaches or leaves this host as one line of JSON:
-- {"at": milliseconds since the epoch, "direction": "in" | "out", "xml": "..."}
-- Lines are flushed one by one, so that what was written survives SIGKILL.

local json = require "util.json";
local now = require "util.time".now;

local path = module:get_option_string("rig_trace_file");
if not path then
	module:log("error", "rig_trace_file is not set, nothing is traced");
	return;
end

local file = assert(io.open(path, "a"));
file:setvbuf("line");

-- Above every hook that may answer or stop a stanza.
local before_everyone = 1000000;

local is_stanza = { iq = true; message = true; presence = true };

local function trace_as(direction)
	return function (event)
		if not is_stanza[event.stanza.name] then return; end -- dialback
		file:write(json.encode({
			at = math.floor(now() * 1000);
			direction = direction;
			xml = tostring(event.stanza);
		}), "\n");
	end
end

local trace_in, trace_out = trace_as("in"), trace_as("out");

for kind in pairs(is_stanza) do
	for _, address in ipairs({ "host", "bare", "full" }) do
		module:hook(kind .. "/" .. address, trace_in, before_everyone);
	end
end

module:hook("route/remote", trace_out, before_everyone);

function module.unload()
	file:close();
end
