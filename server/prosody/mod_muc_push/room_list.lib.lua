-- Which rooms have registrations, without loading any of them.
--
-- Prosody loads a room when it is needed, and has no way to ask all rooms for something without loading them all.
-- So their JIDs are in a store of their own: a room is in it before its first registration is acknowledged, and leaves
-- it after its last one has gone. A server that is killed in between leaves a JID too many, which goes at the next
-- look; a room that is missing is added when it is loaded.

local list = {};

local stored, err = module:open_store("muc_push"):get(nil);
if err then
	module:log("error", "Could not read which rooms have registrations: %s", err);
end
local rooms = stored or {}; -- [room JID] = true
local store = module:open_store("muc_push", "map");

-- Returns false when it can't be stored.
function list.add(room_jid)
	if rooms[room_jid] then return true; end
	local ok, set_err = store:set(nil, room_jid, true);
	if not ok then
		module:log("error", "Could not store that %s has registrations: %s", room_jid, set_err);
		return false;
	end
	rooms[room_jid] = true;
	return true;
end

local counts = {}; -- [room JID] = number, for the rooms that were loaded since the start
local total = 0;

function list.set_count(room_jid, count)
	total = total + count - (counts[room_jid] or 0);
	counts[room_jid] = count > 0 and count or nil;
end

function list.remove(room_jid)
	list.set_count(room_jid, 0);
	if not rooms[room_jid] then return; end
	local ok, set_err = store:set(nil, room_jid, nil);
	if not ok then
		module:log("warn", "Could not store that %s has no registrations: %s", room_jid, set_err);
		return; -- the next start takes it out
	end
	rooms[room_jid] = nil;
end

function list.has(room_jid)
	return rooms[room_jid] == true;
end

-- A copy, since rooms come and go while a caller goes through them.
function list.jids()
	local jids = {};
	for room_jid in pairs(rooms) do jids[#jids + 1] = room_jid; end
	return jids;
end

-- Registrations of the rooms that were loaded since the start, the number of rooms with registrations, and how many of
-- these were not loaded yet. (After a start, all of them are looked at.)
function list.count()
	local room_count, unseen_count = 0, 0;
	for room_jid in pairs(rooms) do
		room_count = room_count + 1;
		if not counts[room_jid] then unseen_count = unseen_count + 1; end
	end
	return total, room_count, unseen_count;
end

return list;
