-- Push for group chats: a client that has registered and has lost its seat in a room gets a push when the server has
-- started again, and when an occupant speaks in the room.
--
-- A client loses its seat without noticing when this server is killed, or when a bounced message throws it out while it
-- is in truth about to come back. The room then asks the client itself, at its full JID, with the push of XEP-0357; the
-- client answers, pings the room (XEP-0410) and joins again. No push service is involved.
--
-- Words used below:
--   registration   what a client left here with <enable/>: its full JID and a node, stored with the room
--   seat           a full JID that is in the room
--   absentee       a registered full JID without a seat
--   push           the state of what is under way to one absentee: asked, waiting or resting
--
-- Rooms are looked up by JID in every callback and never kept: Prosody may evict and restore a room at any time.
--
-- A map of this module:
--   options         reads the configuration, and names what is impossible in it
--   registrations   the registrations of a room, and which of them are absentees
--   room_list       the rooms that have registrations, without loading any
--   pushes          one push an absentee: sent, answered, tried again; a registration is forgotten there
--   startup         the wave of pushes after a start
--   requests        <enable/> and <disable/> of clients
--   commands        ad-hoc commands and shell commands of administrators
--   this file       the options; when a push is due; the end of a registration; statistics

local st = require "util.stanza";
local jid_bare = require "util.jid".bare;
local jid_node = require "util.jid".node;
local jid_resource = require "util.jid".resource;
local time_now = require "util.time".monotonic;

local get_room_from_jid = module:depends "muc".get_room_from_jid;

local xmlns_push = "urn:xmpp:push:0";
local xmlns_ready = "urn:xmpp:muc-ready:0";
local xmlns_invite = "jabber:x:conference"; -- XEP-0249

--- Options ---

local options = module:require "options";

local push_interval = options.seconds("muc_push_interval", 10, 0);
local push_timeout = options.seconds("muc_push_timeout", 120, 0.1);
local push_grace = options.seconds("muc_push_grace", 15, 0);
local retry_min = options.seconds("muc_push_retry_min", 15, 0.1);
local retry_max = options.seconds("muc_push_retry_max", 3600, 0.1);
local retry_limit = options.number("muc_push_retry_limit", 12, 1); -- pushes
local max_node_length = options.number("muc_push_max_node_length", 256, 32); -- bytes
local max_per_user = options.number("muc_push_max_per_user", 10, 1); -- registrations
local max_per_room = options.number("muc_push_max_per_room", 2000, 1); -- registrations
local max_pending = options.number("muc_push_max_pending", 10000, 1); -- pushes
local startup_rate = options.number("muc_push_startup_rate", 20, 0); -- recipients per second
local startup_delay = options.seconds("muc_push_startup_delay", 5, 0);
local announce_ready = options.choice("muc_push_announce_ready", { "none"; "registered"; "affiliated" });

-- A bounce can be this late (seconds): a hibernating session (XEP-0198) gives its messages back after ten minutes.
local bounce_window = 900;

--- Statistics ---

local count_ready = module:measure("ready_messages", "counter", { description = "Ready messages sent" });
local measure_pending = module:measure("pending", "amount", { description = "Pushes under way" });
local measure_registrations = module:measure("registrations", "amount",
	{ description = "Registrations in the rooms that were loaded since the start" });
local measure_rooms = module:measure("rooms", "amount", { description = "Rooms with registrations" });

--- Registrations ---

local registrations = module:require "registrations";
local room_list = registrations.rooms; -- to require it again would make another one
local get_living_room = registrations.get_room;
local get_registration, get_watch = registrations.get, registrations.get_watch;
local may_enter, save = registrations.may_enter, registrations.save;

local pushes = module:require "pushes" (registrations, {
	interval = push_interval;
	timeout = push_timeout;
	grace = push_grace;
	retry_min = retry_min;
	retry_max = retry_max;
	retry_limit = retry_limit;
	pending = max_pending;
});
local forget = pushes.forget;

--- When a push is due ---

local payloads = { -- name, xmlns, and the child without which there is only a key in it
	{ "encrypted"; "eu.siacs.conversations.axolotl"; "payload" }; -- XEP-0384 0.3
	{ "encrypted"; "urn:xmpp:omemo:1"; "payload" };
	{ "encrypted"; "urn:xmpp:omemo:2"; "payload" };
	{ "openpgp"; "urn:xmpp:openpgp:0" }; -- XEP-0373
	{ "x"; "jabber:x:encrypted" }; -- XEP-0027
};

local function is_worth_a_push(stanza)
	if stanza:get_child("body") then return true; end
	for _, payload in ipairs(payloads) do
		local child = stanza:get_child(payload[1], payload[2]);
		if child and (not payload[3] or child:get_child(payload[3])) then return true; end
	end
	return false;
end

-- After everything that may veto the message.
module:hook("muc-broadcast-message", function (event)
	local room = event.room;
	local watch = get_watch(room);
	if not watch or not is_worth_a_push(event.stanza) then return; end
	watch.spoken_at = time_now();
	if next(watch.absent) == nil then return; end
	for _, jid in ipairs(registrations.list_absentees(room)) do pushes.push_to(room, jid); end
end, -1000);

-- A message that bounces costs the client its seat (status 333), but it was sent while the client still counted as
-- present. So the push comes later, if the client is still out by then.
local function handle_bounce(event)
	local stanza = event.stanza;
	if stanza.attr.type ~= "error" then return; end
	local jid, room = stanza.attr.from, get_room_from_jid(jid_bare(stanza.attr.to));
	if not room or not get_registration(room, jid) then return; end
	local spoken_at = get_watch(room).spoken_at;
	if not spoken_at or time_now() - spoken_at > bounce_window then return; end
	pushes.push_later(room, jid);
end

module:hook("message/full", handle_bounce, 10); -- before mod_muc, which takes the seat away
module:hook("message/bare", handle_bounce, 10);

--- After a start ---

-- The room's JID is enough: the client looks for itself whether it is still in there.
local function send_ready(room_jid, to)
	count_ready(1);
	module:send(st.message({ from = room_jid; to = to })
		:tag("x", { xmlns = xmlns_invite; jid = room_jid }):up()
		:tag("ready", { xmlns = xmlns_ready }));
end

local function has_seat(room, bare_jid)
	for _, occupant in room:each_occupant() do
		if occupant.bare_jid == bare_jid then return true; end
	end
	return false;
end

local function is_to_be_told(affiliation)
	return affiliation == "owner" or affiliation == "admin" or affiliation == "member";
end

-- Only a server that has been down has something to announce: not when the module is loaded while it runs.
local announce_to_absentees = announce_ready ~= "none" and not prosody.start_time;
local announce_to_affiliated = announce_ready == "affiliated" and not prosody.start_time;

-- The full JIDs of absentees, and the bare JIDs of those who are affiliated but not registered.
local function get_recipients(room_jid)
	local room = get_living_room(room_jid);
	if room == false then return {}; end
	local watch = room and get_watch(room);
	if not watch then room_list.remove(room_jid); end
	local recipients = watch and registrations.list_absentees(room) or {};
	if announce_to_affiliated and room and room:get_persistent() then
		for jid, affiliation in room:each_affiliation() do
			-- Without a node it is a whole domain.
			if is_to_be_told(affiliation) and jid_node(jid) and not (watch and watch.jids_of[jid]) then
				recipients[#recipients + 1] = jid;
			end
		end
	end
	return recipients;
end

local function tell(room_jid, recipient)
	local room = get_living_room(room_jid);
	if not room then return; end
	if not jid_resource(recipient) then
		if not has_seat(room, recipient) then send_ready(room_jid, recipient); end
		return;
	end
	if not pushes.node_to_push(room, recipient) then return; end
	pushes.push_to(room, recipient);
	-- Without a registration by now, the client's server has said at once that it is gone.
	if announce_to_absentees and get_registration(room, recipient) then send_ready(room_jid, recipient); end
end

local function list_rooms_to_visit()
	local room_jids = room_list.jids();
	if not announce_to_affiliated then return room_jids; end
	-- Affiliations are kept in the rooms alone: here each persistent room has to be loaded.
	for room_jid in pairs(module:open_store("persistent"):get(nil) or {}) do
		if not room_list.has(room_jid) then room_jids[#room_jids + 1] = room_jid; end
	end
	return room_jids;
end

if startup_rate > 0 then
	module:require "startup".begin {
		rate = startup_rate;
		delay = startup_delay;
		room_jids = list_rooms_to_visit();
		get_recipients = get_recipients;
		tell = tell;
		is_full = pushes.is_full;
	};
end

--- Requests of clients ---

module:require "requests" (registrations, pushes, {
	node_length = max_node_length;
	per_user = max_per_user;
	per_room = max_per_room;
});

module:hook("muc-disco#info", function (event)
	if not event.room:get_persistent() then return; end
	event.reply:tag("feature", { var = xmlns_push }):up();
	if announce_ready ~= "none" then event.reply:tag("feature", { var = xmlns_ready }):up(); end
end);

--- The end of a registration ---

-- Bans may name a whole host, so each registration of the room is looked at. A room that becomes members-only fires no
-- event: the right to enter is checked again before each push.
module:hook("muc-set-affiliation", function (event)
	local room = event.room;
	local data = registrations.of(room);
	if not data or (event.affiliation ~= "outcast" and event.affiliation ~= "none") then return; end
	local excluded = {};
	for jid in pairs(data.by_jid) do
		if not may_enter(room, jid) then excluded[#excluded + 1] = jid; end
	end
	if excluded[1] == nil then return; end
	for _, jid in ipairs(excluded) do forget(room, jid, "may not enter any more"); end
	save(room); -- the room was saved before this event
end);

--- For administrators ---

module:hook_global("stats-update", function ()
	local registration_count, room_count = room_list.count();
	measure_pending(pushes.count());
	measure_registrations(registration_count);
	measure_rooms(room_count);
end);

-- Rooms without registrations are not loaded for this.
local function get_listed_room(room_jid)
	local room = room_list.has(room_jid) and get_living_room(room_jid);
	if room and get_watch(room) then return room; end
	return nil, room == false and room_list.has(room_jid) and "The room can't be loaded now" or "No registrations there";
end

local function get_state(room, jid)
	if room:get_occupant_jid(jid) then return "in the room"; end
	return pushes.is_under_way(room.jid, jid) and "pushed" or "absent";
end

module:require "commands" {
	count_all = room_list.count;
	list = function (room_jid)
		local room, err = get_listed_room(room_jid);
		if not room then return nil, err; end
		local found = {};
		for jid in pairs(registrations.of(room).by_jid) do
			found[#found + 1] = { jid = jid; state = get_state(room, jid) };
		end
		return found;
	end;
	drop = function (room_jid, only_jid)
		local room, err = get_listed_room(room_jid);
		if not room then return nil, err; end
		local jids = {};
		for jid in pairs(registrations.of(room).by_jid) do
			if not only_jid or jid == only_jid then jids[#jids + 1] = jid; end
		end
		for _, jid in ipairs(jids) do forget(room, jid, "dropped by an administrator"); end
		if jids[1] and not save(room) then return nil, "Could not be saved"; end
		return #jids;
	end;
};
