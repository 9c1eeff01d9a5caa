-- Pushes: one stanza to an absentee, its answer, and the next try.
--
--   (none)  ---- push_to ---------------------> asked
--   asked   ---- a result --------------------> resting
--           ---- no answer, or put off -------> waiting, or (none) after too many: the registration is forgotten
--           ---- any other error -------------> (none): the registration is forgotten
--   waiting ---- the delay is over -----------> asked
--   resting ---- the interval is over --------> (none), or asked if there was more to tell meanwhile
--
-- push = {
--   room_jid = string; jid = full JID; timer = what ends the state; failures = unanswered pushes in a row;
--   state = "asked"     sent with "id", no answer yet
--         | "waiting"   not delivered, pushed again when the time is over
--         | "resting"   the throttle: pushed again when the time is over and "again" is set, else dropped
-- }

local st = require "util.stanza";
local new_id = require "util.id".medium; -- 144 random bits

local get_room_from_jid = module:depends "muc".get_room_from_jid;

local xmlns_push = "urn:xmpp:push:0";
local xmlns_pubsub = "http://jabber.org/protocol/pubsub";

-- Judged by the condition first: remote-server-not-found comes with type cancel, yet says nothing about the client.
local verdict_by_condition = {
	["remote-server-not-found"] = "retry";
	["remote-server-timeout"] = "retry";
	["resource-constraint"] = "retry";
	["internal-server-error"] = "retry";
};
local verdict_by_type = {
	["wait"] = "retry";
};

local count_push = module:measure("pushes", "counter", { description = "Pushes sent" });
local count_outcome = {
	keep = module:measure("kept", "counter", { description = "Pushes that were answered with a result" });
	retry = module:measure("put_off", "counter", { description = "Pushes whose error answer was about the way" });
	forget = module:measure("refused", "counter", { description = "Pushes with any other error answer" });
	none = module:measure("unanswered", "counter", { description = "Pushes that nobody answered in time" });
};

-- limits = {
--   interval = seconds from an answer to the next push; timeout = seconds for an answer;
--   grace = seconds before a bounce is looked into, at least the interval;
--   retry_min, retry_max = seconds between two tries; retry_limit = pushes without an answer;
--   pending = pushes in any state;
-- }
return function (registrations, limits)
	local pushes = {};

	local pending = {}; -- [room JID] = { [full JID] = push }
	local pending_count = 0;
	local asked = {}; -- [id] = push

	--- Getters ---

	local function find_push(room_jid, jid)
		local of_room = pending[room_jid];
		return of_room and of_room[jid];
	end

	function pushes.count()
		return pending_count;
	end

	function pushes.is_full()
		return pending_count >= limits.pending;
	end

	-- Asked or waiting: not told yet.
	function pushes.is_under_way(room_jid, jid)
		local push = find_push(room_jid, jid);
		return push ~= nil and push.state ~= "resting";
	end

	-- Exponential, with a jitter that keeps those whom one outage has hit from coming back in step.
	local function get_retry_delay(failures)
		return math.min(limits.retry_max, limits.retry_min * 2 ^ (failures - 1)) * (0.5 + math.random() / 2);
	end

	local function judge(answer)
		if answer.attr.type == "result" then return "keep"; end
		local error_type, condition = answer:get_error();
		return verdict_by_condition[condition] or verdict_by_type[error_type] or "forget";
	end

	--- States ---

	local function new_push(room_jid, jid)
		if pushes.is_full() then
			module:log("debug", "%d pushes are pending, none for %s", pending_count, jid);
			return; -- the next message tries again
		end
		local push = { room_jid = room_jid; jid = jid; failures = 0 };
		pending[room_jid] = pending[room_jid] or {};
		pending[room_jid][jid] = push;
		pending_count = pending_count + 1;
		return push;
	end

	local function leave_state(push)
		if push.timer then push.timer:stop(); end
		if push.id then asked[push.id] = nil; end
		push.timer, push.id, push.again = nil, nil, nil;
	end

	local function enter_state(push, state, seconds, on_end)
		leave_state(push);
		push.state = state;
		push.timer = module:add_timer(seconds, function () on_end(push); end);
	end

	local function drop_push(push)
		leave_state(push);
		local of_room = pending[push.room_jid];
		of_room[push.jid] = nil;
		if next(of_room) == nil then pending[push.room_jid] = nil; end
		pending_count = pending_count - 1;
	end

	-- The end of a registration ends its push. The caller saves the room.
	function pushes.forget(room, jid, why)
		module:log("debug", "Forgetting the registration of %s in %s: %s", jid, room.jid, why);
		registrations.remove(room, jid);
		local push = find_push(room.jid, jid);
		if push then drop_push(push); end
	end

	local function forget_and_save(room, jid, why)
		pushes.forget(room, jid, why);
		registrations.save_soon(room.jid);
	end

	local on_no_answer, on_state_end;

	local function rest(push, seconds)
		push.failures = 0;
		enter_state(push, "resting", seconds, on_state_end);
	end

	local function settle(push)
		if limits.interval > 0 then rest(push, limits.interval); else drop_push(push); end
	end

	local function retry_later(push)
		push.failures = push.failures + 1;
		if push.failures < limits.retry_limit then
			return enter_state(push, "waiting", get_retry_delay(push.failures), on_state_end);
		end
		local room = get_room_from_jid(push.room_jid);
		if not room then return drop_push(push); end
		forget_and_save(room, push.jid, "no answer to many pushes");
	end

	--- Sending ---

	-- XEP-0357 § 7, without a summary: nothing about the message, its sender or its time leaves the room.
	local function send_push(push, node)
		local id = new_id();
		enter_state(push, "asked", limits.timeout, on_no_answer);
		push.id, asked[id] = id, push;
		count_push(1);
		-- The answer can come before send returns, for example for an offline user of this very server.
		module:send(st.iq({ type = "set"; id = id; from = push.room_jid; to = push.jid })
			:tag("pubsub", { xmlns = xmlns_pubsub })
				:tag("publish", { node = node })
					:tag("item")
						:tag("notification", { xmlns = xmlns_push }));
	end

	-- The node to push to, or nil: no longer registered, back in the room, or without the right to enter.
	function pushes.node_to_push(room, jid)
		local registration = registrations.get(room, jid);
		if not registration or room:get_occupant_jid(jid) then return; end
		if registrations.may_enter(room, jid) then return registration.node; end
		forget_and_save(room, jid, "may not enter any more");
	end

	function pushes.push_to(room, jid)
		local push = find_push(room.jid, jid);
		if push then
			if push.state == "resting" then push.again = true; end
			return; -- at most one push at a time; one that is asked or waiting tells all there is to tell
		end
		local node = pushes.node_to_push(room, jid);
		push = node and new_push(room.jid, jid);
		if push then send_push(push, node); end
	end

	-- A client that is just reconnecting would lose its registration to a push that bounces too.
	function pushes.push_later(room, jid)
		local push = find_push(room.jid, jid) or new_push(room.jid, jid);
		if not push or push.again or push.state == "asked" or push.state == "waiting" then return; end
		rest(push, math.max(limits.grace, limits.interval));
		push.again = true;
	end

	-- The client is back: an answer still on its way belongs to the time before, a retry has nothing left to tell.
	function pushes.settle(room_jid, jid)
		local push = find_push(room_jid, jid);
		if push then settle(push); end
	end

	--- Ends of states, and answers ---

	function on_no_answer(push)
		count_outcome.none(1);
		retry_later(push);
	end

	function on_state_end(push)
		local room = (push.state == "waiting" or push.again) and get_room_from_jid(push.room_jid);
		local node = room and pushes.node_to_push(room, push.jid);
		if node then
			send_push(push, node);
		elseif find_push(push.room_jid, push.jid) == push then
			drop_push(push);
		end
	end

	local act_on = {
		keep = settle;
		retry = retry_later;
		forget = function (push)
			local room = get_room_from_jid(push.room_jid);
			if not room then return drop_push(push); end
			forget_and_save(room, push.jid, "refused");
		end;
	};

	-- module:send_iq tracks 256 requests of a module at most, too few for a room that comes back.
	module:hook("iq/bare", function (event)
		local answer = event.stanza;
		local attr = answer.attr;
		if attr.type ~= "result" and attr.type ~= "error" then return; end
		local push = attr.id and asked[attr.id];
		if not push or attr.from ~= push.jid or attr.to ~= push.room_jid then return; end
		local verdict = judge(answer);
		count_outcome[verdict](1);
		act_on[verdict](push);
		return true;
	end, 10); -- before mod_iq

	return pushes;
end
