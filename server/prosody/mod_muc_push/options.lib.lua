-- Options: an impossible value is named in the log, and the default is used.
--
-- Bounds are checked here: Prosody 0.12 knows none, and Prosody 13 puts the bound in place of the value.

local options = {};

local function get_number(get, name, default, minimum)
	local value = get(module, name, default);
	if value == nil then return default; end -- not a number: Prosody has logged the error
	if value >= minimum and value < math.huge then return value; end
	module:log("error", "Config option '%s' must be at least %g, using the default of %g", name, minimum, default);
	return default;
end

function options.number(name, default, minimum)
	return get_number(module.get_option_number, name, default, minimum);
end

-- Seconds; since Prosody 13 also with a unit, as in "2 minutes".
function options.seconds(name, default, minimum)
	local get = type(module:get_option(name)) == "string" and module.get_option_period or module.get_option_number;
	return get_number(get, name, default, minimum);
end

-- The first of the choices is the default.
function options.choice(name, choices)
	local value = module:get_option(name, choices[1]);
	for _, choice in ipairs(choices) do
		if value == choice then return value; end
	end
	module:log("error", "Config option '%s' must be one of \"%s\", using the default of \"%s\"", name,
		table.concat(choices, "\", \""), choices[1]);
	return choices[1];
end

return options;
