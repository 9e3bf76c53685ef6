-- Takes one request from every window of a credential, or tells how long to wait: all or nothing, by the server's clock.
--
-- KEYS[1]   the gate: exists for as long as the credential must not be used
-- KEYS[2]   times of the requests sent, newest first, in microseconds
-- KEYS[3…]  a counter for each window of more requests than are listed one by one
-- ARGV[1]   1 to take, 0 to look only
-- ARGV[2]   the largest window that is listed, in requests
-- ARGV[3…]  requests and seconds of each window
--
-- Returns the wait in microseconds (0: taken, or free to take), how long the gate stays closed, and for each window how
-- many requests are left and in how many microseconds it is whole again.

local gate, sent = KEYS[1], KEYS[2]
local take, listed = ARGV[1] == '1', tonumber(ARGV[2])
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]

-- Never negative: after a failover the clock may be another one.
local function age(index)
  local time = redis.call('LINDEX', sent, index)
  return time and math.max(0, now - time)
end

-- How many of the newest `most` requests are younger than the span: ages grow along the list.
local function younger(most, span)
  local low, high = 0, math.min(most, redis.call('LLEN', sent))
  while low < high do
    local middle = math.floor((low + high) / 2)
    if age(middle) < span then low = middle + 1 else high = middle end
  end
  return low
end

local closed = math.max(0, redis.call('PTTL', gate)) * 1000
local wait, longest, most = closed, 0, 0
local answer, counters = {}, {}

for i = 3, #ARGV, 2 do
  local requests, seconds = tonumber(ARGV[i]), tonumber(ARGV[i + 1])
  local span = seconds * 1000000
  local free_in, left, whole_in = 0, 0, 0
  if requests <= listed then
    -- Free when the request before the last so many is old enough. A window of none is never free.
    local oldest = requests == 0 and 0 or age(requests - 1)
    if oldest and oldest < span then free_in = span - oldest end
    if not take then
      left = requests - younger(requests, span)
      if left < requests then whole_in = math.max(0, span - age(0)) end
    end
    longest, most = math.max(longest, seconds), math.max(most, requests)
  else
    local counter = KEYS[3 + #counters]
    counters[#counters + 1] = { counter, seconds }
    left = requests - (redis.call('GET', counter) or 0)
    if left < requests then whole_in = math.max(0, redis.call('PTTL', counter)) * 1000 end
    if left <= 0 then free_in = whole_in end
  end
  wait = math.max(wait, free_in)
  answer[#answer + 1] = math.max(0, left)
  answer[#answer + 1] = whole_in
end

if take and wait == 0 then
  if most > 0 then
    redis.call('LPUSH', sent, now)
    redis.call('LTRIM', sent, 0, most - 1)
    redis.call('EXPIRE', sent, longest)
  end
  for _, counter in ipairs(counters) do
    if redis.call('INCR', counter[1]) == 1 then redis.call('EXPIRE', counter[1], counter[2]) end
  end
end

return { wait, closed, unpack(answer) }
