-- Requests of clients: <enable/> and <disable/> of XEP-0357, sent to a room.
--
-- Checks that need no room come first, so that junk from a stranger never makes Prosody load one:
--
--   order  problem                                      enable                       disable
--   1      no jid; no node                              modify  bad-request          the same; node is optional
--   2      a bare or malformed jid                      modify  jid-malformed        the same
--   3      another's jid                                auth    forbidden            another account's jid: the same
--   4      the node is too long                         modify  policy-violation     (is unknown)
--   5      no such room                                 cancel  item-not-found       the same
--          a room that can't be loaded now              wait    resource-constraint  the same
--   6      the room is not persistent                   cancel  feature-not-implemented  (has no registrations: 8)
--   7      not an occupant                              cancel  not-acceptable       (needs no seat)
--   8      not registered, or with another node         (registers)                  cancel  item-not-found
--   9      the room has no place for one more           wait    resource-constraint
--   10     the registration can't be saved              wait    internal-server-error  the same

local st = require "util.stanza";
local jid_bare = require "util.jid".bare;
local jid_prep = require "util.jid".prep;
local jid_resource = require "util.jid".resource;

local xmlns_push = "urn:xmpp:push:0";

local function refuse(event, error_type, condition, text)
	event.origin.send(st.error_reply(event.stanza, error_type, condition, text));
	return true;
end

local function get_text_attr(tag, name)
	local value = tag.attr[name];
	return value ~= "" and value or nil;
end

-- limits = { node_length = bytes; per_user, per_room = registrations in a room }
return function (registrations, pushes, limits)
	-- Lets go the user's own oldest registrations where one more would be too many.
	local function make_place(room, jid)
		local watch = registrations.get_watch(room);
		if not watch then return true; end
		local jids, by_jid = watch.jids_of[jid_bare(jid)] or {}, registrations.of(room).by_jid;
		local own = {};
		for other in pairs(jids) do own[#own + 1] = other; end
		table.sort(own, function (a, b) return by_jid[a].order < by_jid[b].order; end);
		if #own < limits.per_user then return watch.total < limits.per_room; end
		for i = 1, #own - limits.per_user + 1 do pushes.forget(room, own[i], "replaced by a newer one of its user"); end
		return true;
	end

	local function handle_enable(event)
		local stanza = event.stanza;
		local from, enable = stanza.attr.from, stanza.tags[1];
		local jid, node = get_text_attr(enable, "jid"), get_text_attr(enable, "node");
		if not jid or not node then return refuse(event, "modify", "bad-request", "Both jid and node are needed"); end
		jid = jid_prep(jid);
		if not jid or not jid_resource(jid) then
			return refuse(event, "modify", "jid-malformed", "A full JID is needed");
		end
		if jid ~= from then return refuse(event, "auth", "forbidden", "Only your own full JID can be registered"); end
		if #node > limits.node_length then return refuse(event, "modify", "policy-violation", "The node is too long"); end

		local room = registrations.get_room(stanza.attr.to);
		if room == nil then return refuse(event, "cancel", "item-not-found"); end
		if not room then return refuse(event, "wait", "resource-constraint"); end
		if not room:get_persistent() then
			return refuse(event, "cancel", "feature-not-implemented", "Only persistent rooms push");
		end
		if not room:get_occupant_jid(jid) then
			return refuse(event, "cancel", "not-acceptable", "You are not currently connected to this chat");
		end

		local previous = registrations.get(room, jid);
		if not previous and not make_place(room, jid) then
			return refuse(event, "wait", "resource-constraint", "Too many registrations in this room");
		end
		registrations.set(room, jid, node);
		-- Unchanged needs no writing: after a restart clients come back with the node that is stored already.
		local is_stored = previous and previous.node == node and registrations.rooms.has(room.jid);
		if not is_stored and not registrations.save(room) then
			if previous then
				registrations.set(room, jid, previous.node);
			else
				registrations.remove(room, jid);
			end
			return refuse(event, "wait", "internal-server-error");
		end
		pushes.settle(room.jid, jid);
		event.origin.send(st.reply(stanza));
		return true;
	end

	local function handle_disable(event)
		local stanza = event.stanza;
		local disable = stanza.tags[1];
		local jid, node = get_text_attr(disable, "jid"), get_text_attr(disable, "node");
		if not jid then return refuse(event, "modify", "bad-request", "A jid is needed"); end
		jid = jid_prep(jid);
		if not jid or not jid_resource(jid) then
			return refuse(event, "modify", "jid-malformed", "A full JID is needed");
		end
		if jid_bare(jid) ~= jid_bare(stanza.attr.from) then
			return refuse(event, "auth", "forbidden", "Only your own registrations can be removed");
		end

		local room = registrations.get_room(stanza.attr.to);
		if room == false then return refuse(event, "wait", "resource-constraint"); end
		local registration = room and registrations.get(room, jid);
		if not registration or (node and node ~= registration.node) then
			return refuse(event, "cancel", "item-not-found");
		end
		pushes.forget(room, jid, "disabled");
		if not registrations.save(room) then return refuse(event, "wait", "internal-server-error"); end
		event.origin.send(st.reply(stanza));
		return true;
	end

	module:hook("iq-set/bare/" .. xmlns_push .. ":enable", handle_enable);
	module:hook("iq-set/bare/" .. xmlns_push .. ":disable", handle_disable);
end
