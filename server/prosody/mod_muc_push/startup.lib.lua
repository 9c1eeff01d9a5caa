-- The wave after a start: each absentee is told, spread over time, before anything is said in the room.
--
-- A wave goes through the rooms one after the other and keeps no more than their JIDs and the recipients of one room.
-- Its stanzas and the rooms that it has Prosody load are bounded for each tick; a server that is slow has fewer
-- ticks, never more at once.

local startup = {};

local tick_length = 0.05; -- seconds

-- wave = {
--   rate = recipients per second; delay = seconds before the first;
--   room_jids = array, emptied on the way;
--   get_recipients = function (room JID), returns an array, emptied on the way;
--   tell = function (room JID, recipient);
--   is_full = function (), whether it has to wait;
-- }
function startup.begin(wave)
	local per_tick = math.max(1, wave.rate * tick_length);
	local room_jids, room_jid, recipients = wave.room_jids, nil, {};
	local credit = per_tick; -- recipients; the fraction is for the next tick

	local function tick()
		-- First, so that an error with one recipient does not end the wave.
		local timer = module:add_timer(tick_length, tick);
		local visits = per_tick;
		while true do
			if recipients[1] ~= nil then
				if credit < 1 or wave.is_full() then break; end
				credit = credit - 1;
				wave.tell(room_jid, table.remove(recipients));
			else
				if visits < 1 then break; end
				visits = visits - 1;
				room_jid = table.remove(room_jids);
				if not room_jid then
					timer:stop();
					module:log("debug", "Everyone without a seat has been told");
					return;
				end
				recipients = wave.get_recipients(room_jid);
			end
		end
		credit = math.min(credit + wave.rate * tick_length, per_tick);
	end

	local function begin() module:add_timer(wave.delay, tick); end
	if prosody.start_time then return begin(); end
	-- A server that takes long to load its modules must not shorten the delay.
	module:hook_global("server-started", begin);
end

return startup;
