return {
  count = function(n) return "Notes: " .. n end,
}
