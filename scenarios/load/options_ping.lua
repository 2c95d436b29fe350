-- Asks the target whether it is there: one OPTIONS a call.

return {
  options = { calls = 1000, rate = 200 },

  scenario = function(call)
    assert(call:request("OPTIONS", call.target):expect("2xx", { timeout = 5 }))
  end,
}
