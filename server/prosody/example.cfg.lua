-- Rooms that push to clients which have lost their seat: a part of Prosody's configuration.

plugin_paths = { "/usr/local/lib/prosody/modules" } -- where the folder mod_muc_push is

Component "rooms.example.org" "muc"
	modules_enabled = { "muc_mam"; "muc_push" }
	-- Only what is on disk survives a crash: the room with its registrations, and what was said.
	muc_room_default_persistent = true
	muc_log_by_default = true
