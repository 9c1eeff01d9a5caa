-- Registrations: full JIDs that clients have left here with <enable/>, and which of them have a seat.
--
-- room._data.muc_push = { last = number, by_jid = { [full JID] = { node = string, order = number } } }
--
-- _data is stored and restored with the room, is destroyed with it, and never reaches a later room of the same name. A
-- push that is under way then ends by itself: it finds no registration.
-- "order" tells the oldest registration and needs no clock.

local jid_bare = require "util.jid".bare;

local get_room_from_jid = module:depends "muc".get_room_from_jid;
local room_list = module:require "room_list";

local registrations = { rooms = room_list };

-- Forgotten registrations are saved together (seconds): one restart may make a room forget hundreds within a moment.
local save_delay = 1;

local watches = setmetatable({}, { __mode = "k" }); -- [room] = its watch, see below

-- The stored registrations of a room, or nil. A room that is not persistent has none: a crash would end it with them.
-- Those from the time when it was persistent go at the next look.
function registrations.of(room)
	local data = room._data.muc_push;
	if not data or room:get_persistent() then return data; end
	room._data.muc_push, watches[room] = nil, nil;
	room_list.remove(room.jid);
end

function registrations.get(room, jid)
	local data = registrations.of(room);
	return data and data.by_jid[jid];
end

-- Banned (XEP-0045 § 9.1) or not a member of a members-only room: what Prosody itself asks before it gives a role.
function registrations.may_enter(room, jid)
	return room:get_default_role(room:get_affiliation(jid)) ~= nil;
end

-- A watch knows the absentees; rooms with registrations have one, so that a message costs no more than its absentees.
-- Keyed by the room object: a restored room starts anew from the occupants that were restored with it.
-- watches[room] = {
--   total = number of registrations;
--   jids_of = { [bare JID] = { [full JID] = true } };
--   absent = { [full JID] = true };
--   spoken_at = when something worth a push was last said, or nil;
-- }

local function watch_seat(room, watch, jid)
	watch.absent[jid] = not room:get_occupant_jid(jid) or nil;
end

local function watch_jid(room, watch, jid)
	local bare_jid = jid_bare(jid);
	local jids = watch.jids_of[bare_jid] or {};
	watch.jids_of[bare_jid] = jids;
	if not jids[jid] then watch.total = watch.total + 1; end
	jids[jid] = true;
	room_list.set_count(room.jid, watch.total);
	watch_seat(room, watch, jid);
end

function registrations.get_watch(room)
	local data = registrations.of(room);
	if not data then return; end
	local watch = watches[room];
	if watch then return watch; end
	watch = { total = 0; jids_of = {}; absent = {} };
	watches[room] = watch;
	for jid in pairs(data.by_jid) do watch_jid(room, watch, jid); end
	return watch;
end

-- A copy, because an answer that comes at once changes the set.
function registrations.list_absentees(room)
	local watch, absentees = registrations.get_watch(room), {};
	for jid in pairs(watch and watch.absent or {}) do absentees[#absentees + 1] = jid; end
	return absentees;
end

-- Each session that comes or goes makes the room broadcast its occupant, after the change. ("muc-occupant-left" would
-- only tell of an occupant's last session.) Before anything that may stop the event.
module:hook("muc-broadcast-presence", function (event)
	local room = event.room;
	local watch = registrations.get_watch(room);
	local jids = watch and watch.jids_of[event.occupant.bare_jid];
	if not jids then return; end
	for jid in pairs(jids) do watch_seat(room, watch, jid); end
end, 1000);

function registrations.set(room, jid, node)
	local data = room._data.muc_push or { last = 0; by_jid = {} };
	room._data.muc_push = data;
	data.last = data.last + 1;
	data.by_jid[jid] = { node = node; order = data.last };
	watch_jid(room, registrations.get_watch(room), jid);
end

function registrations.remove(room, jid)
	if not registrations.get(room, jid) then return; end
	local watch, by_jid = registrations.get_watch(room), room._data.muc_push.by_jid;
	by_jid[jid] = nil;
	room_list.set_count(room.jid, watch.total - 1);
	if next(by_jid) == nil then
		room._data.muc_push, watches[room] = nil, nil;
		return;
	end
	local bare_jid = jid_bare(jid);
	local jids = watch.jids_of[bare_jid];
	jids[jid] = nil;
	if next(jids) == nil then watch.jids_of[bare_jid] = nil; end
	watch.absent[jid] = nil;
	watch.total = watch.total - 1;
end

-- Prosody's own storage writes a new file and renames it: a saved room survives SIGKILL (it does not sync, so a power
-- cut may still take it). A room that is not persistent isn't saved, and has no registrations.
function registrations.save(room)
	local has_registrations = room._data.muc_push ~= nil;
	if has_registrations and not room_list.add(room.jid) then return false; end
	local ok, err = room:save();
	if not ok and room:get_persistent() then
		module:log("error", "Could not save the registrations of %s: %s", room.jid, err);
		return false;
	end
	if not has_registrations then room_list.remove(room.jid); end
	return true;
end

local unsaved = {}; -- [room JID] = true while a save is due

function registrations.save_soon(room_jid)
	if unsaved[room_jid] then return; end
	unsaved[room_jid] = true;
	module:add_timer(save_delay, function ()
		unsaved[room_jid] = nil;
		local room = registrations.get_room(room_jid);
		if room then registrations.save(room); end
	end);
end

-- Returns a room, false when it can't be loaded now, or nil. The tombstone of a destroyed room is no room. A room whose
-- file can't be read is locked for ever.
function registrations.get_room(room_jid)
	local room = get_room_from_jid(room_jid);
	if room and room._data.destroyed then return nil; end
	if room and room._data.locked == math.huge then return false; end
	return room;
end

module:hook("muc-room-destroyed", function (event)
	room_list.remove(event.room.jid);
end, 1);

-- At once, rather than at the next look: it may be persistent again by then.
module:hook("muc-config-submitted/muc#roomconfig_persistentroom", function (event)
	registrations.of(event.room);
end, -100);

-- A room may have been stored when the list of rooms could not be.
module:hook("muc-room-restored", function (event)
	local room = event.room;
	if registrations.get_watch(room) then room_list.add(room.jid); end
end);

return registrations;
