--- Creates and updates people from a CSV file with the columns email, name, company, plan.
--   crisphost run sync-people.lua -- customers.csv
--   crisphost run sync-people.lua -- - < customers.csv
-- A profile that is there keeps what the file does not name.
-- @timeout 30m
-- @permissions people:read people:write files:read

local file = args[1] or error("which file? crisphost run sync-people.lua -- customers.csv")
local rows = csv.parse(files.read(file))

-- sync brings one person up to date, and tells what it did.
local function sync(row)
  if row.email == "" or not row.email:find("@", 1, true) then
    return "skipped"
  end
  local profile = { person = { nickname = row.name } }
  if row.company and row.company ~= "" then
    profile.company = { name = row.company }
  end
  local done = "created"
  profile.email = row.email
  local ok, err = pcall(crisp.people.create, profile)
  if not ok then
    if err.reason ~= "people_email_exists" then error(err) end
    crisp.people.update(row.email, profile)
    done = "updated"
  end
  if row.plan and row.plan ~= "" then
    crisp.people.data.update(row.email, { data = { plan = row.plan } })
  end
  return done
end

local counts = { created = 0, updated = 0, skipped = 0, failed = 0 }
local outcomes = map(rows, function(row)
  local ok, outcome = pcall(sync, row)
  if not ok then
    log.error("could not sync", { email = row.email, reason = tostring(outcome) })
    return "failed"
  end
  return outcome
end, 4)
for _, outcome in ipairs(outcomes) do counts[outcome] = counts[outcome] + 1 end

print(("%d created, %d updated, %d skipped, %d failed"):format(counts.created, counts.updated, counts.skipped, counts.failed))
if counts.failed > 0 then error("some people could not be synced") end
