-- wrk script of wrk.py: sends the planned requests in turn, pauses between them where told to, checks every answer.
local threads = {}
local at = 0
local numbered = 0
wrong = 0 -- global, so that done() can read it from each thread
first_wrong = ""

function setup(thread)
  table.insert(threads, thread)
end

function init(arguments)
  plan = dofile(arguments[1])
end

-- "{number}" in a body is a number of its own for each request, so that what is made is new each time.
function request()
  at = at % #plan.requests + 1
  local next = plan.requests[at]
  local body = next.body
  if body then
    numbered = numbered + 1
    local number = string.format("%.0f", plan.from + numbered)
    body = body:gsub("%%7Bnumber%%7D", number):gsub("{number}", number)
  end
  return wrk.format(next.method, next.path, next.headers, body)
end

function delay()
  return plan.pause > 0 and math.random(0, 2 * plan.pause) or 0
end

function response(status, headers, body)
  if status ~= plan.status or (plan.text ~= "" and not body:find(plan.text, 1, true)) then
    if wrong == 0 then
      first_wrong = status .. " " .. body:sub(1, 300):gsub("[^%g ]", " ")
    end
    wrong = wrong + 1
  end
end

function done(summary, latency)
  local errors = summary.errors
  local total = errors.connect + errors.read + errors.write + errors.timeout
  for _, thread in ipairs(threads) do
    total = total + thread:get("wrong")
    if thread:get("wrong") > 0 then
      print("wrong answer: " .. thread:get("first_wrong"))
    end
  end
  print(string.format('{"requests":%d,"errors":%d,"seconds":%f,"rate":%f,"p50":%f,"p99":%f}', summary.requests,
    total, summary.duration / 1e6, summary.requests / summary.duration * 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
