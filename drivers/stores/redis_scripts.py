"""The Lua scripts of `drivers.stores.redis`, which says what the keys hold and why.

Each script runs as one moment of the server. All but ``BEGIN`` first compare the lock with the
token of the run, and answer ``lost`` if another one holds it.
"""

from __future__ import annotations

__all__ = [
    "BEGIN",
    "COMMIT",
    "DROP",
    "FORGET",
    "GONE",
    "PUT",
    "RELEASE",
    "REMOVE",
    "RENEW",
    "SCRUB",
]

GONE = 0xFFFFFFFF
"""Instead of a blob's length: a version that says that the key is removed."""

# Lua's numbers are doubles, so 64-bit timestamps are compared as two halves.
PRELUDE = (
    f"local GONE = {GONE}"
    + """
local function parse(state)
  local aborted = {}
  if not state then return 0, aborted end
  for at = 10, #state, 8 do aborted[struct.unpack('>I8', state, at)] = true end
  return struct.unpack('>I8', state, 2), aborted
end
"""
)

# Whether a batch is the next one of the run that holds the lock; else the script's answer.
NEXT_BATCH = (
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
"""
)

BEGIN = (
    PRELUDE
    + """
local lock, state_key, sequence_key, inflight, gone = unpack(KEYS)
local token, expiry, format = unpack(ARGV)
local state = redis.call('GET', state_key)
local last = tonumber(redis.call('GET', sequence_key) or 0)
local owner = redis.call('GET', lock)
if owner == token then return {'begun', last, (#state - 9) / 8, redis.call('SCARD', gone)} end
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
return {
  'begun', redis.call('INCR', sequence_key), (#state - 9) / 8, redis.call('SCARD', gone)
}
"""
)

# Of each entry the first version that this run made or readers see decides about the order; the
# one that readers see is kept, until the next run.
PUT = (
    NEXT_BATCH
    + """
local changes = {}
local found = redis.call('MGET', unpack(KEYS, 4))
for i = 1, #found do
  local entry, at, known, newer, visible = found[i] or '', 1, false, false, ''
  while at <= #entry and not newer do
    local number, entry_high, entry_low, size = struct.unpack('>I8i4I4I4', entry, at)
    local after = at + 20
    if size ~= GONE then after = after + size end
    local own = number == sequence
    if own or (number <= committed and not aborted[number]) then
      if size ~= GONE then
        newer = not known and (entry_high > high or (entry_high == high and entry_low > low))
        if not own then visible = string.sub(entry, at, after - 1) end
      end
      if not own then break end
      known = true
    end
    at = after
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

REMOVE = (
    NEXT_BATCH
    + """
local gone = KEYS[4]
for i = 5, #KEYS do
  local entry, at, known, stays, visible = redis.call('GET', KEYS[i]) or '', 1, false, true, ''
  while at <= #entry do
    local number, entry_high, entry_low, size = struct.unpack('>I8i4I4I4', entry, at)
    local after = at + 20
    if size ~= GONE then after = after + size end
    local own = number == sequence
    if own or (number <= committed and not aborted[number]) then
      if not known then
        stays = size == GONE or entry_high > high or (entry_high == high and entry_low > low)
      end
      known = true
      if not own then
        if size ~= GONE then visible = string.sub(entry, at, after - 1) end
        break
      end
    end
    at = after
  end
  if not stays then
    if visible == '' then redis.call('DEL', KEYS[i])
    else
      redis.call('SADD', gone, KEYS[i])
      redis.call('SET', KEYS[i], stamp .. struct.pack('>I4', GONE) .. visible)
    end
  end
end
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
    if size == GONE then size = 0 end
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

# Only what readers take for removed is dropped: the run that removed it may have died, and a
# later one may have put the key again.
DROP = (
    PRELUDE
    + """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'lost' end
local committed, aborted = parse(redis.call('GET', KEYS[2]))
local names = redis.call('SPOP', KEYS[3], ARGV[2])
for i = 1, #names do
  local entry, at = redis.call('GET', names[i]) or '', 1
  while at <= #entry do
    local number, _, size = struct.unpack('>I8i8I4', entry, at)
    if number <= committed and not aborted[number] then
      if size == GONE then redis.call('DEL', names[i]) end
      break
    end
    if size == GONE then size = 0 end
    at = at + 20 + size
  end
end
return redis.call('SCARD', KEYS[3])
"""
)

FORGET = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'lost' end
redis.call('SET', KEYS[2], string.sub(redis.call('GET', KEYS[2]), 1, 9))
return 'forgotten'
"""
