-- The service with the rooms: at the end of the file. (A file that has this Component gets what is below it.)
Component "rooms.example.org" "muc"
	modules_enabled = { "muc_mam"; "muc_push" }
	-- Only what is on disk survives a crash: the room with its registrations, and what was said.
	muc_room_default_persistent = true
	muc_log_by_default = true
