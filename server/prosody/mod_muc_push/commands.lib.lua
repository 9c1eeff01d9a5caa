-- For administrators: lists registrations and ends them. As ad-hoc commands (XEP-0050), and since Prosody 13 in
-- "prosodyctl shell". A node is never shown: a client tells pushes from forgeries by it.

local jid_host = require "util.jid".host;
local jid_prep = require "util.jid".prep;
local dataforms_new = require "util.dataforms".new;
local new_simple_form = require "util.adhoc".new_simple_form;

local node_prefix = "muc_push#";

-- registrations = {
--   count_all = function (), returns registrations, rooms with some, and how many of these were not counted yet;
--   list = function (room JID), returns an array of { jid = full JID; state = string }, or nil and why not;
--   drop = function (room JID, full JID or nil for all), returns how many, or nil and why not;
-- }
return function (registrations)
	local function get_room_jid(text)
		local room_jid = jid_prep(text);
		if room_jid and jid_host(room_jid) == module.host then return room_jid; end
		return nil, "Not a room of "..module.host;
	end

	-- Each returns a text, or nil and an error text.

	local function list(room)
		local room_jid, err = get_room_jid(room);
		if not room_jid then return nil, err; end
		local found, list_err = registrations.list(room_jid);
		if not found then return nil, list_err; end
		table.sort(found, function (a, b) return a.jid < b.jid; end);
		local lines = {};
		for i, registration in ipairs(found) do lines[i] = registration.jid.." ("..registration.state..")"; end
		lines[#lines + 1] = ("%d registrations"):format(#found);
		return table.concat(lines, "\n");
	end

	local function count(room)
		if room and room ~= module.host then
			local room_jid, err = get_room_jid(room);
			if not room_jid then return nil, err; end
			local found, list_err = registrations.list(room_jid);
			if not found then return nil, list_err; end
			return ("%d registrations"):format(#found);
		end
		local registration_count, room_count, uncounted = registrations.count_all();
		local text = ("%d registrations in %d rooms"):format(registration_count, room_count);
		if uncounted == 0 then return text; end
		return text..(" (%d of these rooms were not counted yet)"):format(uncounted);
	end

	local function drop(room, jid)
		local room_jid, err = get_room_jid(room);
		if not room_jid then return nil, err; end
		local prepped = jid ~= "all" and jid_prep(jid) or nil;
		if jid ~= "all" and not prepped then return nil, "A full JID or \"all\" is needed"; end
		local dropped, drop_err = registrations.drop(room_jid, prepped);
		if not dropped then return nil, drop_err; end
		return ("%d registrations dropped"):format(dropped);
	end

	--- Ad-hoc commands ---

	module:depends "adhoc";
	local adhoc_new = module:require "adhoc".new;

	local room_field = { name = "room"; type = "jid-single"; required = true; label = "Room" };
	local any_room_field = { name = "room"; type = "jid-single"; label = "Room (all rooms if left empty)" };
	local jid_field = { name = "jid"; type = "text-single"; required = true; label = "Full JID, or \"all\"" };

	local function provide(name, title, fields, act)
		local node = node_prefix..name;
		local form = { title = title; { name = "FORM_TYPE"; type = "hidden"; value = node } };
		for _, field in ipairs(fields) do form[#form + 1] = field; end

		local function handler(values, errors)
			local said, err;
			if errors then
				local _, first = next(errors);
				err = first;
			else
				said, err = act(values.room, values.jid);
			end
			if said then return { status = "completed"; info = said }; end
			return { status = "completed"; error = { message = err } };
		end
		module:provides("adhoc", adhoc_new(title, node, new_simple_form(dataforms_new(form), handler), "admin"));
	end

	provide("list", "List the push registrations of a room", { room_field }, list);
	provide("count", "Count push registrations", { any_room_field }, count);
	provide("drop", "Drop push registrations of a room", { room_field; jid_field }, drop);

	--- prosodyctl shell: since Prosody 13, and where mod_admin_shell is loaded on this component ---

	local function add_to_shell(name, desc, args, act)
		module:add_item("shell-command", {
			section = "muc_push"; section_desc = "Push registrations of group chats";
			name = name; desc = desc; args = args; host_selector = "room";
			handler = function (_, ...)
				local said, err = act(...);
				if said then return true, said; end
				return nil, err;
			end;
		});
	end

	local room_arg, jid_arg = { name = "room"; type = "string" }, { name = "jid"; type = "string" };

	add_to_shell("list", "List the registrations of a room", { room_arg }, list);
	add_to_shell("count", "Count the registrations of a room, or of all rooms if given the component", { room_arg },
		count);
	add_to_shell("drop", "Drop a registration of a room, or \"all\"", { room_arg; jid_arg }, drop);
end
