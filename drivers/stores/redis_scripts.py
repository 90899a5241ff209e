"""The Lua scripts of `drivers.stores.redis`, which says what the keys hold and why.

Each script runs as one moment of the server. All but ``BEGIN`` first compare the lock with the
token of the run, and answer ``lost`` if another one holds it.
"""

from __future__ import annotations

__all__ = ["BEGIN", "COMMIT", "FORGET", "PUT", "RELEASE", "RENEW", "SCRUB"]

# Lua's numbers are doubles, so 64-bit timestamps are compared as two halves.
PRELUDE = """
local function parse(state)
  local aborted = {}
  if not state then return 0, aborted end
  for at = 10, #state, 8 do aborted[struct.unpack('>I8', state, at)] = true end
  return struct.unpack('>I8', state, 2), aborted
end
"""

BEGIN = (
    PRELUDE
    + """
local lock, state_key, sequence_key, inflight = unpack(KEYS)
local token, expiry, format = unpack(ARGV)
local state = redis.call('GET', state_key)
local last = tonumber(redis.call('GET', sequence_key) or 0)
local owner = redis.call('GET', lock)
if owner == token then return {'begun', last, (#state - 9) / 8} end
if owner then return {'busy', redis.call('PTTL', lock)} end
if state and string.byte(state) ~= tonumber(format) then return {'format'} end
local committed, aborted = parse(state)
if (state ~= false) ~= (last > 0) or last < committed then return {'torn'} end
state = state or struct.pack('>BI8', format, 0)
-- Without a batch there is no version that could become visible.
if last > committed and not aborted[last] and redis.call('GET', inflight) ~= '0' then
  state = state .. struct.pack('>I8', last)
end
redis.call('SET', lock, token, 'PX', expiry)
redis.call('SET', state_key, state)
redis.call('SET', inflight, 0)
return {'begun', redis.call('INCR', sequence_key), (#state - 9) / 8}
"""
)

PUT = (
    PRELUDE
    + """
local lock, state_key, inflight = KEYS[1], KEYS[2], KEYS[3]
local token, expiry, batch, stamp = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
if redis.call('GET', lock) ~= token then return 'lost' end
local arrived = tonumber(redis.call('GET', inflight) or -1)
if batch <= arrived then return 'put' end
if batch > arrived + 1 then return 'lost' end
local committed, aborted = parse(redis.call('GET', state_key))
local sequence, high, low = struct.unpack('>I8i4I4', stamp)
local changes = {}
local found = redis.call('MGET', unpack(KEYS, 4))
for i = 1, #found do
  local entry, at, newer, visible = found[i] or '', 1, false, ''
  while at <= #entry and visible == '' and not newer do
    local number, entry_high, entry_low, size = struct.unpack('>I8i4I4I4', entry, at)
    local own = number == sequence
    if own or (number <= committed and not aborted[number]) then
      newer = entry_high > high or (entry_high == high and entry_low > low)
      if not own then visible = string.sub(entry, at, at + 19 + size) end
    end
    at = at + 20 + size
  end
  if not newer then
    local blob = ARGV[4 + i]
    changes[#changes + 1] = KEYS[3 + i]
    changes[#changes + 1] = stamp .. struct.pack('>I4', #blob) .. blob .. visible
  end
end
if #changes > 0 then redis.call('MSET', unpack(changes)) end
redis.call('SET', inflight, batch)
redis.call('PEXPIRE', lock, expiry)
return 'put'
"""
)

COMMIT = (
    PRELUDE
    + """
local lock, state_key, inflight = unpack(KEYS)
local token, sequence, batches = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local state = redis.call('GET', state_key)
if parse(state) == sequence then return 'committed' end
if redis.call('GET', lock) ~= token then return 'lost' end
if tonumber(redis.call('GET', inflight) or -1) ~= batches then return 'lost' end
redis.call('SET', state_key, string.sub(state, 1, 1) .. struct.pack('>I8', sequence)
  .. string.sub(state, 10))
redis.call('DEL', inflight, lock)
return 'committed'
"""
)

RENEW = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'lost' end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 'renewed'
"""

RELEASE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'lost' end
redis.call('DEL', KEYS[1])
return 'released'
"""

SCRUB = (
    PRELUDE
    + """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'lost' end
local _, aborted = parse(redis.call('GET', KEYS[2]))
for i = 3, #KEYS do
  local entry, at, alive = redis.call('GET', KEYS[i]) or '', 1, {}
  while at <= #entry do
    local number, _, size = struct.unpack('>I8i8I4', entry, at)
    if not aborted[number] then alive[#alive + 1] = string.sub(entry, at, at + 19 + size) end
    at = at + 20 + size
  end
  local rest = table.concat(alive)
  if rest == '' then redis.call('DEL', KEYS[i])
  elseif #rest < #entry then redis.call('SET', KEYS[i], rest) end
end
return 'scrubbed'
"""
)

FORGET = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'lost' end
redis.call('SET', KEYS[2], string.sub(redis.call('GET', KEYS[2]), 1, 9))
return 'forgotten'
"""
