-- Prosody runs on Lua 5.2 to 5.4; its modules see these names.
std = "min"
cache = false
codes = true
max_line_length = 120
read_globals = {
	prosody = { other_fields = true },
	module = {
		other_fields = true,
		fields = {
			-- what a module may define for its host to call
			load = { read_only = false },
			unload = { read_only = false },
			save = { read_only = false },
			restore = { read_only = false },
			add_host = { read_only = false },
			ready = { read_only = false },
		},
	},
}
exclude_files = { "node_modules", "dist" }
-- A configuration of Prosody: every assignment is an option.
files["server/prosody/*.example.cfg.lua"] = { ignore = { "111"; "113" } }
